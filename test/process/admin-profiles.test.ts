/** Profiles of a real service: of every thread of it, by its own work, for `go tool pprof`. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readPprof } from '../admin/profiles/pprof-reading.ts';
import { ask } from '../support/ask.ts';
import { freePort } from '../support/free-port.ts';
import { RIGHT, TOKEN } from '../support/reset.ts';
import { isNowhere, run } from '../support/resp-tools.ts';
import { type Service, startService } from '../support/service.ts';

const THREADS = [
  'decider 0',
  'decider 1',
  'the main thread',
  'the rebalancer',
  'the thread of the admin port',
  'the thread of the keys',
];

let service: Service;
let port: number;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'argus-profiles-'));
  port = await freePort();
  const flags = ['--threads', '2', '--admin-port', String(port)];
  service = await startService({ flags, env: { ADMIN_TOKEN: TOKEN } });
});
afterAll(async () => {
  expect(await service.stop()).toBe(0);
  expect(service.output()).not.toContain('"error"');
  await rm(folder, { recursive: true });
});

function profile(path: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/debug/pprof/${path}`, { headers: RIGHT });
}

/** Asks for decisions until the promise is settled, and resolves to what it came to. */
async function whileAsked<T>(promise: Promise<T>): Promise<T> {
  let isOver = false;
  const over = promise.finally(() => {
    isOver = true;
  });
  for (let i = 0; !isOver; i++) {
    const questions = Array.from({ length: 16 }, (_, n) => `key ${i * 16 + n}`);
    await Promise.all(questions.map((key) => ask(service, { key, capacity: 5, interval: 1 })));
  }
  return over;
}

const CAN = 'startHeapProfile' in Worker.prototype;

describe.skipIf(!CAN)('a profile', () => {
  test('of CPU time has deciders at work, and tells no thread to be late', async () => {
    const response = await whileAsked(profile('profile?seconds=2'));
    expect(response.status).toBe(200);
    const { comments, samples, seconds } = readPprof(await response.bytes());
    expect(comments).toHaveLength(1);
    // A timer of Node may be up to a millisecond early.
    expect(seconds).toBeGreaterThan(1.99);
    expect(samples.some((sample) => sample.startsWith('thread=decider '))).toBe(true);
    // Of the service's own files, with the line.
    expect(samples.join('\n')).toMatch(/src\/transport\/http\/.*\.ts:\d+/);
  }, 30_000);

  test('of allocations has every thread that allocates much', async () => {
    const response = await whileAsked(profile('allocs?seconds=2'));
    const { comments, samples } = readPprof(await response.bytes());
    expect(comments).toHaveLength(1);
    const threads = new Set(samples.map((sample) => /^thread=([^|]*) \|/.exec(sample)?.[1]));
    expect(THREADS).toEqual(expect.arrayContaining([...threads]));
    expect([...threads]).toEqual(expect.arrayContaining(['decider 0', 'decider 1']));
  }, 30_000);

  test.skipIf(isNowhere('go'))(
    'is opened by go tool pprof',
    async () => {
      for (const [kind, type] of [
        ['profile', 'cpu'],
        ['heap', 'inuse_space'],
        ['allocs', 'alloc_space'],
      ] as const) {
        const response = await whileAsked(profile(`${kind}?seconds=1`));
        const file = join(folder, `${kind}.pb.gz`);
        await writeFile(file, await response.bytes());
        const { code, output } = await run('go', ['tool', 'pprof', '-top', file]);
        expect([code, output]).toEqual([0, expect.stringContaining(`Type: ${type}`)]);
        expect(output).toMatch(/Duration: (1(\.\d+)?s|99\d)/);
        expect((await run('go', ['tool', 'pprof', '-tags', file])).output).toContain('decider');
      }
    },
    60_000,
  );

  test('is given as far as it is when the service ends', async () => {
    const other = await freePort();
    const flags = ['--threads', '1', '--admin-port', String(other)];
    const ending = await startService({ flags, env: { ADMIN_TOKEN: TOKEN } });
    const at = `http://127.0.0.1:${other}/debug/pprof/heap?seconds=300`;
    const answer = fetch(at, { headers: RIGHT });
    // The second is only refused once the first has begun.
    let second = await fetch(`${at.slice(0, -3)}1`, { headers: RIGHT });
    while (second.status === 200) second = await fetch(`${at.slice(0, -3)}1`, { headers: RIGHT });
    expect(second.status).toBe(503);
    const stopped = ending.stop('SIGTERM');
    const response = await answer;
    expect(response.status).toBe(200);
    expect(readPprof(await response.bytes()).seconds).toBeLessThan(60);
    expect(await stopped).toBe(0);
  }, 30_000);
});

test.skipIf(CAN)('is refused by a Node that cannot', async () => {
  const response = await profile('profile?seconds=1');
  expect(response.status).toBe(501);
  expect(await response.text()).toContain('need Node');
});

test('nobody takes one without the token, nor from a page of another site', async () => {
  for (const kind of ['profile', 'heap', 'allocs']) {
    const at = `http://127.0.0.1:${port}/debug/pprof/${kind}?seconds=300`;
    expect((await fetch(at)).status).toBe(401);
    const headers = { ...RIGHT, 'Sec-Fetch-Site': 'cross-site' };
    expect((await fetch(at, { headers })).status).toBe(403);
    expect((await fetch(`${service.url}/debug/pprof/${kind}`, { headers: RIGHT })).status).toBe(
      404,
    );
  }
});
