/**
 * Clients of other languages as they come, each a program beside this file that is given an
 * address: no call is lost or made twice, also where connections are ended all the time.
 */
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { isMissing, isNowhere, run } from '../../../support/resp-tools.ts';
import { GrpcHarness } from '../grpc-harness.ts';

const CANCELLED = 1;
const DEADLINE_EXCEEDED = 4;
const GRPCIO = fileURLToPath(new URL('grpcio.py', import.meta.url));

/** The first Python of the path that has grpcio. */
const python = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'python3'))
  .find((path) => spawnSync(path, ['-c', 'import grpc']).status === 0);

const CLIENTS = [
  {
    name: 'grpcio',
    isLeftOut: python === undefined && isMissing('grpcio'),
    command: [python ?? '', GRPCIO],
  },
  // Built by .ci/tools.sh, where there is a Go that can.
  { name: 'grpc-go', isLeftOut: isNowhere('argus-grpc-go'), command: ['argus-grpc-go'] },
] as const;

let harness: GrpcHarness | undefined;
afterEach(() => harness?.stop());

for (const { name, isLeftOut, command } of CLIENTS) {
  describe.skipIf(isLeftOut)(name, { timeout: 60_000 }, () => {
    test.each([
      ['on connections that stay', 0],
      // Calls whose deadlines pass take longer than that, on however fast a machine.
      ['on connections that become old', 30],
    ])('%s', async (_, grpcMaxConnectionAgeMs) => {
      const config = { grpcMaxConnectionAgeMs, headersTimeoutMs: 100 };
      harness = await GrpcHarness.start({ config, lateMs: 3_000 });
      const [program, ...args] = command;
      const { code, output } = await run(program, [...args, `127.0.0.1:${harness.port}`]);
      expect([code, output]).toEqual([0, expect.stringMatching(/^\{/)]);
      expect(JSON.parse(output)).toEqual({
        echoed: 1_000,
        deadlines: { [DEADLINE_EXCEEDED]: 50 },
        cancelled: { [CANCELLED]: 200 },
        last: 'last',
      });
      const echoed = harness.calls.filter(({ message }) => /^call|^last/.test(message));
      expect([echoed.length, new Set(echoed.map(({ message }) => message)).size]).toEqual([
        1_001, 1_001,
      ]);
      if (grpcMaxConnectionAgeMs > 0) expect(harness.goAways('age')).toBeGreaterThan(0);
      else expect(harness.goAways('age')).toBe(0);
    });
  });
}
