/**
 * Loading policies again while the service runs: on a change, by a signal, by a link that is
 * swapped; and what is bad changes nothing.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, get } from '../support/ask.ts';
import { PoliciesFile, policiesText } from '../support/policies-file.ts';
import { expectProblem } from '../support/problem.ts';
import { type Samples, scrape } from '../support/scrape.ts';
import { type Service, startService } from '../support/service.ts';
import { until } from './shared-services.ts';

let file: PoliciesFile;
beforeEach(() => {
  file = new PoliciesFile(policiesText(['a', 'b'], 10));
});
afterEach(() => file.remove());

function start(path = file.path): Promise<Service> {
  return startService({ flags: ['--threads', '2', '--max-keys', '1000', '--policies', path] });
}

/** The names of the policies in force, as one of the threads has them. */
function namesIn(samples: Samples): readonly string[] {
  const names = [...samples.keys()].flatMap(
    (name) => /^argus_policy_decisions_total\{policy="([^"]+)"/.exec(name)?.[1] ?? [],
  );
  return [...new Set(names)];
}

async function untilInForce(service: Service, ...names: readonly string[]): Promise<void> {
  await until(async () => namesIn(await scrape(service)).join() === names.join());
}

function reloads(samples: Samples): readonly (number | undefined)[] {
  return ['applied', 'refused'].map((outcome) =>
    samples.get(`argus_policies_reloads_total{outcome="${outcome}"}`),
  );
}

test('a file that is written again is in force soon, and what it no longer names is gone', async () => {
  const service = await start();
  const look = (policy: string) => ask(service, { policy, key: 'k', cost: 0 });
  expect((await look('a')).status).toBe(200);
  file.write(policiesText(['b', 'c'], 10));
  await untilInForce(service, 'b', 'c');
  // Counted once all threads have it.
  await until(async () => reloads(await scrape(service))[0] === 1);
  expect((await look('c')).status).toBe(200);
  expectProblem(await look('a'), 400, 'policy must be one of those that the service has, is "a"');
  file.replace(policiesText(['d'], 10));
  await untilInForce(service, 'd');
  await until(async () => reloads(await scrape(service))[0] === 2);
  const samples = await scrape(service);
  expect(reloads(samples)).toEqual([2, 0]);
  expect(samples.get('argus_policies_rules')).toBe(1);
  expect(service.output().match(/policies loaded again/g)).toHaveLength(2);
  expect(await service.stop()).toBe(0);
});

test('SIGHUP loads what is there, changed or not', async () => {
  const service = await start();
  service.process.kill('SIGHUP');
  await until(async () => reloads(await scrape(service))[0] === 1);
  expect(namesIn(await scrape(service))).toEqual(['a', 'b']);
  expect(await service.stop()).toBe(0);
});

test.runIf(process.platform === 'linux')('one thread alone gives way to all others', async () => {
  const service = await start();
  const tasks = `/proc/${service.process.pid}/task`;
  // The 17th after the name, which is in brackets. A thread may have ended meanwhile.
  const niceOf = (task: string) => {
    const stat = `${tasks}/${task}/stat`;
    return existsSync(stat) ? readFileSync(stat, 'utf8').split(') ')[1]?.split(' ')[16] : '';
  };
  const low = () => readdirSync(tasks).filter((task) => niceOf(task) === '19');
  await until(() => low().length > 0);
  file.write(policiesText(['c'], 10));
  await untilInForce(service, 'c');
  expect(low()).toHaveLength(1);
  expect(await service.stop()).toBe(0);
});

test('SIGHUP where there are no policies is logged, and ends nothing', async () => {
  const service = await startService({ flags: ['--threads', '1'] });
  service.process.kill('SIGHUP');
  await until(() => service.output().includes('SIGHUP: there are no POLICIES to load again'));
  expect((await get(service, '/livez')).status).toBe(200);
  expect(await service.stop()).toBe(0);
});

test('a folder whose link is swapped, as Kubernetes does with a ConfigMap', async () => {
  const version = (name: string, names: readonly string[]) => {
    mkdirSync(join(file.folder, name));
    writeFileSync(join(file.folder, name, 'policies.yaml'), policiesText(names, 10));
  };
  const mount = join(file.folder, 'mount');
  mkdirSync(mount);
  version('one', ['a', 'b']);
  version('two', ['b', 'c']);
  symlinkSync('../one', join(mount, '..data'));
  symlinkSync('..data/policies.yaml', join(mount, 'policies.yaml'));
  const service = await start(mount);
  expect(namesIn(await scrape(service))).toEqual(['a', 'b']);
  symlinkSync('../two', join(mount, '..data_tmp'));
  renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
  await untilInForce(service, 'b', 'c');
  expect(await service.stop()).toBe(0);
});

test('a bad file changes nothing and ends nothing; the log says why, and a metric that it is bad', async () => {
  const service = await start();
  const isBad = async () => (await scrape(service)).get('argus_policies_valid') === 0;
  file.write('policies: {b: {limits: 1, x: 2}}\n');
  await until(isBad);
  const samples = await scrape(service);
  expect(namesIn(samples)).toEqual(['a', 'b']);
  expect(reloads(samples)).toEqual([0, 1]);
  const line = service.output().trimEnd().split('\n').at(-1) ?? '';
  expect(JSON.parse(line)).toMatchObject({
    level: 'error',
    faults: 2,
    msg: `policies stay as they were for 2 faults, the first: ${file.path}:1:24: policies.b.limits must be a list of 1 to 8 limits, is 1`,
  });
  file.write(policiesText(['c'], 10));
  await untilInForce(service, 'c');
  await until(async () => !(await isBad()));
  file.vanish();
  await until(isBad);
  expect(namesIn(await scrape(service))).toEqual(['c']);
  const why = 'cannot be read: there is no such file or folder (ENOENT)';
  expect(service.output()).toContain(`${file.path}: ${why}`);
  expect(await service.stop()).toBe(0);
});
