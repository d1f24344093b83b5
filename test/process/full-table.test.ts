/** A table that has room for one key, asked all or none: the answer is JSON, of whole numbers. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshKey } from '../support/ask.ts';
import { askMany } from '../support/batch.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { type RespService, startResp } from '../support/resp-service.ts';
import { isMissing } from '../support/resp-tools.ts';
import {
  type Answered,
  askOnce,
  startInstances,
  stopAll,
  untilShared,
} from '../support/shared-services.ts';

const FULL = ['--max-keys', '1', '--threads', '1'];
const NUMBERS = ['limit', 'remaining', 'retryAfterMs', 'resetAfterMs'] as const;

const daily = (capacity: number) => ({ key: freshKey(), capacity, interval: 1, unit: 'd' });

/** Asks for two of which one is denied, and it may be either. */
async function askBothWays(service: RespService): Promise<void> {
  const emptied = daily(5);
  expect(await askOnce(service, { ...emptied, cost: 5 })).toMatchObject({ allowed: true });
  for (const isFirst of [true, false]) {
    const passing = { ...daily(5), cost: 2 };
    const all = isFirst ? [emptied, passing] : [passing, emptied];
    const { status, body } = await askMany(service, { all });
    expect([status, body]).toEqual([429, expect.not.stringMatching(/NaN|null|Infinity/)]);
    const answer = JSON.parse(body) as { allowed: boolean; all: readonly Answered[] };
    expect([answer.allowed, answer.all[isFirst ? 0 : 1]?.allowed]).toEqual([false, false]);
    for (const one of answer.all) {
      expect(NUMBERS.map((name) => Number.isInteger(one[name]))).toEqual(NUMBERS.map(() => true));
    }
  }
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

  test('all or none of two, one denied', () => askBothWays(services[0] as RespService));
});
