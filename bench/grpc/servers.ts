/** The servers that are held against each other: ours, and two that decide nothing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startGrpc } from '../../test/support/grpc-service.ts';
import { startService } from '../../test/support/service.ts';
import { pinnedTo } from '../support/pinned.ts';
import { DOMAIN, KEY } from './calls.ts';
import type { GrpcServer } from './rounds.ts';

const RULES = `domain: ${DOMAIN}
descriptors:
  - {key: ${KEY}, rate_limit: {unit: day, requests_per_unit: 1000000}}
`;

/** With one thread, as the others have, on the same core. */
export async function startOurs(core: number | undefined): Promise<GrpcServer> {
  const folder = mkdtempSync(join(tmpdir(), 'argus-bench-grpc-'));
  writeFileSync(join(folder, 'rules.yaml'), RULES);
  const flags = ['--threads', '1', '--policies', folder];
  const service = await startGrpc({ under: pinnedTo(core), flags });
  return {
    name: 'argus',
    port: service.grpcPort,
    pid: service.process.pid ?? Number.NaN,
    stop: async () => {
      await service.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

export async function startPlain(
  name: string,
  script: URL,
  core: number | undefined,
): Promise<GrpcServer> {
  const under = pinnedTo(core);
  const service = await startService({ under, script: fileURLToPath(script) });
  return {
    name,
    port: service.port,
    pid: service.process.pid ?? Number.NaN,
    stop: () => service.stop(),
  };
}
