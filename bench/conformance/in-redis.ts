/** The limiters that keep their counts in Redis. */
import type { Redis } from 'ioredis';
import { askExpress, askFlexible, type ExpressRateLimit } from './in-memory.ts';
import { INTERVAL_MS, LIMIT, type Limiter } from './limiter.ts';
import { type Packages, VERSIONS } from './packages.ts';

export async function inRedis(packages: Packages, redis: Redis): Promise<readonly Limiter[]> {
  let made = 0;
  const express = await packages.load<ExpressRateLimit>('express-rate-limit');
  const { RedisStore } = await packages.load<{ RedisStore: new (options: object) => object }>(
    'rate-limit-redis',
  );
  const { RateLimiterRedis } = await packages.load<{
    RateLimiterRedis: new (
      options: object,
    ) => {
      consume(key: string, points: number): Promise<unknown>;
    };
  }>('rate-limiter-flexible');
  const sendCommand = (name: string, ...args: string[]) => redis.call(name, ...args);
  return [
    {
      name: 'express-rate-limit with rate-limit-redis',
      version: `${VERSIONS['express-rate-limit']}, ${VERSIONS['rate-limit-redis']}`,
      kind: 'fixed window in Redis',
      hasCost: false,
      make: () => askExpress(express, new RedisStore({ sendCommand, prefix: `e${made++}:` })),
    },
    {
      name: 'rate-limiter-flexible, RateLimiterRedis',
      version: VERSIONS['rate-limiter-flexible'],
      kind: 'fixed window in Redis',
      hasCost: true,
      make: () => {
        const counted = { points: LIMIT, duration: INTERVAL_MS / 1_000 };
        const store = { storeClient: redis, keyPrefix: `f${made++}` };
        return askFlexible(new RateLimiterRedis({ ...store, ...counted }));
      },
    },
  ];
}
