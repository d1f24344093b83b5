/** A note of a bucket that goes by another limit than was asked under, by hand. */
import { describe, expect, test } from 'vitest';
import { type Bucket, fullBucket } from '../../../src/bucket/token-bucket.ts';
import { becomesDue, settle, spend } from '../../../src/lease/terms/lease.ts';
import type { Settlement } from '../../../src/lease/terms/lease-exchange.ts';
import { type Lease, noLease } from '../../../src/lease/terms/lease-state.ts';
import { limitOf, SECOND } from '../../table/tables.ts';

/** Two milliseconds a token: the bucket goes by it. */
const SLOW = limitOf(500, 1);
/** What the plan was lowered to. */
const LOWERED = limitOf(100, 1);

/** So many tokens in use. */
function bucketOf(tokens: number): Bucket {
  const { count, period, tickUs } = SLOW;
  return { used: tokens * period, atUs: 0, count, period, tickUs };
}

const DENIED: Settlement = {
  limit: LOWERED,
  keep: 0,
  kept: 0,
  grant: 0,
  deadlineUs: SECOND,
  bucket: bucketOf(400),
  deniedCost: 1,
  deniedUntilUs: 100_000,
};

function noted(more: Partial<Settlement> = {}): { readonly lease: Lease; readonly bucket: Bucket } {
  const pair = { lease: noLease(), bucket: fullBucket() };
  settle(pair.lease, pair.bucket, { ...DENIED, ...more });
  return pair;
}

describe('a note of a bucket that goes by another limit', () => {
  //  at, under which limit, cost, where from
  test.each([
    ['denies what was denied', 0, LOWERED, 1, 'denied-until'],
    ['denies what costs more', 0, LOWERED, 100, 'denied-until'],
    ['holds until its end', 99_999, LOWERED, 1, 'denied-until'],
    ['is over at its end', 100_000, LOWERED, 1, null],
    ['denies no look', 0, LOWERED, 0, null],
    ['denies nothing given back', 0, LOWERED, -1, null],
    ['denies under a third limit too', 0, limitOf(50, 1), 1, 'denied-until'],
    ['denies what a larger one has no room for', 0, limitOf(401, 1), 2, 'denied-until'],
    ['leaves what has room to the store', 0, limitOf(401, 1), 1, null],
    ['goes by the rate of the bucket', 1_999, limitOf(400, 1), 1, 'denied-until'],
    ['and leaves what that brought back to the store', 2_000, limitOf(400, 1), 1, null],
    ['denies under the limit of the bucket', 0, SLOW, 101, 'denied-until'],
    ['leaves that what has room', 0, SLOW, 100, null],
    ['leaves that what has come back', 2_000, SLOW, 101, null],
  ] as const)('%s', (_, atUs, limit, cost, source) => {
    const { lease, bucket } = noted();
    expect(spend(lease, bucket, limit, cost, atUs)).toBe(source);
    expect(lease.demand).toBe(source === null ? 0 : cost);
  });

  test('outlives an exchange under the other limit that denied nothing', () => {
    const { lease, bucket } = noted();
    settle(lease, bucket, { ...DENIED, limit: SLOW, grant: 10, deniedCost: 0, deniedUntilUs: 0 });
    expect(spend(lease, bucket, SLOW, 10, 50_000)).toBe('lease');
    expect(becomesDue(lease, 50_000)).toBe(true);
    expect(spend(lease, bucket, SLOW, 1, 50_000)).toBe(null);
    expect(spend(lease, bucket, LOWERED, 1, 99_999)).toBe('denied-until');
    expect(spend(lease, bucket, LOWERED, 1, 100_000)).toBe(null);
  });

  test('ends with one that filled the bucket', () => {
    const { lease, bucket } = noted();
    settle(lease, bucket, { ...DENIED, bucket: bucketOf(0), deniedCost: 0, deniedUntilUs: 0 });
    expect(spend(lease, bucket, LOWERED, 1, 0)).toBe(null);
  });

  test('that holds longer than the picture says holds so for its own limit alone', () => {
    const { lease, bucket } = noted({ limit: SLOW, bucket: bucketOf(499) });
    expect(spend(lease, bucket, SLOW, 1, 0)).toBe('denied-until');
    expect(spend(lease, bucket, limitOf(500, 2), 2, 0)).toBe('denied-until');
    expect(spend(lease, bucket, limitOf(500, 2), 1, 0)).toBe(null);
  });
});
