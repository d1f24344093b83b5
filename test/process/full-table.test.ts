/**
 * A table that has room for one key, asked all or none: the answer is JSON, of whole numbers, and
 * what was not taken is there for the next.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshKey } from '../support/ask.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { type RespService, startResp } from '../support/resp-service.ts';
import { isMissing } from '../support/resp-tools.ts';
import { scrape } from '../support/scrape.ts';
import { askMany } from '../transport/http/batch.ts';
import {
  type Answered,
  askOnce,
  look,
  startInstances,
  stopAll,
  until,
  untilShared,
} from './shared-services.ts';
import { readStored } from './stored-key.ts';

const FULL = ['--max-keys', '1', '--threads', '1'];
const NUMBERS = ['limit', 'remaining', 'retryAfterMs', 'resetAfterMs'] as const;

const daily = (capacity: number) => ({ key: freshKey(), capacity, interval: 1, unit: 'd' });

/** Asks for two of which one is denied, and it may be either. Returns the keys of the others. */
async function askBothWays(service: RespService): Promise<readonly string[]> {
  const emptied = daily(5);
  const untaken: string[] = [];
  expect(await askOnce(service, { ...emptied, cost: 5 })).toMatchObject({ allowed: true });
  for (const isFirst of [true, false]) {
    const passing = { ...daily(5), cost: 2 };
    untaken.push(passing.key);
    const all = isFirst ? [emptied, passing] : [passing, emptied];
    const { status, body } = await askMany(service, { all });
    expect([status, body]).toEqual([429, expect.not.stringMatching(/NaN|null|Infinity/)]);
    const answer = JSON.parse(body) as { allowed: boolean; all: readonly Answered[] };
    expect([answer.allowed, answer.all[isFirst ? 0 : 1]?.allowed]).toEqual([false, false]);
    for (const one of answer.all) {
      expect(NUMBERS.map((name) => Number.isInteger(one[name]))).toEqual(NUMBERS.map(() => true));
    }
  }
  return untaken;
}

test('all or none of two, one denied, in a service of its own', async () => {
  const service = await startResp({ flags: FULL });
  try {
    await askBothWays(service);
  } finally {
    await stopAll([service]);
  }
});

describe.skipIf(isMissing('redis-server'))('where Redis has the buckets', () => {
  let redis: RedisServer;
  let services: RespService[];
  beforeAll(async () => {
    redis = await startRedis();
    services = await startInstances(1, redis.url, FULL);
    await untilShared(services);
  });
  afterAll(async () => {
    await stopAll(services ?? []);
    await redis?.stop();
  });

  test('all or none of two, one denied: what was leased for the other is there again', async () => {
    const service = services[0] as RespService;
    for (const key of await askBothWays(service)) {
      // By itself: nobody has asked since. A bucket that is full may be forgotten.
      await until(async () => {
        const { used, held } = (await readStored(redis.port, key)) ?? { used: 0, held: 0 };
        return used + held === 0;
      });
      expect(await look(service, { ...daily(5), key })).toMatchObject({ remaining: 5 });
      const all = await askOnce(service, { ...daily(5), key, cost: 5 });
      expect(all).toMatchObject({ allowed: true, source: 'store' });
    }
    expect((await scrape(service)).get('argus_forfeited_tokens_total')).toBe(0);
  });
});
