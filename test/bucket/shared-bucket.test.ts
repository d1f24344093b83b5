/** Of two buckets one is made that never has more than either, whatever their limits. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { join } from '../../src/bucket/shared-bucket.ts';
import { type Bucket, copyOf, fullBucket, take } from '../../src/bucket/token-bucket.ts';
import { richerAt } from '../snapshot/restarts.ts';
import { acceptedLimit, anyLimit } from './histories.ts';

const START_US = 9_000_000_000_000;

/** A token bucket that was used, under any limit. */
const tokenBucket: fc.Arbitrary<Bucket> = fc
  .tuple(anyLimit, fc.integer({ min: 0, max: 100 }), fc.nat(3_000_000))
  .map(([asked, share, agoUs]) => {
    const limit = acceptedLimit(asked);
    const bucket = fullBucket();
    const cost = Math.floor((limit.capacity / 100) * share);
    take(bucket, limit, Math.min(limit.capacity, cost), START_US - agoUs);
    return bucket;
  });

/** A window, which may be over. */
const windowBucket: fc.Arbitrary<Bucket> = fc
  .tuple(
    fc.oneof(fc.nat(1_000), fc.maxSafeNat()),
    fc.oneof(fc.integer({ min: -5, max: 5_000_000 }), fc.integer({ min: 1, max: 3e13 })),
  )
  .map(([used, leftUs]) => {
    const ends = { atUs: START_US + leftUs, count: START_US + leftUs, period: 60_000_000 };
    return { used: Math.min(used, 2 ** 52), ...ends, tickUs: 0, capacity: used };
  });

test('it has as little as the one that lacks more, from now on', () => {
  const any = fc.oneof(
    { weight: 3, arbitrary: tokenBucket },
    { weight: 1, arbitrary: windowBucket },
  );
  fc.assert(
    fc.property(tokenBucket, any, (one, other) => {
      const joined = copyOf(one);
      const before = copyOf(other);
      join(joined, other, START_US);
      expect(other).toEqual(before);
      expect(Number.isSafeInteger(joined.used)).toBe(true);
      for (const part of [one, other]) {
        const mine = { bucket: joined, nowUs: START_US };
        expect(richerAt(mine, { bucket: part, nowUs: START_US })).toBeNull();
      }
    }),
    { numRuns: 5_000 },
  );
});

//  units in use of one, its rate, and of the other; units in use of both, and their rate
test.each([
  ['one that is full', [0, 1, 1], [5, 2, 3], [5, 2, 3]],
  ['the other that is full', [5, 2, 3], [0, 1, 1], [5, 2, 3]],
  ['the same twice, in whole tokens', [5, 2, 3], [5, 2, 3], [6, 2, 3]],
  ['more of the slower', [20, 1, 10], [1, 1, 1], [20, 1, 10]],
  ['more of the quicker', [20, 1, 10], [7, 1, 1], [70, 1, 10]],
] as const)('%s', (_, [used, count, period], other, both) => {
  const bucketOf = ([inUse, units, aToken]: readonly [number, number, number]): Bucket => ({
    ...fullBucket(),
    used: inUse,
    atUs: START_US,
    count: units,
    period: aToken,
  });
  const joined = bucketOf([used, count, period]);
  join(joined, bucketOf(other), START_US);
  expect([joined.used, joined.count, joined.period]).toEqual(both);
});

test('a window that is joined is full again when it has been over for as long as it was left', () => {
  const joined = fullBucket();
  const ends = { atUs: START_US + 10_000_000, count: 1, period: 60_000_000 };
  join(joined, { used: 7, ...ends, tickUs: 0, capacity: 10 }, START_US);
  expect(joined).toEqual({
    used: 140,
    atUs: START_US,
    count: 7,
    period: 10,
    tickUs: 1_000_000,
    capacity: 10,
  });
});
