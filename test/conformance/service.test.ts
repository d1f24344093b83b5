/** A few of the same figures at a running service, over HTTP and RESP, in seconds that really pass. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshKey } from '../support/ask.ts';
import { RespClient } from '../support/resp-client.ts';
import { words } from '../support/resp-frames.ts';
import { type RespService, startResp } from '../support/resp-service.ts';
import { askOnce } from '../support/shared-services.ts';

let service: RespService;
beforeAll(async () => {
  service = await startResp({ flags: ['--threads', '2'] });
});
afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

function askTimes(key: string, capacity: number, interval: number, times: number) {
  return Promise.all(
    Array.from({ length: times }, () => askOnce(service, { key, capacity, interval })),
  );
}

test('10 in a day: one, 2 s later 64 at once over as many connections: 9 pass', async () => {
  const question = { key: freshKey(), capacity: 10, interval: 1, unit: 'd' };
  expect((await askOnce(service, question)).allowed).toBe(true);
  await sleep(2_000);
  const answers = await Promise.all(Array.from({ length: 64 }, () => askOnce(service, question)));
  expect(answers.filter(({ allowed }) => allowed)).toHaveLength(9);
});

test('10 in 2 s: one, idle, then 40 at once in one pipeline: 10 pass', async () => {
  const client = await RespClient.connect(service.respPort);
  const command = `THROTTLE ${freshKey()} 10 10 2`;
  expect(await client.ask(command)).toMatch(/^\*\[:1 /);
  await sleep(1_900);
  for (let i = 0; i < 40; i++) client.send(words(command));
  let passed = 0;
  for (let i = 0; i < 40; i++) if ((await client.reply()).startsWith('*[:1 ')) passed++;
  expect(passed).toBe(10);
  client.destroy();
});

//  tokens, in seconds
test.each([
  [3, 1],
  [7, 10],
])('%d in %d s: whoever comes back after the told wait passes', async (capacity, interval) => {
  const key = freshKey();
  await askTimes(key, capacity, interval, capacity);
  for (let times = 0; times < 2; times++) {
    const told = await askOnce(service, { key, capacity, interval });
    if (told.allowed) continue;
    expect(told.retryAfterMs).toBeGreaterThan(0);
    // Node's timers may fire early by less than a millisecond.
    const untilMs = performance.now() + told.retryAfterMs;
    while (performance.now() < untilMs) await sleep(untilMs - performance.now());
    expect((await askOnce(service, { key, capacity, interval })).allowed).toBe(true);
  }
});
