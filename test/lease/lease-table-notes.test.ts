/**
 * A note of a bucket that goes by another limit than was asked under: what all threads are told.
 */
import { expect, test } from 'vitest';
import { LeaseTable } from '../../src/lease/lease-table.ts';
import { Cells } from '../../src/metrics/cells.ts';
import { reserveTable } from '../../src/table/table-memory.ts';
import { limitOf, SECOND } from '../table/tables.ts';

const NOW_US = 20 * SECOND;
/** A token a millisecond: the bucket goes by it. */
const FAST = limitOf(1_000, 1);
const LOWERED = limitOf(100, 10);

test('under a lowered limit who is denied is told when the bucket has room', () => {
  const memory = reserveTable(10, { holds: 'leases', shards: 1 });
  const cells = Cells.reserve(2);
  const [one, other] = [0, 1].map((row) => new LeaseTable(memory, new Cells(cells, row)));
  const { count, period, tickUs } = FAST;
  const settlement = {
    limit: LOWERED,
    keep: 0,
    kept: 0,
    grant: 0,
    deadlineUs: 0,
    bucket: { used: 120 * period, atUs: NOW_US, count, period, tickUs },
    deniedCost: 1,
    deniedUntilUs: NOW_US + 100_000,
  };
  expect(one?.settle('alice', settlement, NOW_US)).toBe(true);
  const taking = (limit: typeof LOWERED) => ({ key: 'alice', limit, cost: 1 });
  // At a token a millisecond: the limit's own rate would need ten.
  expect(other?.take(taking(LOWERED), NOW_US + 5_000)).toMatchObject({
    allowed: false,
    limit: 100,
    remaining: 0,
    retryAfterMs: 16,
    resetAfterMs: 115,
    source: 'denied-until',
  });
  expect(other?.takeAll([taking(LOWERED)], NOW_US + 5_000)).toMatchObject([{ retryAfterMs: 16 }]);
  expect(other?.take(taking(FAST), NOW_US + 5_000)).toBe(null);
  expect(other?.take(taking(LOWERED), NOW_US + 21_000)).toBe(null);
});
