/**
 * Redis is killed, and a key is asked for under two limits: neither gives what the other has not.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freshKey } from '../support/ask.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import type { RespService } from '../support/resp-service.ts';
import { isMissing } from '../support/resp-tools.ts';
import {
  type Asked,
  Asker,
  startInstances,
  stopAll,
  untilAway,
  untilShared,
} from './shared-services.ts';

const HOUR_MS = 3_600_000;
const LARGE = { capacity: 1_000, interval: 1, unit: 'h' } as const;
const SMALL = { capacity: 1, interval: 1, unit: 'h' } as const;
const ASKED = 200;

let redis: RedisServer;
let services: RespService[];

beforeEach(async () => {
  if (isMissing('redis-server')) return;
  redis = await startRedis();
  services = await startInstances(1, redis.url, ['--on-store-down', 'local', '--instances', '1']);
  await untilShared(services);
});

afterEach(async () => {
  await stopAll(services ?? []);
  await redis?.stop();
});

/** Takes all of a key, and has Redis killed. Since when it had nothing, and how to ask on. */
async function emptied(key: string): Promise<{ readonly sinceMs: number; readonly asker: Asker }> {
  const [service] = services as [RespService];
  const asker = await Asker.to(service);
  const all: Asked = { key, ...LARGE, cost: LARGE.capacity };
  const sinceMs = performance.now();
  expect(await asker.ask(all)).toMatchObject({ allowed: true, source: 'store' });
  await redis.stop();
  await untilAway(service);
  return { sinceMs, asker };
}

describe.skipIf(isMissing('redis-server'))('a key that was empty as Redis was killed', () => {
  test.each([
    ['under the smaller limit first', [SMALL, LARGE]],
    ['under the larger limit first', [LARGE, SMALL]],
    ['under both by turns', [SMALL, LARGE, SMALL, LARGE]],
  ])('%s: gives no more than was earned since, and tells no longer wait', async (_, limits) => {
    const key = freshKey();
    const { sinceMs, asker } = await emptied(key);
    let admitted = 0;
    for (const limit of limits) {
      for (let i = 0; i < (limit === LARGE ? ASKED : 1); i++) {
        const { allowed, retryAfterMs, ...more } = await asker.ask({ key, ...limit });
        expect(more).toMatchObject({ source: 'fallback', degraded: true });
        if (allowed) admitted++;
        else expect(retryAfterMs).toBeGreaterThan(0);
        expect(retryAfterMs).toBeLessThanOrEqual(HOUR_MS / limit.capacity);
      }
    }
    asker.close();
    const passedMs = performance.now() - sinceMs;
    // One an hour earns nothing meanwhile: what passes was earned under the larger limit.
    expect(admitted).toBeLessThanOrEqual((passedMs * LARGE.capacity) / HOUR_MS);
  });
});
