/** A cost below 0 gives tokens back: what was taken, and never more. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide } from '../../src/bucket/decide.ts';
import { type Limit, limitOf } from '../../src/bucket/limit.ts';
import { type Bucket, fullBucket, take, takeShared } from '../../src/bucket/token-bucket.ts';
import { atMost, type Fraction, floor, fraction, minus, plus, ZERO } from './fraction.ts';

const SECOND = 1_000_000;
const FROM_US = 1_000 * SECOND;

function limit(capacity: number, count: number, seconds: number): Limit {
  const made = limitOf({ capacity, count, periodUs: seconds * SECOND });
  if (made === null) throw new Error('this limit is refused');
  return made;
}

/** Tokens left, as an answer has them. */
function left(bucket: Bucket, under: Limit, nowUs = FROM_US): number {
  const question = { cost: 0, nowUs };
  return decide(bucket, under, question, { allowed: true, degraded: false }).remaining;
}

//  taken, given back, left of 10
const returns = [
  [4, 1, 7],
  [4, 4, 10],
  [4, 5, 10],
  [10, 1, 1],
  [10, 9, 9],
  [0, 1, 10],
  [10, 1e18, 10],
  [1, Number.MAX_SAFE_INTEGER, 10],
] as const;
test.each(returns)('%d taken, %d given back: %d left of 10', (taken, given, rest) => {
  const bucket = fullBucket();
  const ten = limit(10, 10, 60);
  take(bucket, ten, taken, FROM_US);
  expect(take(bucket, ten, -given, FROM_US)).toBe(true);
  expect(left(bucket, ten)).toBe(rest);
  expect(bucket.used).toBe((10 - rest) * bucket.period);
});

test('a full bucket is not fuller afterwards', () => {
  const bucket = fullBucket();
  const ten = limit(10, 10, 60);
  take(bucket, ten, -100, FROM_US);
  expect(take(bucket, ten, 10, FROM_US)).toBe(true);
  expect(take(bucket, ten, 1, FROM_US)).toBe(false);
});

test('what came back in the meantime is not given back again', () => {
  const bucket = fullBucket();
  const ten = limit(10, 10, 60);
  take(bucket, ten, 10, FROM_US);
  take(bucket, ten, -8, FROM_US + 30 * SECOND);
  expect(left(bucket, ten, FROM_US + 30 * SECOND)).toBe(10);
  expect(bucket.used).toBe(0);
});

test('a part of a token that is in use stays in use', () => {
  const bucket = fullBucket();
  const slow = limit(10, 1, 60);
  take(bucket, slow, 3, FROM_US);
  const laterUs = FROM_US + 30 * SECOND;
  take(bucket, slow, -2, laterUs);
  expect(left(bucket, slow, laterUs)).toBe(9);
  expect(take(bucket, slow, 10, laterUs)).toBe(false);
  expect(take(bucket, slow, 10, laterUs + 30 * SECOND)).toBe(true);
});

describe('under another limit', () => {
  test('tokens are tokens, and the bucket goes on by its own', () => {
    const bucket = fullBucket();
    const ten = limit(10, 10, 60);
    take(bucket, ten, 10, FROM_US);
    const hundred = limit(100, 1, 60);
    expect(take(bucket, hundred, -4, FROM_US)).toBe(true);
    expect(left(bucket, hundred)).toBe(94);
    expect([left(bucket, ten), bucket.period]).toEqual([4, ten.period]);
  });

  test('whose units cannot count what is in use, they are given back all the same', () => {
    const bucket = fullBucket();
    take(bucket, limit(1e9, 1e9, 1), 1e9, FROM_US);
    const coarse = limit(1, 1, 366 * 86_400);
    expect(take(bucket, coarse, -1, FROM_US)).toBe(true);
    expect(bucket.used).toBe((1e9 - 1) * bucket.period);
    expect(take(bucket, coarse, 1, FROM_US)).toBe(false);
  });
});

test('to a bucket that keys share nothing is given back: it may be what another took', () => {
  const bucket = fullBucket();
  const ten = limit(10, 10, 60);
  takeShared(bucket, ten, 6, FROM_US);
  expect(takeShared(bucket, ten, -6, FROM_US)).toBe(true);
  expect(left(bucket, ten)).toBe(4);
});

interface Step {
  readonly cost: number;
  readonly afterUs: number;
}

const steps = fc.array(
  fc.record({
    cost: fc.integer({ min: -8, max: 8 }),
    afterUs: fc.oneof(fc.constant(0), fc.nat(100_000), fc.nat(40 * SECOND)),
  }),
  { minLength: 1, maxLength: 60, size: 'max' },
);

const limits = fc
  .tuple(
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 60 }),
  )
  .map(([capacity, count, seconds]) => ({ capacity, count, seconds }));

test('a history with returns is that of an exact bucket', () => {
  fc.assert(
    fc.property(limits, steps, ({ capacity, count, seconds }, history) => {
      const under = limit(capacity, count, seconds);
      const bucket = fullBucket();
      let used: Fraction = ZERO;
      let nowUs = FROM_US;
      for (const { cost, afterUs } of history) {
        nowUs += afterUs;
        const back = fraction(BigInt(count) * BigInt(afterUs), BigInt(seconds * SECOND));
        used = fromZero(minus(used, back));
        const after = plus(used, fraction(BigInt(cost)));
        const allowed = cost <= 0 || atMost(after, fraction(BigInt(capacity)));
        if (allowed && cost !== 0) used = fromZero(after);
        if (cost > capacity) continue;
        expect(take(bucket, under, cost, nowUs)).toBe(allowed);
        const rest = floor(minus(fraction(BigInt(capacity)), used));
        expect(left(bucket, under, nowUs)).toBe(Number(rest));
      }
    }),
    { numRuns: 500 },
  );
});

test('what is taken less what is given back stays within capacity + time x rate', () => {
  fc.assert(
    fc.property(limits, steps, ({ capacity, count, seconds }, history) => {
      const under = limit(capacity, count, seconds);
      const bucket = fullBucket();
      const taken: (Step & { readonly atUs: number })[] = [];
      let atUs = FROM_US;
      for (const step of history) {
        atUs += step.afterUs;
        if (step.cost > capacity || !take(bucket, under, step.cost, atUs)) continue;
        taken.push({ ...step, atUs });
      }
      for (const [first, from] of taken.entries()) {
        let net = 0;
        for (const { cost, atUs: toUs } of taken.slice(first)) {
          net += cost;
          const most = capacity + ((toUs - from.atUs) * count) / (seconds * SECOND);
          expect(net).toBeLessThanOrEqual(most + 1e-9);
        }
      }
    }),
    { numRuns: 300 },
  );
});

function fromZero(value: Fraction): Fraction {
  return atMost(value, ZERO) ? ZERO : value;
}
