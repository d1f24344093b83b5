/** A whole service with ENGINE=hash, on its own and where Redis has the buckets. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshKey } from '../support/ask.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { type RespService, startResp } from '../support/resp-service.ts';
import { isMissing } from '../support/resp-tools.ts';
import { scrape, total } from '../support/scrape.ts';
import { askOnce, startInstances, stopAll, until, untilShared } from './shared-services.ts';

const HASH = ['--engine', 'hash', '--max-keys', '50', '--threads', '2'];

const daily = { capacity: 3, interval: 1, unit: 'd' } as const;

async function spendAll(services: readonly RespService[]): Promise<readonly boolean[]> {
  const key = freshKey();
  const allowed: boolean[] = [];
  for (let i = 0; i < 6; i++) {
    const service = services[i % services.length] as RespService;
    allowed.push((await askOnce(service, { ...daily, key })).allowed);
  }
  return allowed;
}

describe('a service of its own', () => {
  let service: RespService;
  beforeAll(async () => {
    service = await startResp({ flags: HASH });
  });
  afterAll(() => stopAll([service]));

  test('allows what a limit lets pass, and denies the rest, whichever thread is asked', async () => {
    expect(await spendAll([service])).toEqual([true, true, true, false, false, false]);
  });

  test('lets keys beyond MAX_KEYS share buckets, and forgets all that are full again', async () => {
    const brief = { capacity: 1, interval: 5 };
    let degraded = 0;
    for (let i = 0; i < 80; i++) {
      if ((await askOnce(service, { ...brief, key: freshKey() })).degraded === true) degraded++;
    }
    expect(degraded).toBeGreaterThan(0);
    // The one key of the first test stays.
    await until(async () => (await scrape(service)).get('argus_keys') === 1);
    const samples = await scrape(service);
    expect(total(samples, 'argus_evictions_total')).toBeGreaterThanOrEqual(49);
    expect(total(samples, 'argus_swaps_total')).toBe(0);
    expect(samples.get('argus_swap_hold_seconds_count')).toBeGreaterThan(0);
    expect(samples.get('argus_search_depth')).toBeGreaterThanOrEqual(1);
  });
});

describe.skipIf(isMissing('redis-server'))('where Redis has the buckets', () => {
  let redis: RedisServer;
  let services: RespService[];
  beforeAll(async () => {
    redis = await startRedis();
    services = await startInstances(2, redis.url, HASH);
    await untilShared(services);
  });
  afterAll(async () => {
    await stopAll(services ?? []);
    await redis?.stop();
  });

  test('two instances allow together what one bucket would', async () => {
    expect(await spendAll(services)).toEqual([true, true, true, false, false, false]);
  });
});
