/** Starting with files of policies: all that is wrong is said, what is good is there at once. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { check } from '../../src/policies/file/commands.ts';
import { PoliciesFile, policiesText } from '../support/policies-file.ts';
import { scrape } from '../support/scrape.ts';
import { runService, startService } from '../support/service.ts';

let file: PoliciesFile;
beforeEach(() => {
  file = new PoliciesFile(policiesText(['a', 'b'], 10));
});
afterEach(() => file.remove());

const FLAGS = ['--threads', '2', '--max-keys', '1000'];

/** Its exit code, and what it printed. */
async function refusal(path: string): Promise<readonly [number | string, string]> {
  const run = runService({ flags: [...FLAGS, '--port', '0', '--policies', path] });
  return [await run.ended, run.output().trimEnd()];
}

describe('a start with files that are bad', () => {
  test('prints every fault as `argus check` does, and ends with exit code 2', async () => {
    file.write('policies:\n  a: {limits: 1, other: 2}\n');
    const more = join(file.folder, 'z.yml');
    writeFileSync(more, 'policies: [\n');
    const [code, output] = await refusal(file.folder);
    expect([code, output]).toEqual([2, (await check([file.folder])).text]);
    expect(output.split('\n').length).toBeGreaterThan(2);
  });

  test('that are not there', async () => {
    file.vanish();
    const why = 'cannot be read: there is no such file or folder (ENOENT)';
    expect(await refusal(file.path)).toEqual([2, `${file.path}: ${why}`]);
  });

  test('a folder with no file of policies', async () => {
    const empty = join(file.folder, 'empty');
    mkdirSync(empty);
    const words = 'the folder must have a file *.yaml or *.yml, has none';
    expect(await refusal(empty)).toEqual([2, `${empty}: ${words}`]);
  });
});

test('whoever reads that it serves finds the policies there, in every thread', async () => {
  const service = await startService({ flags: [...FLAGS, '--policies', file.path] });
  const lines = service.output().trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
    'policies loaded',
    `serving on ${service.url}`,
  ]);
  // Each over a connection of its own, which either thread may take.
  for (let i = 0; i < 20; i++) {
    const samples = await scrape(service);
    const series = [...samples.keys()].filter((name) =>
      name.startsWith('argus_policy_decisions_total'),
    );
    expect(series).toEqual(
      ['a', 'b'].flatMap((policy) =>
        ['allowed', 'denied', 'exempt'].map(
          (outcome) =>
            `argus_policy_decisions_total{policy="${policy}",limit="requests",outcome="${outcome}"}`,
        ),
      ),
    );
    expect(samples.get('argus_policies_valid')).toBe(1);
    expect(samples.get('argus_policies_rules')).toBe(2);
    expect(samples.get('argus_policies_reloads_total{outcome="applied"}')).toBe(0);
    const loadedS = samples.get('argus_policies_loaded_timestamp_seconds') ?? 0;
    expect(Math.abs(loadedS - Date.now() / 1_000)).toBeLessThan(3_600);
  }
  expect(await service.stop()).toBe(0);
});

test('without policies no metric is about any', async () => {
  const service = await startService({ flags: FLAGS });
  const names = [...(await scrape(service)).keys()];
  expect(names.filter((name) => /^argus_polic/.test(name))).toEqual([]);
  expect(await service.stop()).toBe(0);
});
