/** Redis is there and refuses: the service says so in words, is away meanwhile, and comes back. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshKey, get } from '../support/ask.ts';
import { freePort } from '../support/free-port.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import type { RespService } from '../support/resp-service.ts';
import { isMissing } from '../support/resp-tools.ts';
import { scrape } from '../support/scrape.ts';
import {
  askOnce,
  startInstances,
  stopAll,
  until,
  untilAway,
  untilShared,
} from './shared-services.ts';

const PASSWORD = 'secret';
/** Nothing is asked before the password is told. */
const AS_IT_IS = { protocol: 2, enableReadyCheck: false, lazyConnect: true } as const;

let redis: RedisServer;
let services: readonly RespService[] = [];
let deadPort: number;

beforeAll(async () => {
  if (isMissing('redis-server')) return;
  redis = await startRedis();
  deadPort = await freePort();
  services = await startInstances(1, redis.url, ['--threads', '1', '--on-store-down', 'closed']);
});

afterAll(async () => {
  await stopAll(services);
  await redis?.stop();
});

/** Over a connection of its own, which is allowed whatever it says. */
async function tell(...commands: readonly (readonly string[])[]): Promise<void> {
  const client = new Redis({ ...AS_IT_IS, port: redis.port });
  client.on('error', () => undefined);
  await client.connect().catch(() => undefined);
  await client.call('AUTH', PASSWORD).catch(() => undefined);
  for (const [name = '', ...args] of commands) await client.call(name, ...args);
  client.disconnect();
}

const lostMaster = (stale: 'yes' | 'no') => [
  ['CONFIG', 'SET', 'replica-serve-stale-data', stale],
  ['REPLICAOF', '127.0.0.1', String(deadPort)],
];

//  what Redis says, how it is brought to it, what heals it
const refusals = [
  ['OOM', () => [['CONFIG', 'SET', 'maxmemory', '1']], [['CONFIG', 'SET', 'maxmemory', '0']]],
  ['READONLY', () => lostMaster('yes'), [['REPLICAOF', 'NO', 'ONE']]],
  ['MASTERDOWN', () => lostMaster('no'), [['REPLICAOF', 'NO', 'ONE']]],
  [
    'NOAUTH',
    () => [
      ['CONFIG', 'SET', 'requirepass', PASSWORD],
      ['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'],
    ],
    [['CONFIG', 'SET', 'requirepass', '']],
  ],
] as const;

describe.skipIf(isMissing('redis-server'))('a Redis that says', () => {
  test.each(refusals)(
    '%s is away, by log, /readyz and metrics, until it is well',
    async (...row) => {
      const [word, begin, heal] = row;
      const [service] = services as [RespService];
      const question = { key: freshKey(), capacity: 5, interval: 1, unit: 'd' };
      await untilShared(services);
      expect(await askOnce(service, question)).toMatchObject({ allowed: true, source: 'store' });
      const said = service.output().length;
      await tell(...begin());
      await untilAway(service);
      await until(() => service.output().slice(said).includes(word));
      expect(await get(service, '/readyz')).toMatchObject({ status: 503 });
      expect(await askOnce(service, question)).toMatchObject({
        allowed: false,
        source: 'fallback',
      });
      expect((await scrape(service)).get('argus_store_breaker_state')).toBeGreaterThan(0);
      await tell(...heal);
      await untilShared(services);
      expect(await get(service, '/readyz')).toMatchObject({ status: 200, body: 'OK' });
      expect(await askOnce(service, question)).toMatchObject({ source: 'store' });
    },
  );
});
