/**
 * What becomes of leases when an instance ends: returned where it can, used up where it cannot.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freshKey } from '../support/ask.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import type { RespService } from '../support/resp-service.ts';
import { isMissing } from '../support/resp-tools.ts';
import {
  type Asked,
  look,
  press,
  ratePerMs,
  startInstances,
  stopAll,
  Tally,
  until,
  untilShared,
} from './shared-services.ts';
import { readStored, type StoredKey } from './stored-key.ts';

let redis: RedisServer;
let services: readonly RespService[] = [];
let ending: RespService;
let other: RespService;

beforeEach(async () => {
  if (isMissing('redis-server')) return;
  redis = await startRedis();
  services = await startInstances(2, redis.url);
  [ending, other] = services as [RespService, RespService];
  await untilShared(services);
});

afterEach(async () => {
  await stopAll(services);
  await redis?.stop();
});

/** Large, so that leases are; and few tokens come back while a test looks. */
const slow = (): Asked => ({ key: freshKey(), capacity: 1_000_000, interval: 20_000 });

async function heldOf({ key }: Asked): Promise<number> {
  return (await readStored(redis.port, key))?.held ?? 0;
}

/** Asks the instance that is to end until it has leases of these keys. */
async function lease(tallies: readonly Tally[]): Promise<void> {
  const over = { isOver: false };
  const asking = tallies.map((tally) => press(tally, ending, over, 2));
  await until(() => tallies.every(({ sources }) => sources.has('lease')));
  over.isOver = true;
  await Promise.all(asking);
}

describe.skipIf(isMissing('redis-server'))('an instance that ends', () => {
  test('at SIGTERM under load gives its leases back: another has all that was not spent', async () => {
    const tallies = Array.from({ length: 10 }, () => new Tally(slow()));
    const over = { isOver: false };
    const asking = tallies.map((tally) => press(tally, ending, over, 1).catch(() => undefined));
    await until(() => tallies.every(({ sources }) => sources.has('lease')));
    expect(await ending.stop('SIGTERM')).toBe(0);
    over.isOver = true;
    await Promise.all(asking);
    for (const { question, admitted } of tallies) {
      expect((await readStored(redis.port, question.key))?.held ?? 0).toBe(0);
      // The last answer of all may not have come through.
      const { remaining } = await look(other, question);
      expect(remaining).toBeGreaterThanOrEqual(question.capacity - admitted - 1);
    }
    for (const tally of tallies) {
      const { remaining } = await look(other, tally.question);
      expect(remaining).toBeLessThanOrEqual(tally.most - tally.admitted);
    }
  });

  test('while Redis is frozen does not wait for it for long', async () => {
    await lease([new Tally(slow())]);
    redis.process.kill('SIGSTOP');
    const beganMs = performance.now();
    expect(await ending.stop('SIGTERM')).toBe(0);
    // Half a second, and what a busy machine adds.
    expect(performance.now() - beganMs).toBeLessThan(4_000);
    redis.process.kill('SIGCONT');
  });

  test('by SIGKILL has its lease counted as used when that ends, and not before', async () => {
    const tally = new Tally(slow());
    const { question } = tally;
    const over = { isOver: false };
    const asking = press(tally, ending, over).catch(() => undefined);
    // Enough that some are still used when somebody looks at last.
    await until(async () => (await heldOf(question)) > 200);
    await ending.stop('SIGKILL');
    over.isOver = true;
    await asking;
    const killed = (await readStored(redis.port, question.key)) as StoredKey;
    expect(killed.held).toBeGreaterThan(0);
    const seen: StoredKey[] = [];
    await until(async () => {
      await look(other, question);
      seen.push((await readStored(redis.port, question.key)) as StoredKey);
      return seen.at(-1)?.held === 0;
    });
    const last = seen.pop() as StoredKey;
    for (const { seenUs, held, used } of seen) {
      expect(seenUs).toBeLessThan(killed.expiryUs);
      expect(held).toBe(killed.held);
      expect(used).toBeLessThanOrEqual(killed.used);
    }
    expect(last.seenUs).toBeGreaterThanOrEqual(killed.expiryUs);
    const refilled = ((last.seenUs - killed.expiryUs) / 1_000) * ratePerMs(question);
    expect(last.used).toBeGreaterThan(killed.held - refilled - 1);
    expect((await look(other, question)).remaining + tally.admitted).toBeLessThanOrEqual(
      tally.most,
    );
  });
});
