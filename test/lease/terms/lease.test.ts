/**
 * A lease by hand: spent, collected into an exchange, settled by its answer; and a share without
 * one.
 */
import { describe, expect, test } from 'vitest';
import type { Limit } from '../../../src/bucket/limit.ts';
import { type Bucket, fullBucket } from '../../../src/bucket/token-bucket.ts';
import { keepShare, shareOf, unspendShare } from '../../../src/lease/terms/kept-share.ts';
import { becomesDue, collect, settle, spend } from '../../../src/lease/terms/lease.ts';
import type { Settlement } from '../../../src/lease/terms/lease-exchange.ts';
import { type Lease, noLease, type Outage } from '../../../src/lease/terms/lease-state.ts';
import { takeOfShare } from '../../../src/lease/terms/share.ts';
import { limitOf, SECOND } from '../../table/tables.ts';

/** A token a millisecond. */
const LIMIT = limitOf(1_000, 1);
const OTHER = limitOf(500, 1);
const DEADLINE_US = 10 * SECOND;

interface Pair {
  readonly lease: Lease;
  readonly bucket: Bucket;
}

function settlement(more: Partial<Settlement> = {}): Settlement {
  const { count, period, tickUs } = LIMIT;
  return {
    limit: LIMIT,
    keep: 0,
    kept: 0,
    grant: 10,
    deadlineUs: DEADLINE_US,
    bucket: { used: 0, atUs: 0, count, period, tickUs },
    deniedCost: 0,
    deniedUntilUs: 0,
    ...more,
  };
}

/** A lease of ten tokens, or as is said. */
function leased(more: Partial<Settlement> = {}): Pair {
  const pair = { lease: noLease(), bucket: fullBucket() };
  settle(pair.lease, pair.bucket, settlement(more));
  return pair;
}

/** Whether the share had it; then it is kept. */
function spendShare(
  lease: Lease,
  bucket: Bucket,
  limit: Limit,
  cost: number,
  { outage, nowUs }: { readonly outage: Outage; readonly nowUs: number },
): boolean {
  const share = shareOf(lease, bucket, { outage, limit }, nowUs);
  if (!takeOfShare(share, limit, cost, nowUs)) return false;
  keepShare(lease, bucket, share, { outage, cost, nowUs });
  return true;
}

describe('spend()', () => {
  test('allows what the lease has, and asks where it has too little', () => {
    const { lease, bucket } = leased();
    //  cost, where from, what is left
    const rows = [
      [4, 'lease', 6],
      [7, null, 6],
      [0, 'lease', 6],
      [6, 'lease', 0],
      [1, null, 0],
      [0, 'lease', 0],
    ] as const;
    for (const [cost, source, left] of rows) {
      expect([spend(lease, bucket, LIMIT, cost, 0), lease.left]).toEqual([source, left]);
    }
    expect([lease.demand, bucket.used]).toEqual([10, 10 * LIMIT.period]);
  });

  //  at, limit, cost
  test.each([
    ['from its deadline on', DEADLINE_US, LIMIT, 1],
    ['under another capacity', 0, { ...LIMIT, capacity: 999 }, 1],
    ['under another rate', 0, OTHER, 1],
    ['to give back', 0, LIMIT, -1],
  ] as const)('can tell nothing %s, and changes nothing', (_, atUs, limit, cost) => {
    const { lease, bucket } = leased();
    const before = { ...lease };
    expect(spend(lease, bucket, limit, cost, atUs)).toBe(null);
    expect([lease, bucket.used]).toEqual([before, 0]);
  });

  test('goes on until the last microsecond', () => {
    const { lease, bucket } = leased();
    expect(spend(lease, bucket, LIMIT, 1, DEADLINE_US - 1)).toBe('lease');
  });

  test('denies by a note what costs as much or more, as long as that holds', () => {
    const { lease, bucket } = leased({ grant: 2, deniedCost: 5, deniedUntilUs: 100 });
    //  at, cost, where from
    const rows = [
      [0, 5, 'denied-until'],
      [99, 6, 'denied-until'],
      [99, 4, null],
      [99, 2, 'lease'],
      [100, 5, null],
    ] as const;
    for (const [atUs, cost, source] of rows) {
      expect([atUs, cost, spend(lease, bucket, LIMIT, cost, atUs)]).toEqual([atUs, cost, source]);
    }
    // What was denied was asked for all the same.
    expect(lease.demand).toBe(5 + 6 + 2);
  });
});

test('an exchange is due once, when three tenths of a lease are left', () => {
  const { lease, bucket } = leased();
  const due: number[] = [];
  for (let i = 1; i <= 10; i++) {
    spend(lease, bucket, LIMIT, 1, 0);
    if (becomesDue(lease, 0)) due.push(i);
  }
  expect(due).toEqual([7]);
});

test('none is due while a note says that there is nothing to be had', () => {
  const { lease, bucket } = leased({ deniedCost: 1, deniedUntilUs: 5 });
  spend(lease, bucket, LIMIT, 10, 0);
  expect([becomesDue(lease, 4), becomesDue(lease, 5)]).toEqual([false, true]);
});

describe('collect() and settle()', () => {
  //  what of ten is kept at most, kept, given back
  test.each([
    [4, 4, 6],
    [10, 10, 0],
    [99, 10, 0],
    [0, 0, 10],
  ])('of ten at most %d stay: %d, and %d leave', (most, keep, back) => {
    const { lease, bucket } = leased();
    const collected = collect(lease, bucket, LIMIT, most, 0);
    expect(collected).toEqual({ keep, back, ended: 0, owed: 0, demand: 0, hasRoom: true });
    expect(lease.left).toBe(keep);
  });

  test('a lease that has ended leaves what it had, one for another limit given back whole', () => {
    const ended = leased();
    const late = collect(ended.lease, ended.bucket, LIMIT, 5, DEADLINE_US);
    expect(late).toMatchObject({ keep: 0, back: 0, ended: 10 });
    const changed = leased();
    const all = collect(changed.lease, changed.bucket, OTHER, 5, 0);
    expect(all).toMatchObject({ keep: 0, back: 10, ended: 0 });
  });

  //  kept by the instance, spent meanwhile, known to the store, granted, then left
  test.each([
    [10, 0, 10, 5, 15],
    [10, 4, 10, 5, 11],
    [10, 4, 6, 5, 7],
    [10, 10, 10, 0, 0],
    [10, 4, 0, 5, 5],
    [10, 8, 6, 5, 5],
  ])('of %d kept, %d spent meanwhile, %d known, and %d more: %d', (...row) => {
    const [keep, spent, kept, grant, left] = row;
    const { lease, bucket } = leased();
    collect(lease, bucket, LIMIT, keep, 0);
    expect(spend(lease, bucket, LIMIT, spent, 0)).toBe('lease');
    settle(lease, bucket, settlement({ keep, kept, grant, deadlineUs: DEADLINE_US + 1 }));
    expect(lease.left).toBe(left);
    // The picture knows what was spent since.
    expect(bucket.used).toBe(spent * LIMIT.period);
    expect(lease.deadlineUs).toBe(kept + grant > 0 ? DEADLINE_US + 1 : 0);
  });

  test('a bucket that goes by another limit leaves nothing to spend', () => {
    const { lease, bucket } = leased();
    const { count, period, tickUs } = OTHER;
    const strange = { used: 7, atUs: 0, count, period, tickUs };
    settle(lease, bucket, settlement({ grant: 0, bucket: strange }));
    expect(spend(lease, bucket, LIMIT, 0, 0)).toBe(null);
    expect(lease.capacity).toBe(0);
  });
});

describe('a share', () => {
  const outage = { number: 3, sinceUs: SECOND };

  test('is empty when the store goes, and refills from then on', () => {
    const { lease, bucket } = leased({ grant: 400, deadlineUs: SECOND });
    //  at ms after that, cost, whether it was there, owed
    const rows = [
      [0, 1, false, 0],
      [1, 1, true, 1],
      [1, 1, false, 1],
      [101, 100, true, 101],
      [5_000, 1_000, true, 1_101],
      [5_000, 1, false, 1_101],
    ] as const;
    for (const [ms, cost, isThere, owed] of rows) {
      const nowUs = SECOND + ms * 1_000;
      const took = spendShare(lease, bucket, LIMIT, cost, { outage, nowUs });
      expect([ms, took, lease.owed]).toEqual([ms, isThere, owed]);
    }
    expect(spend(lease, bucket, LIMIT, 1, 5 * SECOND)).toBe(null);
  });

  //  asked first at seconds, and then, whether a token was there
  test.each([
    [2, 2.001, false],
    [2, 3.001, true],
    [3, 3.001, true],
    [3.0005, 3.0009, false],
    [3.0005, 3.001, true],
  ])('of which a lease lasts until 3 s is asked at %d s, then at %d s: %s', (first, then, is) => {
    const { lease, bucket } = leased({ deadlineUs: 3 * SECOND });
    const at = (s: number) => ({ outage, nowUs: Math.round(s * SECOND) });
    expect(spendShare(lease, bucket, LIMIT, 1, at(first))).toBe(false);
    expect(spendShare(lease, bucket, LIMIT, 1, at(then))).toBe(is);
  });

  test('begins with the last answer of the store, where the outage is said to have begun before it', () => {
    const { lease, bucket } = leased({ deadlineUs: 0 });
    bucket.atUs = 4 * SECOND;
    expect(spendShare(lease, bucket, LIMIT, 1, { outage, nowUs: 4 * SECOND })).toBe(false);
    expect(spendShare(lease, bucket, LIMIT, 1, { outage, nowUs: 4 * SECOND + 1_000 })).toBe(true);
  });

  test('is empty again in the next outage, and what is owed stays owed', () => {
    const { lease, bucket } = leased({ deadlineUs: SECOND });
    const nowUs = 2 * SECOND;
    expect(spendShare(lease, bucket, LIMIT, 900, { outage, nowUs })).toBe(true);
    const next = { number: 4, sinceUs: nowUs };
    expect(spendShare(lease, bucket, LIMIT, 1, { outage: next, nowUs })).toBe(false);
    expect(lease.owed).toBe(900);
  });

  test('owes no more than it has still in use', () => {
    const { lease, bucket } = leased({ grant: 0 });
    spendShare(lease, bucket, LIMIT, 1_000, { outage, nowUs: 2 * SECOND });
    expect(collect(lease, bucket, LIMIT, 0, 2.4 * SECOND).owed).toBe(600);
  });

  //  ms after the second outage began, what is owed for both
  test.each([
    [100, 900],
    [1_000, 900],
    [1_400, 500],
    [1_850, 50],
    [1_900, 0],
  ])('owes what the one before it owed too, and %d ms later %d of both', (ms, owed) => {
    const { lease, bucket } = leased({ grant: 0 });
    spendShare(lease, bucket, LIMIT, 1_000, { outage, nowUs: 2 * SECOND });
    const next = { number: 4, sinceUs: 2.1 * SECOND };
    spendShare(lease, bucket, LIMIT, 100, { outage: next, nowUs: 2.2 * SECOND });
    // Of the first 800 were in use by then; what the second spent comes back once that is full.
    const nowUs = 2.1 * SECOND + ms * 1_000;
    const before = { ...lease };
    expect(collect(lease, bucket, LIMIT, 0, nowUs).owed).toBe(owed);
    expect(before).toMatchObject({ owed: 100, owedBefore: 800 });
    expect(collect(lease, bucket, LIMIT, 0, nowUs).owed).toBe(0);
  });

  test('owes what was spent while an exchange was under way, whatever comes then', () => {
    const { lease, bucket } = leased({ grant: 0 });
    spendShare(lease, bucket, LIMIT, 1_000, { outage, nowUs: 2 * SECOND });
    const next = { number: 4, sinceUs: 2 * SECOND };
    spendShare(lease, bucket, LIMIT, 1, { outage: next, nowUs: 2.001 * SECOND });
    settle(lease, bucket, settlement({ grant: 0 }));
    expect(collect({ ...lease }, { ...bucket }, LIMIT, 0, 2.1 * SECOND).owed).toBe(1_000);
    const third = { number: 5, sinceUs: 3 * SECOND };
    spendShare(lease, bucket, LIMIT, 1, { outage: third, nowUs: 3.001 * SECOND });
    expect(collect(lease, bucket, LIMIT, 0, 3.001 * SECOND).owed).toBe(1_001);
  });

  test('takes back what it owes, and not what an exchange has taken over', () => {
    const { lease, bucket } = leased({ deadlineUs: SECOND });
    const at = { outage, nowUs: 2 * SECOND };
    spendShare(lease, bucket, LIMIT, 1_000, at);
    expect(unspendShare(lease, bucket, 300, outage)).toBe(true);
    expect(lease.owed).toBe(700);
    expect(spendShare(lease, bucket, LIMIT, 301, at)).toBe(false);
    expect(spendShare(lease, bucket, LIMIT, 300, at)).toBe(true);
    expect(collect(lease, bucket, LIMIT, 0, 2 * SECOND).owed).toBe(1_000);
    expect(unspendShare(lease, bucket, 1, outage)).toBe(false);
    expect(unspendShare(lease, bucket, 0, { number: 4, sinceUs: 0 })).toBe(false);
  });
});
