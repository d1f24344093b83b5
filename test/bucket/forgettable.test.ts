/** From when on a lease, a share or a note can be forgotten: not while anything of it may count. */
import { describe, expect, test } from 'vitest';
import { fullBucket } from '../../src/bucket/token-bucket.ts';
import { endShare, keepShare } from '../../src/lease/terms/kept-share.ts';
import { collect, forgettableFromUs } from '../../src/lease/terms/lease.ts';
import { type Lease, noLease } from '../../src/lease/terms/lease-state.ts';
import { takeOfShare } from '../../src/lease/terms/share.ts';
import { limitOf, SECOND } from '../table/tables.ts';

const NEVER = Number.POSITIVE_INFINITY;

//  what it is, what of it is set, from when on
test.each<[string, Partial<Lease>, number]>([
  ['nothing at all', {}, 0],
  ['a lease', { left: 3, capacity: 10, deadlineUs: 7 }, 7],
  ['a note', { deniedCost: 1, deniedUntilUs: 9 }, 9],
  ['a lease and a note that ends later', { capacity: 10, deadlineUs: 7, deniedUntilUs: 9 }, 9],
  ['a lease and a note that ends sooner', { capacity: 10, deadlineUs: 7, deniedUntilUs: 5 }, 7],
  ['a lease of a key that owes', { capacity: 10, deadlineUs: 7, owed: 1 }, NEVER],
  ['what owes and has no lease', { owed: 1 }, NEVER],
])('%s', (_, more, fromUs) => {
  expect(forgettableFromUs({ ...noLease(), ...more })).toBe(fromUs);
});

describe('a share', () => {
  const LIMIT = limitOf(10, 10);
  const OUTAGE = { number: 1, sinceUs: 100 * SECOND };

  test.each([1, 5])(
    'of which %d were spent: once it has ended, which it does not owing',
    (cost) => {
      const [lease, bucket] = [noLease(), fullBucket()];
      const share = { sinceUs: OUTAGE.sinceUs, bucket: fullBucket() };
      const nowUs = OUTAGE.sinceUs + 20 * SECOND;
      expect(takeOfShare(share, LIMIT, cost, nowUs)).toBe(true);
      keepShare(lease, bucket, share, { outage: OUTAGE, cost, nowUs });
      const backUs = nowUs + cost * SECOND;
      endShare(lease, bucket, backUs);
      expect(lease.owed).toBe(cost);
      expect(collect(lease, bucket, LIMIT, 0, backUs).owed).toBe(0);
      // All has come back; but under another limit the time that this took counts.
      expect(forgettableFromUs(lease)).toBe(NEVER);
      endShare(lease, bucket, backUs);
      expect([lease, bucket]).toEqual([noLease(), { ...fullBucket(), atUs: backUs }]);
      expect(forgettableFromUs(lease)).toBe(0);
    },
  );
});
