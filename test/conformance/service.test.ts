/**
 * A few of the same figures at running services, over HTTP and RESP, in seconds that really pass:
 * one service by itself, and one whose buckets are in Redis.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askOnce, startInstances, untilShared } from '../process/shared-services.ts';
import { freshKey } from '../support/ask.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { RespClient } from '../support/resp-client.ts';
import { words } from '../support/resp-frames.ts';
import { type RespService, startResp } from '../support/resp-service.ts';
import { isMissing } from '../support/resp-tools.ts';

function askTimes(
  service: RespService,
  key: string,
  capacity: number,
  interval: number,
  times: number,
) {
  return Promise.all(
    Array.from({ length: times }, () => askOnce(service, { key, capacity, interval })),
  );
}

describe.each([
  ['by itself', false],
  ['with its buckets in Redis', true],
])('a service %s', (_, isSharing) => {
  const isLeftOut = isSharing && isMissing('redis-server');
  let redis: RedisServer | undefined;
  let service: RespService;
  beforeAll(async () => {
    if (isLeftOut) return;
    if (isSharing) {
      redis = await startRedis();
      [service] = (await startInstances(1, redis.url)) as [RespService];
      await untilShared([service]);
    } else {
      service = await startResp({ flags: ['--threads', '2'] });
    }
  });
  afterAll(async () => {
    expect(await service?.stop()).toBe(isLeftOut ? undefined : 0);
    await redis?.stop();
  });

  test.skipIf(isLeftOut)(
    '10 in a day: one, 2 s later 64 at once over as many connections: 9 pass',
    async () => {
      const question = { key: freshKey(), capacity: 10, interval: 1, unit: 'd' };
      expect((await askOnce(service, question)).allowed).toBe(true);
      await sleep(2_000);
      const answers = await Promise.all(
        Array.from({ length: 64 }, () => askOnce(service, question)),
      );
      expect(answers.filter(({ allowed }) => allowed)).toHaveLength(9);
    },
  );

  test.skipIf(isLeftOut)(
    '10 in 2 s: one, idle, then 40 at once in one pipeline: 10 pass',
    async () => {
      const client = await RespClient.connect(service.respPort);
      const command = `THROTTLE ${freshKey()} 10 10 2`;
      expect(await client.ask(command)).toMatch(/^\*\[:1 /);
      await sleep(1_900);
      for (let i = 0; i < 40; i++) client.send(words(command));
      let passed = 0;
      for (let i = 0; i < 40; i++) if ((await client.reply()).startsWith('*[:1 ')) passed++;
      expect(passed).toBe(10);
      client.destroy();
    },
  );

  //  tokens, in seconds
  test.skipIf(isLeftOut).each([
    [3, 1],
    [7, 10],
  ])('%d in %d s: whoever comes back after the told wait passes', async (capacity, interval) => {
    const key = freshKey();
    await askTimes(service, key, capacity, interval, capacity);
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
});
