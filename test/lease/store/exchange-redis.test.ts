/** The scripts as they are, on a real Redis that has the time. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Limit } from '../../../src/bucket/limit.ts';
import {
  argumentsOf,
  type ExchangeAnswer,
  loadScript,
  type Outcomes,
  outcomesOf,
  type Script,
  scriptOf,
} from '../../../src/lease/store/exchange-codec.ts';
import {
  type Exchange,
  isReply,
  type Reply,
  type Result,
} from '../../../src/lease/terms/exchange.ts';
import { type RedisServer, startRedis } from '../../support/redis-server.ts';
import { isMissing } from '../../support/resp-tools.ts';
import { limitBy } from './exchange-scene.ts';
import { replaceOnce } from './exchange-script.ts';

const EXCHANGE = loadScript('exchange');
const HEARTBEAT = loadScript('heartbeat');
const KEY = 'key';
const WITHIN_MS = 10_000;

describe.skipIf(isMissing('redis-server'))('on a real Redis', () => {
  let server: RedisServer;
  let redis: Redis;
  let seq = 0;
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
    for (const { text, sha1 } of [EXCHANGE, HEARTBEAT]) {
      expect(await redis.script('LOAD', text)).toBe(sha1);
    }
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  beforeEach(async () => {
    await redis.flushall();
  });

  function run({ sha1 }: Script, key: string, args: readonly string[]): Promise<unknown> {
    return redis.evalsha(sha1, 1, key, ...args);
  }

  /** All in one call. */
  async function exchange(
    keys: readonly string[],
    args: readonly string[],
    { sha1 }: Script = EXCHANGE,
  ): Promise<Outcomes> {
    const answer = await redis.callBuffer('evalsha', sha1, keys.length, ...keys, ...args);
    return outcomesOf(answer as ExchangeAnswer);
  }

  async function outcome(limit: Limit, said: Partial<Exchange>): Promise<Result> {
    seq += 1;
    const lease = { keep: 0, back: 0, owed: 0, vain: 0, holds: 0, want: 0, least: 0, ttlUs: 1_000 };
    const nothing = { key: KEY, limit, seq, unanswered: seq, fill: false, costs: [], ...lease };
    const args = argumentsOf([{ ...nothing, ...said }], 'host-1');
    return (await exchange([KEY], args)).outcomes[0] as Result;
  }

  async function ask(limit: Limit, said: Partial<Exchange>): Promise<Reply> {
    const reply = await outcome(limit, said);
    if (!isReply(reply)) throw new Error(`the exchange is ${JSON.stringify(reply)}`);
    return reply;
  }

  async function redisTimeUs(): Promise<number> {
    const [seconds, us] = await redis.time();
    return Number(seconds) * 1_000_000 + Number(us);
  }

  test('time is that of Redis', async () => {
    const fromUs = await redisTimeUs();
    const { version } = await ask(limitBy(10, 1, 60), { costs: [1] });
    expect(version).toBeGreaterThan(fromUs);
    expect(version).toBeLessThanOrEqual((await redisTimeUs()) + 1);
  });

  test('several keys travel in one call, and what is wrong with one is not the fault of the others', async () => {
    const limit = limitBy(10, 1, 60);
    const lease = { keep: 0, back: 0, owed: 0, vain: 0, holds: 0, want: 0, least: 0, ttlUs: 1_000 };
    const exchanges = [[4, 7], [1], [5, 1], [3]].map((costs, i) => ({
      ...{ key: `k${i}`, limit, seq: ++seq, unanswered: seq, fill: false, costs },
      ...lease,
    }));
    await redis.set('k1', 'of somebody else');
    await redis.hset('k2', 'bucket', 'torn', 'limit', 'torn');
    const keys = exchanges.map(({ key }) => key);
    const args = argumentsOf(exchanges, 'host-1');
    const { outcomes, troubles } = await exchange(keys, args);
    const allowed = outcomes.map((reply) => (isReply(reply) ? reply.allowed : reply));
    expect(allowed).toEqual([[true, false], 'refused', 'refused', [true]]);
    expect(troubles).toEqual([
      expect.stringContaining('WRONGTYPE'),
      expect.stringContaining('what is there is no bucket'),
    ]);
    expect(await redis.hget('k3', 'bucket')).toMatch(/^1:180000000:/);
  });

  test('what says the same as the exchange before, one number later, need not say it', async () => {
    const limit = limitBy(10, 1, 60);
    const lease = { keep: 0, back: 0, owed: 0, vain: 0, holds: 0, want: 0, least: 0, ttlUs: 1_000 };
    const numbers = [1, 2, 3, 4, 5, 7, 8, 9, 10];
    const costs = [[4], [4], [4], [4, 1], [4], [4], [2], [2], [2]];
    const exchanges = numbers.map((number, i) => ({
      ...{ key: `k${i}`, limit, seq: number, unanswered: Math.min(number, 8), fill: false },
      ...{ costs: costs[i] as number[], ...lease },
    }));
    const keys = exchanges.map(({ key }) => key);
    const args = argumentsOf(exchanges, 'host-1');
    // All of it where costs differ, a number is left out, or where earlier ones were lost.
    const apart = exchanges.flatMap((exchange) => argumentsOf([exchange], '').slice(1));
    expect(args.length).toBe(1 + apart.length - 2 * 20);
    const { outcomes } = await exchange(keys, args);
    const used = outcomes.map((reply) => (reply as Reply).used / limit.period);
    expect(used).toEqual([4, 4, 4, 5, 4, 4, 2, 2, 2]);
    const records = await Promise.all(keys.map((key) => redis.hget(key, 'i:host-1')));
    expect(records.map((record) => Number(record?.split(':')[0]))).toEqual(numbers);
    // The last was answered: nothing of it is undone.
    const more = exchanges.slice(0, 2).map((exchange, i) => ({ ...exchange, seq: 20 + i }));
    const told = more.map((exchange, i) => ({ ...exchange, unanswered: 2 + i }));
    const again = await exchange(keys.slice(0, 2), argumentsOf(told, 'host-1'));
    const inAll = again.outcomes.map((reply) => Math.ceil((reply as Reply).used / limit.period));
    expect(inAll).toEqual([8, 8]);
    const later = await Promise.all(keys.slice(0, 2).map((key) => redis.hget(key, 'i:host-1')));
    expect(later.map((record) => Number(record?.split(':')[0]))).toEqual([20, 21]);
  });

  test('tokens come back as time passes, and an exchange is obeyed once', async () => {
    const limit = limitBy(100, 1_000, 1);
    const first = await ask(limit, { costs: [100, 100] });
    expect(first.allowed).toEqual([true, false]);
    expect(await outcome(limit, { costs: [1], seq })).toBe('stale');
    await expect
      .poll(async () => (await ask(limit, { costs: [100] })).allowed, { timeout: WITHIN_MS })
      .toEqual([true]);
  });

  test('a key goes when it is full and no lease is live', async () => {
    await ask(limitBy(1_000, 1_000, 60), { costs: [500], want: 250, ttlUs: 60_000_000 });
    const leftMs = await redis.pttl(KEY);
    expect(leftMs).toBeGreaterThan(60_000);
    expect(leftMs).toBeLessThanOrEqual(75_001);
    await redis.del(KEY);
    await ask(limitBy(10, 1_000, 1), { costs: [10], want: 1 });
    await expect.poll(() => redis.exists(KEY), { timeout: WITHIN_MS }).toBe(0);
  });

  test('a look at a full bucket lets it go', async () => {
    await ask(limitBy(10, 1_000, 1), { costs: [1], ttlUs: 1_000 });
    await redis.persist(KEY);
    await expect
      .poll(() => ask(limitBy(10, 1_000, 1), { costs: [0] }), { timeout: WITHIN_MS })
      .toMatchObject({ used: 0, active: 1 });
    await expect.poll(() => redis.exists(KEY), { timeout: WITHIN_MS }).toBe(0);
  });

  test('a hash of a newer version is left as it is, and told by that', async () => {
    await ask(limitBy(10, 1, 60), { costs: [1] });
    const newer = { bucket: '2:what:it:may:be', limit: '1:60000000:1' };
    await redis.hset(KEY, newer);
    const before = await redis.hgetall(KEY);
    expect(await outcome(limitBy(10, 1, 60), { costs: [1] })).toBe('newer');
    expect(await redis.hgetall(KEY)).toEqual(before);
  });

  test('one that will never be full stays', async () => {
    await ask(limitBy(10, 1, 1), { costs: [1] });
    expect(await redis.pttl(KEY)).toBeGreaterThan(0);
    await ask(limitBy(285, 1, 366 * 86_400), { costs: [284] });
    expect(await redis.pttl(KEY)).toBe(-1);
  });

  test('numbers just below 2^53 arrive as they are', async () => {
    const limit = limitBy(284, 1, 366 * 86_400 - 1);
    const { used, period } = await ask(limit, { costs: [284] });
    expect(used).toBe(284 * period);
    expect((await ask(limit, { owed: 1_000 })).used).toBe(Number.MAX_SAFE_INTEGER);
  });

  test('100 GiB in 30 days are taken, and leased, to the token', async () => {
    const limit = limitBy(100 * 2 ** 30, 100 * 2 ** 30, 30 * 86_400);
    const { used, period, held } = await ask(limit, { costs: [100 * 2 ** 30 - 5], want: 7 });
    expect([used, held]).toEqual([(100 * 2 ** 30 - 5) * period, 5]);
    const all = limitBy(Number.MAX_SAFE_INTEGER, 1_000_000, 1);
    await redis.flushall();
    expect(await ask(all, { want: Number.MAX_SAFE_INTEGER })).toMatchObject({
      grant: Number.MAX_SAFE_INTEGER,
      held: Number.MAX_SAFE_INTEGER,
    });
  });

  test('where integers are too narrow for it, numbers are written as they are all the same', async () => {
    const narrow =
      "function(form, ...) return form:find('%%d') and '0' or string.format(form, ...) end";
    const text = replaceOnce(
      EXCHANGE.text,
      'string.format, string.match',
      `${narrow}, string.match`,
    );
    const script = scriptOf(text);
    await redis.script('LOAD', text);
    const limit = limitBy(284, 1, 366 * 86_400 - 1);
    const lease = { keep: 0, back: 0, owed: 0, vain: 0, holds: 0, want: 0, least: 0, ttlUs: 1_000 };
    const said = {
      key: KEY,
      limit,
      seq: ++seq,
      unanswered: seq,
      fill: false,
      costs: [284],
      ...lease,
    };
    const args = argumentsOf([said], 'host-1');
    const [reply] = (await exchange([KEY], args, script)).outcomes;
    expect(reply).toMatchObject({ used: 284 * limit.period, allowed: [true] });
    const { version } = reply as Reply;
    const bucket = `1:${284 * limit.period}:0:${version}:${version - 1}`;
    expect(await redis.hget(KEY, 'bucket')).toBe(bucket);
    expect(await redis.hget(KEY, 'limit')).toBe(`1:${limit.period}:${limit.tickUs}`);
  });

  test('a hash is small enough for the small kind, whatever the limit', async () => {
    const limit = limitBy(285_000_007, 285_000_007, 365 * 86_400);
    await ask(limit, { costs: [285_000_000], want: 1 });
    expect(await redis.object('ENCODING', KEY)).toBe('listpack');
  });

  describe('the heartbeat', () => {
    function beat(instance: string, lifetimeUs: number): Promise<unknown> {
      return run(HEARTBEAT, 'instances', [instance, String(lifetimeUs)]);
    }

    test('counts who is there, each once', async () => {
      const counts = [];
      for (const name of ['a', 'b', 'a', 'c', 'b']) counts.push(await beat(name, 60_000_000));
      expect(counts).toEqual([1, 2, 2, 3, 3]);
      expect(await redis.pttl('instances')).toBeGreaterThan(50_000);
    });

    test('counts nobody any more who has not said it for so long', async () => {
      await beat('a', 60_000_000);
      expect(await beat('b', 60_000_000)).toBe(2);
      await expect.poll(() => beat('c', 200_000), { timeout: WITHIN_MS, interval: 20 }).toBe(1);
    });

    test('counts nobody for longer who said it before the clock was set back', async () => {
      const hourAhead = String((await redisTimeUs()) + 3_600_000_000);
      for (const name of ['killed', 'alive']) await redis.zadd('instances', hourAhead, name);
      // Who is there has the time to say so again.
      expect(await beat('a', 60_000_000)).toBe(3);
      const scores = await redis.zrange('instances', '0', '-1', 'WITHSCORES');
      const atUs = Number(scores[1]);
      expect(atUs).toBeLessThanOrEqual(await redisTimeUs());
      expect(scores).toEqual(['a', 'alive', 'killed'].flatMap((name) => [name, String(atUs)]));
      await expect.poll(() => beat('a', 200_000), { timeout: WITHIN_MS, interval: 20 }).toBe(1);
    });

    test('leaves nothing when all are gone', async () => {
      await beat('a', 5_000);
      await expect.poll(() => redis.exists('instances'), { timeout: WITHIN_MS }).toBe(0);
    });
  });
});
