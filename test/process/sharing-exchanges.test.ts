/**
 * What an instance asks the store: one exchange at a time for a key, and all that came meanwhile in
 * it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exchangesOf, withRedis } from '../lease/store/redis-harness.ts';
import { freshKey } from '../support/ask.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { RespClient } from '../support/resp-client.ts';
import { frames } from '../support/resp-frames.ts';
import type { RespService } from '../support/resp-service.ts';
import { isMissing } from '../support/resp-tools.ts';
import { scrape, total } from '../support/scrape.ts';
import { type BlackHole, startBlackHole } from './black-hole.ts';
import {
  type Answered,
  type Asked,
  Asker,
  askOnce,
  look,
  press,
  startInstances,
  stopAll,
  Tally,
  until,
  untilShared,
} from './shared-services.ts';

/** How long it takes what is sent to Redis, each way. */
const DELAY_MS = 50;

let redis: RedisServer;
let hole: BlackHole;
let services: readonly RespService[] = [];
let service: RespService;

beforeAll(async () => {
  if (isMissing('redis-server')) return;
  redis = await startRedis();
  hole = await startBlackHole(redis.port);
  const url = `redis://127.0.0.1:${hole.port}`;
  services = await startInstances(1, url, ['--threads', '4']);
  service = services[0] as RespService;
  await untilShared(services);
});

afterAll(async () => {
  await stopAll(services);
  await hole?.stop();
  await redis?.stop();
});

/** How many exchanges Redis ran meanwhile. */
async function exchangesWhile(act: () => Promise<unknown>): Promise<number> {
  const before = await exchangesOf(redis.port);
  await act();
  return (await exchangesOf(redis.port)) - before;
}

describe.skipIf(isMissing('redis-server'))('one exchange', () => {
  test('decides all strict questions of one turn about one key, in their order', async () => {
    const question = { key: freshKey(), capacity: 70, interval: 1, unit: 'd', strict: true };
    const asker = await Asker.to(service);
    const exchanges = await exchangesWhile(async () => {
      const items = await asker.askMany(Array.from({ length: 100 }, () => question));
      const left = items.map(({ remaining }) => remaining);
      expect(left).toEqual(Array.from({ length: 100 }, (_, i) => Math.max(0, 69 - i)));
      expect(items.filter(({ allowed }) => allowed)).toHaveLength(70);
      for (const { source } of items) expect(source).toBe('store');
    });
    asker.close();
    expect(exchanges).toBe(1);
  });

  test('decides what comes in one piece over the Redis protocol', async () => {
    const client = await RespClient.connect(service.respPort);
    const command = `THROTTLE ${freshKey()} 5 5 86400`;
    const exchanges = await exchangesWhile(async () => {
      client.send(frames(...Array.from({ length: 40 }, () => command)));
      const replies = [];
      for (let i = 0; i < 40; i++) replies.push(await client.reply());
      expect(replies.filter((reply) => reply.startsWith('*[:1 '))).toHaveLength(5);
    });
    client.destroy();
    // The piece may come in two.
    expect(exchanges).toBeLessThanOrEqual(2);
  });

  test('is under way at a time, however many threads and connections ask', async () => {
    hole.delayMs = DELAY_MS;
    // None comes back while it is asked: a token takes five minutes.
    const question = { key: freshKey(), capacity: 100_000, interval: 366, unit: 'd', strict: true };
    const tally = new Tally(question);
    const over = { isOver: false };
    const beganMs = performance.now();
    const exchanges = await exchangesWhile(async () => {
      const asking = Array.from({ length: 24 }, () => press(tally, service, over));
      await sleep(700);
      over.isOver = true;
      await Promise.all(asking);
    });
    const passedMs = performance.now() - beganMs;
    hole.delayMs = 0;
    // One that was under way at either end.
    expect(exchanges).toBeLessThanOrEqual(passedMs / (2 * DELAY_MS) + 2);
    expect(tally.admitted).toBeGreaterThan(2 * exchanges);
    expect((await look(service, question)).remaining).toBe(100_000 - tally.admitted);
  });
});

describe.skipIf(isMissing('redis-server'))('leases', () => {
  test('of many keys that are asked once are not fetched: an exchange a question', async () => {
    const leases = async () => total(await scrape(service), 'argus_leases');
    await until(async () => (await leases()) === 0);
    const keys = Array.from({ length: 200 }, () => freshKey());
    const asker = await Asker.to(service);
    const exchanges = await exchangesWhile(async () => {
      await asker.askMany(keys.map((key) => ({ key, capacity: 1_000, interval: 1 })));
      // Long enough for renewals, of which there is none.
      await sleep(600);
    });
    asker.close();
    expect(exchanges).toBe(200);
    expect(await leases()).toBe(0);
  });

  test('of a hot key need few exchanges for many decisions', async () => {
    const tally = new Tally({ key: freshKey(), capacity: 1_000_000, interval: 1_000 });
    const over = { isOver: false };
    const asking = Array.from({ length: 4 }, () => press(tally, service, over));
    await until(() => tally.sources.has('lease'));
    const before = tally.asked;
    const exchanges = await exchangesWhile(() => until(() => tally.asked >= before + 1_000));
    over.isOver = true;
    await Promise.all(asking);
    expect(exchanges).toBeLessThan((tally.asked - before) / 5);
  });
});

describe.skipIf(isMissing('redis-server'))('a lowered limit', () => {
  /** Asks a thousand times, for them in turn. Returns the answers, and the exchanges a second. */
  async function askedFor(...questions: readonly Asked[]) {
    const askers = await Promise.all(Array.from({ length: 4 }, () => Asker.to(service)));
    const answers: Answered[] = [];
    const beganMs = performance.now();
    const exchanges = await exchangesWhile(() =>
      Promise.all(
        askers.map(async (asker) => {
          for (let i = 0; i < 250; i++) {
            answers.push(await asker.ask(questions[i % questions.length] as Asked));
          }
        }),
      ),
    );
    const passedMs = Math.max(1_000, performance.now() - beganMs);
    for (const asker of askers) asker.close();
    return { answers, aSecond: (exchanges * 1_000) / passedMs };
  }

  test('costs at most 20 exchanges for a thousand questions in a second', async () => {
    const key = freshKey();
    const before = { key, capacity: 1_000, interval: 100 };
    const lowered = { key, capacity: 100, interval: 100 };
    const beganMs = performance.now();
    expect(await askOnce(service, { ...before, cost: 900 })).toMatchObject({ remaining: 100 });
    const { answers, aSecond } = await askedFor(lowered);
    const passedMs = performance.now() - beganMs;
    expect(aSecond).toBeLessThanOrEqual(20);
    // 801 tokens too many are in use, and ten a second come back: that was charged under.
    for (const { allowed, limit, remaining, retryAfterMs } of answers) {
      expect([allowed, limit, remaining]).toEqual([false, 100, 0]);
      expect(retryAfterMs).toBeLessThanOrEqual(80_100);
      expect(retryAfterMs).toBeGreaterThanOrEqual(80_100 - passedMs);
    }
    // What it denies is none of the other's business.
    expect(await askOnce(service, { ...before, cost: 100 })).toMatchObject({ allowed: true });
    expect(await askOnce(service, lowered)).toMatchObject({ allowed: false });
  });

  test('beside the one before costs few exchanges too', async () => {
    const key = freshKey();
    const before = { key, capacity: 100_000, interval: 100 };
    const lowered = { key, capacity: 100, interval: 1 };
    expect((await askOnce(service, { ...before, cost: 50_000 })).allowed).toBe(true);
    const { answers, aSecond } = await askedFor(before, lowered);
    expect(aSecond).toBeLessThan(100);
    for (const { allowed, limit } of answers) expect(allowed).toBe(limit === before.capacity);
  });
});

test.skipIf(isMissing('redis-server'))(
  'a key has the name in Redis that it has here, and no other is written',
  async () => {
    const key = `${freshKey()} with é and \n`;
    await withRedis(redis.port, (client) => client.flushdb());
    await askOnce(service, { key, capacity: 5, interval: 60 });
    await until(async () => {
      const names = await withRedis(redis.port, (client) => client.keys('*'));
      return names.toSorted().join() === [`argus:b:${key}`, 'argus:instances'].join();
    });
  },
);
