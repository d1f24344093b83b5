/**
 * What every limiter does, wherever its buckets live: a transport knows no more of it than this.
 *
 * Each case asks under a limit that is too small to be leased and under one that is not.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Decision } from '../../src/bucket/decision.ts';
import type { Decisions, Limiter, Question } from '../../src/limiter/limiter.ts';
import { limitOf } from '../table/tables.ts';

export interface LimiterScene {
  readonly limiter: Limiter;
  readonly nowUs: number;
  /** Lets so much time pass, with all that is to happen meanwhile; 0 only what is due. */
  pass(ms: number): Promise<void>;
}

/** A token comes back in a second, or in a millisecond. */
const LIMITS = { small: limitOf(5, 5), large: limitOf(50_000, 50) };

export function limiterCases(open: () => LimiterScene): void {
  const asker = new Asker();
  beforeEach(() => {
    asker.scene = open();
  });

  describe.each(['small', 'large'] as const)('under a %s limit', (size) => {
    casesOfOne(asker, size);
    casesOfAll(asker, size);
  });

  test('it says how many keys it can tell apart, and that it is ready', () => {
    expect(asker.scene.limiter.maxKeys).toBe(100);
    expect(asker.scene.limiter.size).toBe(0);
    expect(asker.scene.limiter.health).toEqual({ isReady: true, words: 'OK' });
  });
}

/**
 * Asks, and waits for what is told in the end, however long that takes within a decision's time.
 */
class Asker {
  scene!: LimiterScene;

  ask(question: Question): Promise<Decision> {
    return this.#told(this.scene.limiter.take(question, this.scene.nowUs));
  }

  askAll(questions: readonly Question[]): Promise<Decisions> {
    return this.#told(this.scene.limiter.takeAll(questions, this.scene.nowUs));
  }

  reset(key: string): Promise<boolean | null> {
    return this.#told<boolean | null>(this.scene.limiter.reset(key, this.scene.nowUs));
  }

  async #told<T>(answer: T | Promise<T>): Promise<T> {
    let isTold = false;
    const waits = Promise.resolve(answer).finally(() => {
      isTold = true;
    });
    for (let i = 0; i < 100 && !isTold; i++) await this.scene.pass(i === 0 ? 0 : 1);
    return await waits;
  }
}

function questionsUnder(size: keyof typeof LIMITS) {
  const limit = LIMITS[size];
  const asked = (cost: number, key = 'alice'): Question => ({ key, limit, cost });
  return { asked, capacity: limit.capacity };
}

function casesOfOne(asker: Asker, size: keyof typeof LIMITS): void {
  const { asked, capacity } = questionsUnder(size);

  test('a bucket that nobody asked for is full', async () => {
    const told = { allowed: true, limit: capacity, remaining: capacity, retryAfterMs: 0 };
    expect(await asker.ask(asked(0))).toMatchObject({ ...told, resetAfterMs: 0, degraded: false });
  });

  test('all of it can be taken, and then nothing', async () => {
    expect(await asker.ask(asked(capacity))).toMatchObject({ allowed: true, remaining: 0 });
    const denied = await asker.ask(asked(5));
    expect(denied).toMatchObject({ allowed: false, degraded: false });
    expect(denied.remaining).toBeLessThan(5);
    expect(denied.retryAfterMs).toBeGreaterThan(0);
    // A large one may be told to wait for more than it asks for: not each is to call the store.
    expect(denied.retryAfterMs).toBeLessThanOrEqual(size === 'small' ? 5_000 : 100);
  });

  test('whoever is denied is let in when he was told', async () => {
    await asker.ask(asked(capacity));
    const { retryAfterMs } = await asker.ask(asked(5));
    await asker.scene.pass(retryAfterMs);
    expect(await asker.ask(asked(5))).toMatchObject({ allowed: true });
  });

  test('a look takes nothing, a denial neither', async () => {
    await asker.ask(asked(capacity - 2));
    await asker.ask(asked(0));
    expect(await asker.ask(asked(capacity))).toMatchObject({ allowed: false });
    expect(await asker.ask(asked(0))).toMatchObject({ allowed: true, remaining: 2 });
  });

  test('what is refunded can be had again, and no more than was taken', async () => {
    await asker.ask(asked(capacity));
    expect(await asker.ask(asked(-2))).toMatchObject({ allowed: true, remaining: 2 });
    expect(await asker.ask(asked(-capacity))).toMatchObject({
      remaining: capacity,
      resetAfterMs: 0,
    });
  });

  test('keys have nothing to do with each other', async () => {
    await asker.ask(asked(capacity));
    expect(await asker.ask(asked(1, 'bob'))).toMatchObject({ allowed: true });
  });

  test('a reset fills the bucket, and says whether there was one', async () => {
    await asker.ask(asked(capacity));
    expect(await asker.reset('alice')).toBe(true);
    expect(await asker.reset('bob')).toBe(false);
    expect(await asker.ask(asked(0))).toMatchObject({ remaining: capacity });
  });
}

function casesOfAll(asker: Asker, size: keyof typeof LIMITS): void {
  const { asked, capacity } = questionsUnder(size);

  test('all are taken where each is there', async () => {
    const { allowed, each } = await asker.askAll([asked(2), asked(3, 'bob')]);
    expect([allowed, each.map((one) => one.allowed)]).toEqual([true, [true, true]]);
    expect(await asker.ask(asked(0))).toMatchObject({ remaining: capacity - 2 });
    expect(await asker.ask(asked(0, 'bob'))).toMatchObject({ remaining: capacity - 3 });
  });

  test('none is taken where one is not, and each says what it alone would be told', async () => {
    // So much that what comes back meanwhile is far less.
    const most = 0.6 * capacity;
    await asker.ask(asked(capacity, 'bob'));
    const { allowed, each } = await asker.askAll([asked(most), asked(most, 'bob')]);
    expect([allowed, each.map((one) => one.allowed)]).toEqual([false, [true, false]]);
    expect(each[1]?.retryAfterMs).toBeGreaterThan(0);
    await asker.scene.pass(600);
    expect(await asker.ask(asked(0))).toMatchObject({ remaining: capacity });
  });
}
