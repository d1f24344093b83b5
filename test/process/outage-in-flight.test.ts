/** What Redis has obeyed and nobody was told of is charged to nobody, and never twice. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { exchangesOf } from '../lease/store/redis-harness.ts';
import { freshKey } from '../support/ask.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import type { RespService } from '../support/resp-service.ts';
import { isMissing } from '../support/resp-tools.ts';
import { type BlackHole, startBlackHole } from './black-hole.ts';
import {
  Asker,
  askOnce,
  look,
  startInstances,
  stopAll,
  until,
  untilAway,
  untilShared,
} from './shared-services.ts';

let redis: RedisServer;
let hole: BlackHole;
let services: readonly RespService[] = [];
let service: RespService;

beforeAll(async () => {
  if (isMissing('redis-server')) return;
  redis = await startRedis();
  hole = await startBlackHole(redis.port);
  const flags = ['--store-timeout-ms', '200', '--on-store-down', 'closed'];
  services = await startInstances(1, `redis://127.0.0.1:${hole.port}`, flags);
  service = services[0] as RespService;
});

afterAll(async () => {
  await stopAll(services);
  await hole?.stop();
  await redis?.stop();
});

/** Nothing of it comes back while a test looks. */
const questions = () =>
  Array.from({ length: 10 }, (_, i) => ({
    key: freshKey(),
    capacity: 1_000,
    interval: 1,
    unit: 'd',
    cost: 3 + i,
  }));

let asked: ReturnType<typeof questions>;

/** Asks twice about each key in one piece, and tells how many were allowed. */
async function askAll(): Promise<number> {
  const asker = await Asker.to(service);
  const items = await asker.askMany([...asked, ...asked]);
  asker.close();
  return items.filter(({ allowed }) => allowed).length;
}

/** Waits until Redis is back, and holds what it has charged against what was allowed. */
async function expectCharged(times: number): Promise<void> {
  await untilShared(services);
  for (const question of asked) {
    let seen = await look(service, question);
    // One that was too slow was answered without the store.
    await until(async () => {
      if (seen.source !== 'store') seen = await look(service, question);
      return seen.source === 'store';
    });
    expect(seen.remaining).toBe(question.capacity - times * question.cost);
  }
}

beforeEach(async () => {
  if (isMissing('redis-server')) return;
  await untilShared(services);
  asked = questions();
  await until(async () => {
    // A busy machine may have been too slow for one of them.
    if ((await askAll()) === 2 * asked.length) return true;
    asked = questions();
    return false;
  });
});

describe.skipIf(isMissing('redis-server'))('what was obeyed and not answered is undone', () => {
  test.each(['refuse', 'swallow'] as const)(
    'where the connection then is lost: %s',
    async (end) => {
      const before = await exchangesOf(redis.port);
      await hole.turn('deafen');
      const asking = askAll();
      await until(async () => (await exchangesOf(redis.port)) >= before + asked.length);
      expect(await asking).toBe(0);
      await hole.turn(end);
      await untilAway(service);
      await hole.turn('pass');
      await expectCharged(2);
    },
  );

  test('where the answer only came too late', async () => {
    const before = await exchangesOf(redis.port);
    hole.delayMs = 300;
    expect(await askAll()).toBe(0);
    await until(async () => (await exchangesOf(redis.port)) >= before + asked.length);
    hole.delayMs = 0;
    await expectCharged(2);
  });

  test('and asked again after that it is charged once', async () => {
    await hole.turn('deafen');
    expect(await askAll()).toBe(0);
    await untilAway(service);
    await hole.turn('refuse');
    await hole.turn('pass');
    await untilShared(services);
    for (const question of asked) {
      await until(async () => (await askOnce(service, question)).allowed);
    }
    await expectCharged(3);
  });
});

test.skipIf(isMissing('redis-server'))(
  'what is denied while Redis is away is charged to nobody',
  async () => {
    const [question] = asked as [(typeof asked)[number]];
    await hole.turn('swallow');
    await untilAway(service);
    for (let i = 0; i < 5; i++) expect((await askOnce(service, question)).allowed).toBe(false);
    await hole.turn('pass');
    await expectCharged(2);
  },
);
