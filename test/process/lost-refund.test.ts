/**
 * Redis sleeps while tokens are refunded to a bucket that is full: the key is not charged for it.
 */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshKey } from '../support/ask.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { askResp, type RespService } from '../support/resp-service.ts';
import { isMissing } from '../support/resp-tools.ts';
import { scrape } from '../support/scrape.ts';
import { look, startInstances, stopAll, until, untilShared } from './shared-services.ts';

const LOST = 'argus_exchanges_total{outcome="lost"}';
/** Longer than a decision may take, which is five times as long as the store may be silent. */
const SLEEP_S = 0.15;

let redis: RedisServer;
let client: Redis;
let services: readonly RespService[] = [];

beforeAll(async () => {
  if (isMissing('redis-server')) return;
  redis = await startRedis({ args: ['--enable-debug-command', 'yes'] });
  client = new Redis(redis.url);
  services = await startInstances(2, redis.url, ['--threads', '1', '--store-timeout-ms', '20']);
});

afterAll(async () => {
  client?.disconnect();
  await stopAll(services);
  await redis?.stop();
});

async function lost(service: RespService): Promise<number> {
  return (await scrape(service)).get(LOST) ?? Number.NaN;
}

/** Obeys a command while Redis sleeps. False where Redis was heard all the same. */
async function obeyUnheard(service: RespService, command: string): Promise<boolean> {
  await untilShared(services);
  const before = await lost(service);
  const asleep = client.call('DEBUG', 'SLEEP', String(SLEEP_S));
  await askResp(service, command);
  await asleep;
  return (await lost(service)) > before;
}

describe.skipIf(isMissing('redis-server'))('a refund whose answer is lost', () => {
  test.each([
    ['of a bucket that is full', 0],
    ['of a bucket that lacks less', 4],
  ])('%s charges nobody, whichever instance is asked', async (_, taken) => {
    const [one, other] = services as [RespService, RespService];
    const key = freshKey();
    // So slow that nothing comes back by itself meanwhile.
    const question = { key, capacity: 10, interval: 30, unit: 'd' };
    const command = `CL.THROTTLE ${key} 9 10 ${30 * 86_400}`;
    await untilShared(services);
    expect(await askResp(one, `${command} ${taken}`)).toContain(`:${10 - taken}`);
    await until(() => obeyUnheard(one, `${command} -1000000`));
    await untilShared(services);
    // The next exchange says which answer was lost, and what that one did is undone.
    for (const service of [one, other, one]) {
      await until(async () => (await look(service, question)).source === 'store');
    }
    const { remaining } = await look(other, question);
    expect(remaining).toBeGreaterThanOrEqual(10 - taken);
    expect(await askResp(other, `${command} ${10 - taken}`)).toMatch(/^\*\[:0 /);
  });
});
