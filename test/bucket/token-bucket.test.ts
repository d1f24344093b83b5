/** Tables a person can check by hand, the examples of the contract, drift and exact retries. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide } from '../../src/bucket/decide.ts';
import type { Decision } from '../../src/bucket/decision.ts';
import type { Limit } from '../../src/bucket/limit.ts';
import { type Bucket, fullAtUs, fullBucket, refill, take } from '../../src/bucket/token-bucket.ts';
import { acceptedLimit, histories } from './histories.ts';

const MS = 1_000;
const SECOND = 1_000_000;

function ask(bucket: Bucket, limit: Limit, cost: number, nowUs: number): Decision {
  const allowed = take(bucket, limit, cost, nowUs);
  return decide(bucket, limit, { cost, nowUs }, { allowed, degraded: false });
}

function limitOf(capacity: number, intervalUs: number): Limit {
  return acceptedLimit({ capacity, intervalUs });
}

/** at us, cost, then allowed, remaining, retry after ms, reset after ms, next token ms */
type Row = readonly [number, number, boolean, number, number, number, number];

function expectRows(limit: Limit, rows: readonly Row[], bucket = fullBucket()): void {
  const answers = rows.map(([atUs, cost]) => {
    const decision = ask(bucket, limit, cost, atUs);
    const { allowed, remaining, retryAfterMs, resetAfterMs, nextTokenMs } = decision;
    return [atUs, cost, allowed, remaining, retryAfterMs, resetAfterMs, nextTokenMs];
  });
  expect(answers).toEqual(rows);
}

describe('take() and decide()', () => {
  test('a burst, then a token every 100 ms: 10 in 1 s', () => {
    expectRows(limitOf(10, SECOND), [
      [0, 1, true, 9, 0, 100, 100],
      [0, 8, true, 1, 0, 900, 100],
      [0, 2, false, 1, 100, 900, 100],
      [0, 1, true, 0, 0, 1_000, 100],
      [0, 1, false, 0, 100, 1_000, 100],
      [50 * MS, 1, false, 0, 50, 950, 50],
      [99_999, 1, false, 0, 1, 901, 1],
      [100 * MS, 1, true, 0, 0, 1_000, 100],
      [450 * MS, 3, true, 0, 0, 950, 50],
      [450 * MS, 10, false, 0, 950, 950, 50],
      [1_400 * MS, 10, true, 0, 0, 1_000, 100],
    ]);
  });

  test('waits round up to whole milliseconds: 1 in 1,500 us', () => {
    expectRows(limitOf(1, 1_500), [
      [0, 1, true, 0, 0, 2, 2],
      [0, 1, false, 0, 2, 2, 2],
      [500, 1, false, 0, 1, 1, 1],
      [1_499, 1, false, 0, 1, 1, 1],
      [1_500, 1, true, 0, 0, 2, 2],
    ]);
  });

  test('tokens that do not divide the interval lose nothing: 3 in 10 s', () => {
    expectRows(limitOf(3, 10 * SECOND), [
      [0, 3, true, 0, 0, 10_000, 3_334],
      [3_333_333, 1, false, 0, 1, 6_667, 1],
      [3_333_334, 1, true, 0, 0, 10_000, 3_334],
      [6_666_666, 1, false, 0, 1, 6_667, 1],
      [6_666_667, 1, true, 0, 0, 10_000, 3_334],
      [10_000_000, 1, true, 0, 0, 10_000, 3_334],
    ]);
  });

  test('a bucket never holds more than its capacity, however long it rests', () => {
    expectRows(limitOf(2, 2 * SECOND), [
      [0, 2, true, 0, 0, 2_000, 1_000],
      [3_600 * SECOND, 2, true, 0, 0, 2_000, 1_000],
      [3_600 * SECOND, 1, false, 0, 1_000, 2_000, 1_000],
    ]);
  });

  test('a look is always allowed and takes nothing', () => {
    expectRows(limitOf(2, 2 * SECOND), [
      [0, 0, true, 2, 0, 0, 0],
      [0, 2, true, 0, 0, 2_000, 1_000],
      [0, 0, true, 0, 0, 2_000, 1_000],
      [1_500 * MS, 0, true, 1, 0, 500, 500],
      [1_500 * MS, 1, true, 0, 0, 1_500, 500],
    ]);
  });

  test('ticks of a millisecond count from when the bucket left full', () => {
    // 111,111,104.1 tokens a second: 999,999,937 units a tick, 9,000,000 to a token.
    const limit = limitOf(999_999_937, 9_000 * SECOND);
    expectRows(limit, [
      [500, 111, true, 999_999_826, 0, 1, 1],
      [1_499, 0, true, 999_999_826, 0, 1, 1],
      [1_500, 0, true, 999_999_937, 0, 0, 0],
    ]);
  });

  test('ticks of a second count from when the bucket left full', () => {
    // 285,000,007 units a tick, 31,536,000 to a token: 9.04 tokens a second.
    const limit = limitOf(285_000_007, 31_536_000 * SECOND);
    expectRows(limit, [
      // The second tick would give back more than is left: after 0.1066 of it the bucket is full.
      [200 * MS, 10, true, 284_999_997, 0, 1_107, 1_000],
      [1_199_999, 0, true, 284_999_997, 0, 107, 1],
      [1_200 * MS, 0, true, 285_000_006, 0, 107, 107],
      [1_306_526, 0, true, 285_000_006, 0, 1, 1],
      [1_306_527, 0, true, 285_000_007, 0, 0, 0],
    ]);
  });

  test('the numbers at the edges', () => {
    expectRows(limitOf(1, 1), [
      [0, 1, true, 0, 0, 1, 1],
      [0, 1, false, 0, 1, 1, 1],
      [1, 1, true, 0, 0, 1, 1],
    ]);
    expectRows(limitOf(1e9, 1), [
      [0, 1e9, true, 0, 0, 1, 1],
      [0, 1, false, 0, 1, 1, 1],
      [1, 1e9, true, 0, 0, 1, 1],
    ]);
    const year = 31_622_400;
    expectRows(limitOf(1, year * SECOND), [
      [7, 1, true, 0, 0, year * 1_000, year * 1_000],
      [year * SECOND + 6, 1, false, 0, 1, 1, 1],
      [year * SECOND + 7, 1, true, 0, 0, year * 1_000, year * 1_000],
    ]);
  });

  test('time that runs backwards is an error of the caller', () => {
    const bucket = fullBucket();
    take(bucket, limitOf(1, SECOND), 1, 1_000);
    expect(() => take(bucket, limitOf(1, SECOND), 1, 999)).toThrow('time does not run backwards');
  });
});

test("the contract's examples: 1000 in 60 s", () => {
  expectRows(limitOf(1_000, 60 * SECOND), [
    [0, 1, true, 999, 0, 60, 60],
    [0, 999, true, 0, 0, 60_000, 60],
    [0, 1, false, 0, 60, 60_000, 60],
  ]);
});

describe('a change of limits', () => {
  const slow = limitOf(10, 10 * SECOND); // a token a second
  const fast = limitOf(100, 10 * SECOND); // ten a second
  const third = limitOf(3, SECOND);

  test.each<[string, number, readonly [Limit, Row][]]>([
    [
      'a raised limit helps at once and forgives nothing; until it is taken from, the old one refills',
      10,
      [[fast, [0, 91, false, 90, 1_000, 10_000, 1_000]]],
    ],
    ['a raised limit lets the rest through', 10, [[fast, [0, 90, true, 0, 0, 10_000, 100]]]],
    [
      'a lowered limit waits until the old one has refilled what is more than it holds',
      10,
      [
        [third, [0, 1, false, 0, 8_000, 10_000, 8_000]],
        [third, [7_999_999, 1, false, 0, 1, 2_001, 1]],
        [third, [8_000_000, 1, true, 0, 0, 1_000, 334]],
        [third, [8_000_000, 1, false, 0, 334, 1_000, 334]],
      ],
    ],
    [
      'what came back before the change came back under the old limit',
      10,
      [
        [fast, [5 * SECOND, 0, true, 95, 0, 5_000, 1_000]],
        [slow, [5 * SECOND, 0, true, 5, 0, 5_000, 1_000]],
      ],
    ],
    [
      'a look and a denial leave the limit as it is',
      10,
      [
        [fast, [0, 0, true, 90, 0, 10_000, 1_000]],
        [fast, [0, 91, false, 90, 1_000, 10_000, 1_000]],
        [slow, [500 * MS, 1, false, 0, 500, 9_500, 500]],
        [slow, [SECOND, 1, true, 0, 0, 10_000, 1_000]],
      ],
    ],
    [
      'down and back gives nothing away',
      4,
      [
        [third, [0, 1, false, 0, 2_000, 4_000, 2_000]],
        [slow, [0, 7, false, 6, 1_000, 4_000, 1_000]],
      ],
    ],
  ])('%s', (_name, cost, steps) => {
    const bucket = fullBucket();
    take(bucket, slow, cost, 0);
    for (const [limit, row] of steps) expectRows(limit, [row], bucket);
  });

  test('the tokens used are rounded up to a unit of the new limit', () => {
    const bucket = fullBucket();
    take(bucket, third, 1, 0); // a third of a million units came back after 111,111 us
    expectRows(limitOf(1, 1), [[111_111, 0, true, 0, 0, 223, 223]], bucket);
    // Of two tokens of the new limit one is taken, and two thirds of the other are in use: all of
    // it.
    expectRows(limitOf(2, 2), [[111_111, 1, true, 0, 0, 1, 1]], bucket);
    expect(bucket.used).toBe(2);
  });

  test('the part of a tick that has passed counts at the change', () => {
    const seconds = limitOf(285_000_007, 31_536_000 * SECOND); // 9.04 tokens at each whole second
    const bucket = fullBucket();
    take(bucket, seconds, 10, 0);
    // At half a second 4.52 tokens are back, though no tick has passed: 5.48 are used.
    expectRows(slow, [[500 * MS, 5, false, 4, 54, 607, 54]], bucket);
  });

  test('where 2^53 cannot hold the tokens used: denied, and the bucket stays as it is', () => {
    const many = limitOf(1e9, 1_000 * SECOND); // 1e6 tokens a second
    const few = limitOf(1, 31_622_400 * SECOND); // 3.2e13 units a token
    const bucket = fullBucket();
    take(bucket, many, 1e9, 0);
    const before = { ...bucket };
    expectRows(
      few,
      [
        [0, 1, false, 0, 1_000_000, 1_000_000, 1_000_000],
        [0, 0, true, 0, 0, 1_000_000, 1_000_000],
      ],
      bucket,
    );
    expect(bucket).toEqual(before);
    expectRows(many, [[SECOND, 1e6, true, 0, 0, 1_000_000, 1]], bucket);
  });
});

test('fullAtUs() is the first microsecond at which a bucket is full', () => {
  const property = fc.property(histories(10), (history) => {
    const bucket = fullBucket();
    for (const { limit, cost, nowUs } of history) {
      take(bucket, limit, cost, nowUs);
      const atUs = fullAtUs(bucket);
      expect(atUs).toBeGreaterThanOrEqual(nowUs);
      if (!Number.isSafeInteger(atUs)) continue; // in centuries: the clock will not get there
      const isFullAt = (us: number) => {
        const later = { ...bucket };
        refill(later, us);
        return later.used === 0;
      };
      expect([atUs > nowUs && isFullAt(atUs - 1), isFullAt(atUs)]).toEqual([false, true]);
    }
  });
  fc.assert(property, { numRuns: 300 });
});

test('a retry at retryAfterMs passes, a millisecond earlier it does not, and it is never 0', () => {
  const property = fc.property(histories(25), (history) => {
    const bucket = fullBucket();
    for (const { limit, cost, nowUs } of history) {
      const { allowed, remaining, retryAfterMs } = ask(bucket, limit, cost, nowUs);
      expect(remaining).toBeLessThanOrEqual(limit.capacity);
      if (allowed || !Number.isSafeInteger(nowUs + retryAfterMs * 1_000)) continue;
      expect(retryAfterMs).toBeGreaterThan(0);
      const retry = (ms: number) => take({ ...bucket }, limit, cost, nowUs + ms * 1_000);
      expect([retry(retryAfterMs - 1), retry(retryAfterMs)]).toEqual([false, true]);
    }
  });
  fc.assert(property, { numRuns: 500 });
});

test.each([
  // capacity, interval us, us between two requests: less than a token comes back in each
  [3, 10 * SECOND, 1_234_567],
  [7, 86_400 * SECOND, 12_343_000_001],
  [285_000_007, 31_536_000 * SECOND, 100_003], // ticks of a second
  [999_999_937, 9_000 * SECOND, 7], // ticks of a millisecond
])(
  '10^6 refills of %i in %i us admit just what the arithmetic says',
  (capacity, intervalUs, everyUs) => {
    const limit = limitOf(capacity, intervalUs);
    const bucket = fullBucket();
    take(bucket, limit, capacity, 0);
    let admitted = 0;
    let nowUs = 0;
    for (let i = 0; i < 1_000_000; i++) {
      nowUs += everyUs;
      while (take(bucket, limit, 1, nowUs)) admitted++;
    }
    const ticks = BigInt(nowUs) / BigInt(limit.tickUs);
    const back = (ticks * BigInt(limit.tickUs) * BigInt(capacity)) / BigInt(intervalUs);
    expect(admitted).toBe(Number(back));
  },
);
