/** Which ticks a limit is counted in, which limits are refused, and which are the same. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSameLimit, type Limit, limitOf } from '../../src/bucket/limit.ts';
import { MOST_CAPACITY, MOST_INTERVAL_US } from '../../src/contract/bounds.ts';
import { exactTickUs } from './exact-bucket.ts';

const SECOND = 1_000_000;
const DAY = 86_400 * SECOND;

/** The limit by which an empty bucket refills in `intervalUs`. */
function intervalLimit(capacity: number, intervalUs: number): Limit | null {
  return limitOf({ capacity, count: capacity, periodUs: intervalUs });
}

test.each([
  // capacity, interval us, tokens' worth of units a tick, units to a token, tick us
  [1_000, 60 * SECOND, 1, 60_000, 1],
  [10, 10 * SECOND, 1, 1_000_000, 1],
  [3, 10 * SECOND, 3, 10_000_000, 1],
  [7, DAY, 7, DAY, 1],
  [1, 1, 1, 1, 1],
  [1_000_000_000, 1, 1_000_000_000, 1, 1],
  [1, 366 * DAY, 1, 366 * DAY, 1],
  [1_000_000_000, 366 * DAY, 5, 158_112, 1], // 31,622.4 us a token
  // A prime number of tokens has no divisor in common with the ticks: microseconds do not fit.
  [999_999_937, 9_000 * SECOND, 999_999_937, 9_000_000, 1_000],
  [285_000_007, 365 * DAY, 285_000_007, 31_536_000, SECOND],
  // 100 GB and 100 GiB in 30 days, and the most that there can be.
  [100_000_000_000, 30 * DAY, 25, 648, 1],
  [100 * 2 ** 30, 30 * DAY, 2 ** 21, 50_625, 1_000],
  [9_000_000_000_000_000, 9 * SECOND, 1_000_000_000, 1, 1],
])('%i in %i us are %i units a tick and %i a token, in ticks of %i us', (...row) => {
  const [capacity, intervalUs, count, period, tickUs] = row;
  expect(intervalLimit(capacity, intervalUs)).toEqual({
    capacity,
    intervalUs,
    count,
    period,
    tickUs,
  });
});

test.each([
  [999_999_937, 366 * DAY, 'too large even in seconds'],
  [1_000_000_001, 1, 'more than a thousand million units a tick'],
  [Number.MAX_SAFE_INTEGER, DAY, 'the same in every tick'],
  [999_999_937, 9_100 * SECOND + 1_000, 'too large in milliseconds, and not whole seconds'],
  [999_999_937, 9_000 * SECOND + 1, 'too large in microseconds, and not whole milliseconds'],
])('%i in %i us is refused: %s', (capacity, intervalUs) => {
  expect(intervalLimit(capacity, intervalUs)).toBeNull();
});

test('every limit is exact in doubles, refills just its capacity, and has the finest tick', () => {
  const capacities = fc.integer({ min: 1, max: MOST_CAPACITY });
  const unitUs = fc.constantFrom(1, 1_000, SECOND);
  const intervals = unitUs.chain((us) =>
    fc.integer({ min: 1, max: MOST_INTERVAL_US / us }).map((units) => units * us),
  );
  const property = fc.property(capacities, intervals, (capacity, intervalUs) => {
    const limit = intervalLimit(capacity, intervalUs);
    const tickUs = exactTickUs({ capacity, intervalUs });
    if (limit === null) {
      expect(tickUs).toBeNull();
      return;
    }
    const ticks = BigInt(intervalUs) / BigInt(limit.tickUs);
    expect(BigInt(limit.tickUs)).toBe(tickUs);
    expect(ticks * BigInt(limit.count)).toBe(BigInt(capacity) * BigInt(limit.period));
    expect(Number.isSafeInteger(capacity * limit.period)).toBe(true);
    expect(Number.isSafeInteger(limit.count) && limit.count >= 1).toBe(true);
  });
  fc.assert(property, { numRuns: 3_000 });
});

//  what is other, whether the limit is the same
test.each<[Partial<Limit>, boolean]>([
  [{}, true],
  [{ capacity: 11 }, false],
  [{ count: 2 }, false],
  [{ period: 7 }, false],
  [{ tickUs: 1_000 }, false],
])('a limit with %j is the same: %s', (other, is) => {
  const limit = { capacity: 10, count: 1, period: 1_000, tickUs: 1, intervalUs: 10_000 };
  expect(isSameLimit(limit, { ...limit, ...other })).toBe(is);
});
