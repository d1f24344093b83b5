/** Which buckets are too small to lease, and what one instance's share of a limit is. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Limit } from '../../src/bucket/limit.ts';
import { isSmall, shareOf } from '../../src/lease/settings.ts';
import { acceptedLimit, anyLimit } from '../bucket/histories.ts';

const limitOf = (capacity: number, count: number, periodMs: number): Limit =>
  acceptedLimit({ capacity, count, intervalUs: periodMs * 1_000 });

//  capacity, count, period in ms, instances, whether it is small
test.each([
  [8, 2, 100, 1, false],
  [7, 2, 100, 1, true],
  [8, 19, 1_000, 1, true],
  [8, 20, 1_000, 1, false],
  [31, 1_000, 1_000, 4, true],
  [32, 1_000, 1_000, 4, false],
  [32, 79, 1_000, 4, true],
  [32, 80, 1_000, 4, false],
  [1_000_000, 1, 86_400_000, 1, true],
  [60, 60, 60_000, 2, true],
])('%d tokens, %d in %d ms, %d instances: small is %s', (...row) => {
  const [capacity, count, periodMs, instances, expected] = row;
  expect(isSmall(limitOf(capacity, count, periodMs), instances)).toBe(expected);
});

describe('a share', () => {
  //  capacity, count, period in ms, instances, the share's capacity or null for none
  test.each([
    [100, 100, 1_000, 1, 100],
    [100, 100, 1_000, 2, 50],
    [101, 100, 1_000, 2, 50],
    [100, 100, 1_000, 3, 33],
    [1, 1, 1_000, 2, null],
    [5, 5, 86_400_000, 6, null],
  ])('of %d tokens, %d in %d ms, for %d instances holds %s', (...row) => {
    const [capacity, count, periodMs, instances, expected] = row;
    const share = shareOf(limitOf(capacity, count, periodMs), instances);
    expect(share?.capacity ?? null).toBe(expected);
  });

  test('is exactly its part of the rate; all shares together are at most the limit', () => {
    fc.assert(
      fc.property(anyLimit, fc.integer({ min: 1, max: 10_000 }), (asked, instances) => {
        const limit = acceptedLimit(asked);
        const share = shareOf(limit, instances);
        if (share === null) return;
        expect(share.capacity * instances).toBeLessThanOrEqual(limit.capacity);
        const rate = BigInt(limit.count) * BigInt(share.period) * BigInt(share.tickUs);
        const part = BigInt(share.count) * BigInt(limit.period) * BigInt(limit.tickUs);
        expect(part * BigInt(instances)).toBe(rate);
        expect(share.capacity * share.period).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER);
      }),
    );
  });
});
