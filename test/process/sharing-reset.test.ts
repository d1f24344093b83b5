/** All or none over several keys, and resets, by whichever instance. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshKey, members } from '../support/ask.ts';
import { expectProblem } from '../support/problem.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { reset, TOKEN } from '../support/reset.ts';
import { RespClient } from '../support/resp-client.ts';
import type { RespService } from '../support/resp-service.ts';
import { isMissing } from '../support/resp-tools.ts';
import { askMany } from '../transport/http/batch.ts';
import {
  type Answered,
  type Asked,
  askOnce,
  look,
  startInstances,
  stopAll,
  until,
  untilAway,
  untilShared,
} from './shared-services.ts';

let redis: RedisServer;
let services: readonly RespService[] = [];
let one: RespService;
let other: RespService;

beforeAll(async () => {
  if (isMissing('redis-server')) return;
  redis = await startRedis();
  services = await startInstances(2, redis.url, ['--admin-token', TOKEN]);
  [one, other] = services as [RespService, RespService];
  await untilShared(services);
});

afterAll(async () => {
  await stopAll(services);
  await redis?.stop();
});

interface AllAnswered {
  readonly allowed: boolean;
  readonly all: readonly Answered[];
}

async function askAll(service: RespService, all: readonly Asked[]): Promise<AllAnswered> {
  return members(await askMany(service, { all })) as unknown as AllAnswered;
}

const daily = (capacity: number, cost = 1): Asked => ({
  key: freshKey(),
  capacity,
  interval: 1,
  unit: 'd',
  cost,
});

describe.skipIf(isMissing('redis-server'))('several questions', () => {
  test('are charged all or none, whichever instance is asked, and however many at once', async () => {
    const many = daily(1_000, 3);
    const few = daily(30);
    const asking = Array.from({ length: 60 }, (_, i) =>
      askAll(services[i % 2] as RespService, i % 4 < 2 ? [many, few] : [few, many]),
    );
    const answers = await Promise.all(asking);
    expect(answers.filter(({ allowed }) => allowed)).toHaveLength(30);
    expect((await look(one, few)).remaining).toBe(0);
    // What was charged for nothing is undone, a moment later.
    await until(async () => (await look(other, many)).remaining === 1_000 - 30 * 3);
    // And no more than that.
    expect(await askAll(other, [many, few])).toMatchObject({
      allowed: false,
      all: [{ allowed: true }, { allowed: false }],
    });
    await until(async () => (await look(other, many)).remaining === 1_000 - 30 * 3);
  });

  test('of which one has a lease and is denied nothing, are charged none if another is', async () => {
    const leased: Asked = { key: freshKey(), capacity: 100_000, interval: 1_000, cost: 10 };
    const strict = { ...daily(5), strict: true };
    let admitted = 0;
    await until(async () => {
      const { allowed, source } = await askOnce(one, leased);
      if (allowed) admitted += leased.cost ?? 1;
      return source === 'lease';
    });
    const answers: AllAnswered[] = [];
    for (let i = 0; i < 20; i++) answers.push(await askAll(one, [leased, strict]));
    expect(answers.map(({ allowed }) => allowed)).toEqual(answers.map((_, i) => i < 5));
    admitted += 5 * (leased.cost ?? 1);
    // Nothing else comes back meanwhile that could hide tokens that were kept.
    const { remaining } = await look(other, { ...leased, key: strict.key, capacity: 5 });
    expect(remaining).toBe(0);
    await until(async () => (await look(other, leased)).remaining >= leased.capacity - admitted);
  });
});

describe.skipIf(isMissing('redis-server'))('a reset', () => {
  test.each([
    ['a small bucket', daily(5)],
    ['a bucket that is leased', { key: freshKey(), capacity: 5_000, interval: 100, cost: 500 }],
  ])('of %s, by one instance, is one for all', async (_, question) => {
    for (const service of services) {
      await until(async () => !(await askOnce(service, question)).allowed);
    }
    const answer = await reset(one, `?key=${question.key}`);
    expect([answer.status, members(answer)]).toEqual([200, { reset: true }]);
    const before = performance.now();
    for (const service of services) {
      // A note that nothing was to be had may hold for another moment.
      await until(async () => (await askOnce(service, question)).allowed);
    }
    expect(performance.now() - before).toBeLessThan(5_000);
  });

  test('of a key that nobody has asked for says so', async () => {
    expect(members(await reset(one, '?key=nobody'))).toEqual({ reset: false });
  });

  test('over the Redis protocol is the same', async () => {
    const question = daily(5);
    await askOnce(one, { ...question, cost: 5 });
    const client = await RespClient.connect(other.respPort);
    expect(await client.ask(`AUTH ${TOKEN}`)).toBe('+OK');
    expect(await client.ask(`DEL ${question.key} nobody`)).toBe(':1');
    client.destroy();
    expect(await look(one, question)).toMatchObject({ remaining: 5 });
  });

  test('while the store is away is answered 503, and does nothing', async () => {
    const own = await startRedis();
    const [alone] = (await startInstances(1, own.url, ['--admin-token', TOKEN])) as [RespService];
    const question = daily(5);
    await askOnce(alone, { ...question, cost: 5 });
    await own.stop();
    await untilAway(alone);
    expectProblem(await reset(alone, `?key=${question.key}`), 503, 'store', 'nothing was reset');
    expect(await askOnce(alone, question)).toMatchObject({ allowed: false });
    await stopAll([alone]);
  });
});
