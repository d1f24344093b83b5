/** Instances on one Redis admit together what one bucket would, however they are asked. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshKey } from '../support/ask.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { RespClient } from '../support/resp-client.ts';
import { frames } from '../support/resp-frames.ts';
import { askResp, type RespService } from '../support/resp-service.ts';
import { isMissing } from '../support/resp-tools.ts';
import { startService } from '../support/service.ts';
import {
  Asker,
  askOnce,
  look,
  type Over,
  press,
  ratePerMs,
  startInstances,
  stopAll,
  Tally,
  until,
  untilShared,
} from './shared-services.ts';

const RUN_MS = 1_000;
/** So many times what may be admitted is asked for, however busy the machine is. */
const DEMAND = 1.5;
/** And of that so much is admitted at least. */
const LEAST_PART = 0.6;

let redis: RedisServer;
let leased: readonly RespService[] = [];
let strict: readonly RespService[] = [];

beforeAll(async () => {
  if (isMissing('redis-server')) return;
  redis = await startRedis();
  [leased, strict] = await Promise.all([
    startInstances(3, redis.url),
    startInstances(2, `${redis.url}/1`, ['--sharing', 'strict']),
  ]);
  await Promise.all([untilShared(leased), untilShared(strict)]);
});

afterAll(async () => {
  await stopAll([...leased, ...strict]);
  await redis?.stop();
});

/** Asks for a while, and holds what was admitted against what may have been, and what could. */
async function expectShared(
  tally: Tally,
  begin: (over: Over) => readonly Promise<void>[],
): Promise<void> {
  const over = { isOver: false };
  const asking = begin(over);
  await sleep(RUN_MS);
  const possible = tally.question.capacity + ratePerMs(tally.question) * RUN_MS;
  await until(() => tally.asked > DEMAND * possible);
  over.isOver = true;
  await Promise.all(asking);
  expect(tally.admitted).toBeLessThanOrEqual(tally.most);
  expect(tally.admitted).toBeGreaterThan(possible * LEAST_PART);
}

/** Asks in batches. */
async function pressBatches(tally: Tally, service: RespService, over: Over): Promise<void> {
  const asker = await Asker.to(service);
  while (!over.isOver) {
    const items = await asker.askMany(Array.from({ length: 20 }, () => tally.question));
    for (const { allowed = false } of items) tally.count(allowed);
    await sleep(5);
  }
  asker.close();
}

/** Asks over the Redis protocol, many in one piece. */
async function pressResp(tally: Tally, service: RespService, over: Over): Promise<void> {
  const { key, capacity, interval, cost = 1 } = tally.question;
  const client = await RespClient.connect(service.respPort);
  const command = `THROTTLE ${key} ${capacity} ${capacity} ${interval} ${cost}`;
  while (!over.isOver) {
    client.send(frames(...Array.from({ length: 20 }, () => command)));
    for (let i = 0; i < 20; i++) {
      tally.count((await client.reply()).startsWith('*[:1 '));
    }
    await sleep(5);
  }
  client.destroy();
}

describe.skipIf(isMissing('redis-server'))('admit together', () => {
  test('three instances, one limit, asked over HTTP, in batches and over RESP', async () => {
    const tally = new Tally({ key: freshKey(), capacity: 400, interval: 1 });
    await expectShared(tally, (over) => [
      ...leased.map((service) => press(tally, service, over, 1)),
      ...leased.map((service) => pressBatches(tally, service, over)),
      ...leased.map((service) => pressResp(tally, service, over)),
    ]);
    expect(tally.sources).toContain('lease');
  });

  //  which, its cost, its strict, the sources it may have
  test.each([
    ['costs of 7', { cost: 7 }, ['lease', 'store', 'denied-until']],
    ['questions that are strict', { strict: true }, ['store']],
    ['some of them strict', { strict: false }, ['lease', 'store', 'denied-until']],
  ])('two instances: %s', async (which, more, sources) => {
    const tally = new Tally({ key: freshKey(), capacity: 400, interval: 1, ...more });
    const strictly = { ...tally.question, strict: true };
    await expectShared(tally, (over) =>
      leased
        .slice(0, 2)
        .flatMap((service) => [
          press(tally, service, over, 1),
          press(tally, service, over, 1, which.startsWith('some') ? strictly : tally.question),
        ]),
    );
    expect(sources).toEqual(expect.arrayContaining([...tally.sources]));
  });

  test('instances that share strictly, of which the store decides all', async () => {
    const tally = new Tally({ key: freshKey(), capacity: 400, interval: 1 });
    await expectShared(tally, (over) =>
      strict.flatMap((service) => [
        press(tally, service, over, 1),
        pressBatches(tally, service, over),
        pressResp(tally, service, over),
      ]),
    );
    expect([...tally.sources]).toEqual(['store']);
  });

  //  too small a capacity for two instances; too slow a refill for them
  test.each([
    [15, 0.05],
    [200, 10],
  ])('small buckets, which the store decides: %d in %d s', async (capacity, seconds) => {
    const unit = 'ms';
    const tally = new Tally({ key: freshKey(), capacity, interval: seconds * 1_000, unit });
    await expectShared(tally, (over) =>
      leased.slice(0, 2).map((service) => press(tally, service, over)),
    );
    expect(['store', 'denied-until']).toEqual(expect.arrayContaining([...tally.sources]));
  });
});

describe.skipIf(isMissing('redis-server'))('an answer', () => {
  test('of the store says what is left of the one bucket, to the token', async () => {
    const question = { key: freshKey(), capacity: 10, interval: 1, unit: 'd' };
    for (let i = 0; i < 10; i++) {
      const service = leased[i % 3] as RespService;
      const answer = await askOnce(service, question);
      expect(answer).toMatchObject({ allowed: true, remaining: 9 - i, source: 'store' });
      expect(answer).not.toHaveProperty('degraded');
    }
    const denial = await askOnce(leased[0] as RespService, question);
    expect(denial).toMatchObject({ allowed: false, remaining: 0, source: 'store' });
    expect(denial.retryAfterMs).toBeGreaterThan(8_000_000);
    // And the next is told so without the store.
    const again = await askOnce(leased[0] as RespService, question);
    expect(['store', 'denied-until']).toContain(again.source);
  });

  test('of an instance without a store has no source unless it is asked strictly', async () => {
    const service = await startService({ flags: ['--threads', '1'] });
    const asker = await Asker.to(service);
    const question = { key: freshKey(), capacity: 10, interval: 1 };
    expect(await asker.ask(question)).not.toHaveProperty('source');
    expect(await asker.ask({ ...question, strict: true })).toMatchObject({ source: 'local' });
    asker.close();
    await service.stop();
  });
});

test.skipIf(isMissing('redis-server'))(
  'what is left of a lease is returned when nobody asks any more',
  async () => {
    const question = { key: freshKey(), capacity: 100_000, interval: 1_000 };
    const [one, other] = leased as readonly [RespService, RespService, RespService];
    const over = { isOver: false };
    const tally = new Tally(question);
    const pressing = press(tally, one, over, 1);
    await until(() => tally.sources.has('lease'));
    over.isOver = true;
    await pressing;
    await until(async () => {
      const { remaining } = await look(other, question);
      return remaining + tally.admitted >= question.capacity;
    });
    expect((await look(other, question)).remaining + tally.admitted).toBeLessThanOrEqual(
      tally.most,
    );
  },
);

test.skipIf(isMissing('redis-server'))(
  'tokens refunded over the Redis protocol are there for all',
  async () => {
    const question = { key: freshKey(), capacity: 10, interval: 86_400 };
    const [one, other] = leased as readonly [RespService, RespService, RespService];
    await askOnce(one, { ...question, cost: 10 });
    expect(await look(other, question)).toMatchObject({ remaining: 0 });
    await askResp(other, `THROTTLE ${question.key} 10 10 86400 -4`);
    expect(await look(one, question)).toMatchObject({ remaining: 4 });
  },
);
