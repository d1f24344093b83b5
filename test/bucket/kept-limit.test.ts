/** Limits that the service keeps: overdrafts, windows, and what a change of the limit does. */
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  bringUp,
  decideKept,
  forgettableFromUs,
  type KeptLimit,
  takeKept,
} from '../../src/bucket/kept-limit.ts';
import { type Limit, limitOf } from '../../src/bucket/limit.ts';
import { type Bucket, fullBucket } from '../../src/bucket/token-bucket.ts';
import { windowAt } from '../support/calendars.ts';

const SECOND = 1_000_000;
const START_US = 1_000 * SECOND;

let bucket: Bucket;
let nowUs: number;

beforeEach(() => {
  bucket = fullBucket();
  nowUs = START_US;
});

function rateOf(capacity: number, seconds: number): Limit {
  return limitOf({ capacity, count: capacity, periodUs: seconds * SECOND }) as Limit;
}

const steady = (capacity: number, seconds: number): KeptLimit => {
  return { rate: rateOf(capacity, seconds), window: null };
};

/** The window of 60 s that is open now; they begin at START_US. */
function minute(capacity: number): KeptLimit {
  const number = Math.floor((nowUs - START_US) / (60 * SECOND));
  const beginUs = START_US + number * 60 * SECOND;
  const endUs = beginUs + 60 * SECOND;
  const window = { ...windowAt(60 * SECOND, beginUs), beginUs, endUs, calendarEndUs: endUs };
  return { rate: rateOf(capacity, 60), window };
}

function ask(limit: KeptLimit, cost: number, overdraft = false) {
  const taking = { kept: limit, cost, overdraft };
  bringUp(bucket, limit, nowUs);
  const isThere = takeKept(bucket, taking, nowUs);
  const decision = decideKept(bucket, taking, isThere, nowUs);
  return [isThere, decision.remaining, decision.retryAfterMs];
}

const wait = (seconds: number) => {
  nowUs += seconds * SECOND;
};

describe('a token bucket', () => {
  const TEN = steady(10, 10);

  test('is taken from, refilled and refunded', () => {
    expect(ask(TEN, 10)).toEqual([true, 0, 0]);
    expect(ask(TEN, 1)).toEqual([false, 0, 1_000]);
    wait(2);
    expect(ask(TEN, 0)).toEqual([true, 2, 0]);
    expect(ask(TEN, -5)).toEqual([true, 7, 0]);
    expect(ask(TEN, -10)).toEqual([true, 10, 0]);
  });

  test('that is overdrawn waits until all of it has come back', () => {
    expect(ask(TEN, 4)).toEqual([true, 6, 0]);
    expect(ask(TEN, 9, true)).toEqual([false, 0, 12_000]);
    expect(ask(TEN, 1)).toEqual([false, 0, 4_000]);
    wait(4);
    expect(ask(TEN, 1)).toEqual([true, 0, 0]);
  });

  test('is overdrawn by at most its capacity, and an overdraft that is there is none', () => {
    expect(ask(TEN, 3, true)).toEqual([true, 7, 0]);
    expect(ask(TEN, 20, true)[0]).toBe(false);
    expect(ask(TEN, 20, true)[0]).toBe(false);
    expect(ask(TEN, 1)).toEqual([false, 0, 11_000]);
  });

  test('goes by a faster limit from the next question on, and keeps what is used', () => {
    ask(steady(10, 100), 10);
    expect(ask(TEN, 1)).toEqual([false, 0, 1_000]);
    wait(1);
    expect(ask(TEN, 1)).toEqual([true, 0, 0]);
  });

  test('goes by a slower one once something is taken under it', () => {
    ask(TEN, 10);
    wait(5);
    expect(ask(steady(10, 100), 0)).toEqual([true, 5, 0]);
    wait(1);
    expect(ask(steady(10, 100), 1)).toEqual([true, 5, 0]);
    wait(10);
    expect(ask(steady(10, 100), 0)).toEqual([true, 6, 0]);
  });

  test('whose capacity is lowered forgives nothing', () => {
    ask(steady(100, 100), 100);
    expect(ask(steady(5, 1), 1)).toEqual([false, 0, 96_000]);
  });
});

describe('a window', () => {
  test('gives its capacity, and all of it anew when it has ended', () => {
    expect(ask(minute(10), 10)).toEqual([true, 0, 0]);
    wait(20);
    expect(ask(minute(10), 1)).toEqual([false, 0, 40_000]);
    wait(40);
    expect(ask(minute(10), 10)).toEqual([true, 0, 0]);
  });

  test('that is overdrawn is full again when it has ended', () => {
    ask(minute(10), 8);
    expect(ask(minute(10), 9, true)).toEqual([false, 0, 60_000]);
    wait(60);
    expect(ask(minute(10), 10)).toEqual([true, 0, 0]);
  });

  test('that was a token bucket has in use what that had, as far as there is room', () => {
    ask(steady(20, 200), 15);
    expect(ask(minute(10), 1)).toEqual([false, 0, 60_000]);
    wait(60);
    expect(ask(minute(10), 1)).toEqual([true, 9, 0]);
  });

  test('that becomes a token bucket leaves it what was used', () => {
    ask(minute(10), 7);
    expect(ask(steady(10, 10), 0)).toEqual([true, 3, 0]);
    wait(2);
    expect(ask(steady(10, 10), 5)).toEqual([true, 0, 0]);
  });

  test('can be forgotten when it has ended, or where nothing is used', () => {
    ask(minute(10), 1);
    expect(forgettableFromUs(bucket)).toBe(START_US + 60 * SECOND);
    ask(minute(10), -1);
    expect(forgettableFromUs(bucket)).toBeLessThanOrEqual(nowUs);
  });
});

test('whatever is asked and changed, a bucket is never fuller than full nor deeper than twice', () => {
  const limits = [
    () => steady(10, 10),
    () => steady(3, 100),
    () => steady(1_000, 1),
    () => minute(10),
    () => minute(700),
  ];
  const step = fc.record({
    which: fc.nat(limits.length - 1),
    waitUs: fc.oneof(fc.nat(100), fc.nat(30 * SECOND), fc.nat(200 * SECOND)),
    part: fc.double({ min: -1, max: 2, noNaN: true }),
    overdraft: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      bucket = fullBucket();
      nowUs = START_US;
      for (const { which, waitUs, part, overdraft } of steps) {
        nowUs += waitUs;
        const limit = (limits[which] as () => KeptLimit)();
        const { capacity } = limit.rate;
        const cost = Math.trunc(part * (overdraft ? capacity : Math.min(1, capacity)));
        const [, remaining] = ask(limit, Math.max(-capacity, cost), overdraft);
        expect(remaining).toBeGreaterThanOrEqual(0);
        expect(remaining).toBeLessThanOrEqual(capacity);
        expect(Number.isSafeInteger(bucket.used) && bucket.used >= 0).toBe(true);
      }
    }),
    { numRuns: 2_000 },
  );
});
