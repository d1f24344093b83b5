/** The whole service, stopped and started again: what it forgets, and what it says. */
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TURN } from '../../src/threads/port-claim.ts';
import { runService, type Service, startService } from '../support/service.ts';

let folder = '';
let path = '';
let running: Service | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'argus-snapshots-'));
  path = join(folder, 'argus.snapshot');
});

afterEach(async () => {
  await running?.stop('SIGKILL');
  running = null;
  rmSync(folder, { recursive: true });
});

const QUICK = ['--threads', '2', '--max-keys', '5000', '--drain-delay-ms', '0'];

async function start(...flags: readonly string[]): Promise<Service> {
  running = await startService({ flags: [...QUICK, '--snapshot', path, ...flags] });
  return running;
}

/** What is left of 100 a day to a key, once it has paid the cost. */
async function remaining(service: Service, key: string, cost: number): Promise<number> {
  return ask(service, { key, capacity: 100, interval: 1, unit: 'd', cost });
}

async function ask(service: Service, question: object): Promise<number> {
  const body = JSON.stringify(question);
  const answer = await fetch(`${service.url}/api/v1/limit`, { method: 'POST', body });
  return ((await answer.json()) as { remaining: number }).remaining;
}

async function metric(service: Service, name: string): Promise<number> {
  const text = await (await fetch(`${service.url}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1));
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`what was waited for has not come:\n${running?.output()}`);
}

const WRITTEN = 'argus_snapshots_total{outcome="written"}';
const FAILED = 'argus_snapshots_total{outcome="failed"}';

test('after SIGTERM nothing is forgotten, not even with another engine and more keys', async () => {
  const before = await start();
  for (let i = 0; i < 200; i++) await remaining(before, `key ${i}`, 1 + (i % 50));
  expect(await before.stop('SIGTERM')).toBe(0);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['argus.snapshot']);
  const after = await start('--engine', 'hash', '--max-keys', '9000');
  for (let i = 0; i < 200; i++) expect(await remaining(after, `key ${i}`, 0)).toBe(99 - (i % 50));
  expect(await metric(after, 'argus_snapshot_restored_keys')).toBe(200);
  expect(await after.stop('SIGINT')).toBe(0);
});

test('a policy goes on where it was: its buckets, and its windows', async () => {
  const policies = join(folder, 'policies.yaml');
  const limits = [
    '{name: steady, capacity: 30, interval: 10d}',
    '{name: year, capacity: 20, calendar: year, timezone: Europe/Vienna}',
  ];
  writeFileSync(policies, `policies:\n  p:\n    limits:\n      - ${limits.join('\n      - ')}\n`);
  const taking = (cost: number) => ({ policy: 'p', key: 'a', cost });
  const before = await start('--policies', policies);
  expect(await ask(before, taking(15))).toBe(5);
  await before.stop('SIGTERM');
  const after = await start('--policies', policies, '--engine', 'hash');
  expect(await ask(after, taking(0))).toBe(5);
  expect(await ask(after, taking(5))).toBe(0);
});

test('what is admitted while it drains is in the last snapshot', async () => {
  const before = await start('--drain-ms', '2000');
  let asked = 0;
  let left = 100;
  // Asked until nobody answers any more.
  const asking = (async () => {
    for (; asked < 90; asked++) left = Math.min(left, await remaining(before, 'a', 1));
  })().catch(() => undefined);
  await until(async () => asked > 10);
  await before.stop('SIGTERM');
  await asking;
  const after = await start();
  // Perhaps one more was taken, of which the answer did not come through.
  const kept = await remaining(after, 'a', 0);
  expect([left, left - 1]).toContain(kept);
});

test('after kill -9 at most what was admitted since the last snapshot is forgotten', async () => {
  const before = await start('--snapshot-interval-ms', '100');
  expect(await remaining(before, 'a', 40)).toBe(60);
  const written = await metric(before, WRITTEN);
  await until(async () => (await metric(before, WRITTEN)) >= written + 2);
  expect(await metric(before, 'argus_snapshot_age_seconds')).toBeLessThan(5);
  expect(await before.stop('SIGKILL')).toBe('SIGKILL');
  const after = await start();
  expect(await remaining(after, 'a', 0)).toBe(60);
});

test('a path that cannot be written is named and counted, and the service goes on', async () => {
  path = join(folder, 'no such folder', 'argus.snapshot');
  const service = await start('--snapshot-interval-ms', '100');
  await until(async () => (await metric(service, FAILED)) >= 2);
  expect(await remaining(service, 'a', 1)).toBe(99);
  expect(await metric(service, WRITTEN)).toBe(0);
  expect(await service.stop('SIGTERM')).toBe(0);
  expect(service.output()).toContain(`Cannot write the snapshot ${path}: ENOENT`);
});

test('a file that is cut is kept aside; required, it ends the start with exit code 1', async () => {
  const before = await start();
  await remaining(before, 'a', 1);
  await before.stop('SIGTERM');
  truncateSync(path, statSync(path).size - 1);
  const refused = runService({
    flags: [...QUICK, '--port', '0', '--snapshot', path, '--snapshot-required'],
  });
  expect(await refused.ended).toBe(1);
  expect(refused.output()).toContain('is not whole, and SNAPSHOT_REQUIRED is true');
  expect(readdirSync(folder)).toEqual(['argus.snapshot']);
  const after = await start();
  expect(await remaining(after, 'a', 0)).toBe(99);
  expect(after.output()).toMatch(/is not whole: it is kept as \S+argus.snapshot.torn-\d{8}T\d{9}Z/);
  expect(readdirSync(folder).filter((name) => name.includes('torn-'))).toHaveLength(1);
});

test('a second one on the same port touches no snapshot', async () => {
  const first = await start('--snapshot-interval-ms', '3600000');
  writeFileSync(join(folder, 'other'), '');
  const second = runService({
    flags: [
      ...QUICK,
      '--port',
      `${first.port}`,
      '--host',
      '127.0.0.1',
      '--snapshot',
      path,
      '--snapshot-interval-ms',
      '100',
    ],
  });
  expect(await second.ended).toBe(1);
  expect(readdirSync(folder)).toEqual(['other']);
});

test.skipIf(process.platform !== 'linux')('nor does one that waits to take a port', async () => {
  const beganMs = performance.now();
  const usual = await start('--snapshot-interval-ms', '3600000');
  const startMs = performance.now() - beganMs;
  await usual.stop('SIGKILL');
  const turn = createServer().listen(TURN);
  await once(turn, 'listening');
  const flags = [...QUICK, '--port', '0', '--snapshot', path, '--snapshot-interval-ms', '100'];
  const waiting = runService({ flags });
  // By then all its threads are there, and the time for a snapshot has passed some times.
  await sleep(1.5 * startMs + 500);
  expect(readdirSync(folder)).toEqual([]);
  turn.close();
  while (readdirSync(folder).length === 0) await sleep(20);
  await waiting.stop('SIGKILL');
});
