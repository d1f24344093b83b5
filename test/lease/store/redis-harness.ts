/** Stores on a real Redis, what they log, and what that Redis was told. */
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { type Limit, limitOf } from '../../../src/bucket/limit.ts';
import { type RedisSettings, readRedisAccess } from '../../../src/lease/store/redis-access.ts';
import { RedisStore } from '../../../src/lease/store/redis-store.ts';
import type { Store } from '../../../src/lease/store/store.ts';
import type { Exchange, Outcome } from '../../../src/lease/terms/exchange.ts';

/** Long enough for anything here, however busy the machine is. */
export const PATIENCE_MS = 20_000;

export const LIMIT = limitOf({ capacity: 1_000, count: 1, periodUs: 3_600_000_000 }) as Limit;

export interface TestStore {
  readonly store: RedisStore;
  /** What it logged, each a level and a message. */
  readonly lines: readonly string[];
  /** How often it said that it lost its connection. */
  losses(): number;
  /** For what part of all keys it was of use at its last beat. */
  usable(): number;
}

export const NO_SETTINGS: RedisSettings = {
  redisUrl: '',
  redisUsername: '',
  redisPassword: '',
  redisPasswordFile: '',
  redisCaFile: '',
  redisCertFile: '',
  redisKeyFile: '',
  redisServerName: '',
};

export function openStore(url: string, settings: Partial<RedisSettings> = {}): TestStore {
  const read = readRedisAccess({ ...NO_SETTINGS, redisUrl: url, ...settings });
  if (!read.ok) throw new Error(read.fault);
  const parts: number[] = [];
  const lines: string[] = [];
  const write = (line: string) => {
    const { level, msg } = JSON.parse(line) as { level: number; msg: string };
    lines.push(`${level >= 40 ? 'warn' : 'info'} ${msg}`);
  };
  let losses = 0;
  const store = new RedisStore({
    timeoutMs: 20,
    access: read.access,
    prefix: 'argus',
    instance: 'tester',
    log: pino({ level: 'info' }, { write }),
    lost: () => {
      losses += 1;
    },
    usable: (part) => parts.push(part),
  });
  return { store, lines, losses: () => losses, usable: () => parts.at(-1) ?? 0 };
}

/** One exchange by itself; rejects where the store refused its key. */
export async function exchangeOne(
  store: Pick<Store, 'exchange'>,
  exchange: Exchange,
): Promise<Outcome> {
  const [result = 'refused'] = await store.exchange([exchange]);
  if (result === 'refused') throw new Error('the key was refused');
  return result;
}

let lastSeq = 0;

/** One token of the key. */
export function take(key: string): Exchange {
  lastSeq += 1;
  const lease = { keep: 0, back: 0, owed: 0, vain: 0, fill: false, want: 0, least: 0, ttlUs: 1 };
  return { key, limit: LIMIT, seq: lastSeq, unanswered: lastSeq, ...lease, costs: [1], holds: 0 };
}

/** Resolves when the store answers. */
export async function untilBeat(store: RedisStore): Promise<void> {
  await until(async () => (await store.beat()) > 0);
}

/** Tries again until it is true; what throws is not. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await Promise.resolve(condition()).catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`This never came true: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Does one thing with a Redis over a connection of its own. */
export async function withRedis<T>(port: number, act: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({ host: '127.0.0.1', port, protocol: 2 });
  try {
    return await act(redis);
  } finally {
    redis.disconnect();
  }
}

/** How often a Redis was told each command since it started. */
export async function callsOf(port: number): Promise<ReadonlyMap<string, number>> {
  const text = await withRedis(port, (redis) => redis.info('commandstats'));
  const rows = text.matchAll(/^cmdstat_(\w+):calls=(\d+)/gm);
  return new Map([...rows].map(([, name = '', count]) => [name, Number(count)]));
}

/**
 * How often it has run an exchange, obeyed or not: each reads a bucket once. So does a probe, and
 * keeps one for good for a moment, as an exchange does of none that is here.
 */
export async function exchangesOf(port: number): Promise<number> {
  const calls = await callsOf(port);
  return (calls.get('hgetall') ?? 0) - (calls.get('persist') ?? 0);
}
