/** Leases in the table: which keys have a slot, what threads see of them, what is forgotten. */
import { beforeEach, describe, expect, test } from 'vitest';
import { LeaseTable } from '../../src/lease/lease-table.ts';
import type { Settlement } from '../../src/lease/terms/lease-exchange.ts';
import { Cells, sumCells, TABLE_FULL } from '../../src/metrics/cells.ts';
import { Rebalancer } from '../../src/table/rebalancer.ts';
import {
  ENGINES,
  type Engine,
  reserveTable,
  type TableMemory,
} from '../../src/table/table-memory.ts';
import { limitOf, SECOND } from '../table/tables.ts';

const LIMIT = limitOf(1_000, 1);
const OUTAGE = { number: 2, sinceUs: 10 * SECOND };
const SHARE = { limit: LIMIT, outage: OUTAGE, source: 'fallback' } as const;

let nowUs: number;
let engine: Engine['kind'];
let memory: TableMemory;
let cells: SharedArrayBuffer;
/** Of two threads. */
let one: LeaseTable;
let other: LeaseTable;

function reserve(maxKeys: number): void {
  cells = Cells.reserve(3);
  memory = reserveTable(maxKeys, { holds: 'leases', shards: 1, engine });
  one = new LeaseTable(memory, new Cells(cells, 0));
  other = new LeaseTable(memory, new Cells(cells, 1));
}

const taking = (key: string, cost = 1) => ({ key, limit: LIMIT, cost });

/** Settles a lease of ten tokens that ends in half a second, or as is said. */
function lease(key: string, more: Partial<Settlement> = {}): boolean {
  const { count, period, tickUs } = LIMIT;
  const settlement = {
    limit: LIMIT,
    keep: 0,
    kept: 0,
    grant: 10,
    deadlineUs: nowUs + SECOND / 2,
    bucket: { used: 0, atUs: nowUs, count, period, tickUs },
    deniedCost: 0,
    deniedUntilUs: 0,
    ...more,
  };
  return one.settle(key, settlement, nowUs);
}

/** Lets the rebalancer forget what it may. */
function sweep(): void {
  const rebalancer = new Rebalancer(memory, () => nowUs, new Cells(cells, 2));
  let turns = 0;
  rebalancer.runUntil(() => ++turns > 3);
}

describe.each(ENGINES)('over the %s engine,', (each) => {
  beforeEach(() => {
    engine = each;
    nowUs = 20 * SECOND;
    reserve(10);
  });

  describe('take()', () => {
    test('of a key without a lease tells nothing, and makes no slot', () => {
      expect(one.take(taking('alice'), nowUs)).toBe(null);
      expect(one.size).toBe(0);
    });

    test('spends a lease on all threads, and one of them says that it is low', () => {
      lease('alice');
      const due: boolean[] = [];
      for (let i = 0; i < 10; i++) {
        const table = i % 2 === 0 ? one : other;
        expect(table.take(taking('alice'), nowUs)).toMatchObject({
          allowed: true,
          remaining: 999 - i,
          degraded: false,
          source: 'lease',
        });
        due.push(table.isDue);
      }
      expect(due.filter((isDue) => isDue)).toHaveLength(1);
      expect(one.take(taking('alice'), nowUs)).toBe(null);
      expect(one.isDue).toBe(false);
    });

    test('denies by a note, and says how long that holds at least', () => {
      lease('alice', { grant: 0, deniedCost: 1, deniedUntilUs: nowUs + 50_500 });
      expect(other.take(taking('alice'), nowUs)).toMatchObject({
        allowed: false,
        retryAfterMs: 51,
        source: 'denied-until',
      });
      expect(other.take(taking('alice'), nowUs + 50_500)).toBe(null);
    });
  });

  describe('takeAll()', () => {
    test('spends from all leases or from none, and says of each how it stands', () => {
      lease('alice');
      lease('bob', { grant: 3 });
      one.take(taking('alice', 2), nowUs);
      nowUs += SECOND / 1_000;
      const none = one.takeAll([taking('alice', 4), taking('bob', 4)], nowUs);
      expect(none).toMatchObject([{ allowed: true, remaining: 999, source: 'lease' }, null]);
      const all = other.takeAll([taking('alice', 8), taking('bob', 3)], nowUs);
      expect(all).toMatchObject([{ remaining: 991 }, { remaining: 997 }]);
      expect(one.takeAll([taking('alice'), taking('bob')], nowUs)).toEqual([null, null]);
    });
  });

  describe('settle()', () => {
    //  what it brought, whether that is worth a slot
    test.each([
      [{ grant: 10 }, 1],
      [{ grant: 0, deniedCost: 1, deniedUntilUs: 30 * SECOND }, 1],
      [{ grant: 0 }, 0],
    ])('makes a slot for what is worth one: %j, %d', (more, size) => {
      expect(lease('alice', more)).toBe(true);
      expect(one.size).toBe(size);
    });

    test('brings a key nothing of what another had', () => {
      lease('alice');
      lease('bob', { grant: 5 });
      expect(one.take(taking('bob', 6), nowUs)).toBe(null);
    });

    test('says where there was no room, and nothing is leased then', () => {
      reserve(1);
      expect([lease('alice'), lease('bob'), lease('carol', { grant: 0 })]).toEqual([
        true,
        false,
        true,
      ]);
      expect(one.take(taking('bob'), nowUs)).toBe(null);
      expect(sumCells(cells)[TABLE_FULL]).toBe(1);
    });
  });

  describe('collect()', () => {
    const outlook = { expected: 0, worthFrom: 3, isAskedFor: false };

    test('keeps what is expected, and takes the rest out of the reach of all', () => {
      lease('alice');
      other.take(taking('alice', 3), nowUs);
      const collected = one.collect('alice', LIMIT, outlook, nowUs);
      expect(collected).toMatchObject({ keep: 3, back: 4, ended: 0, owed: 0, demand: 3 });
      expect(other.take(taking('alice', 4), nowUs)).toBe(null);
      expect(other.take(taking('alice', 2), nowUs)?.allowed).toBe(true);
      expect(one.collect('nobody', LIMIT, outlook, nowUs)).toMatchObject({ keep: 0, demand: 0 });
      expect(one.size).toBe(1);
      // Two are not worth a lease any more.
      expect(one.collect('alice', LIMIT, outlook, nowUs)).toMatchObject({ keep: 0, demand: 2 });
    });

    //  what is expected besides the demand of 3, what is kept of the 7 that are left
    const outlooks = [
      [null, 0],
      [{ ...outlook, expected: 0.5 }, 4],
      [{ ...outlook, expected: 100 }, 7],
      [{ ...outlook, worthFrom: 3.1 }, 0],
    ] as const;
    test.each(outlooks)('by the outlook %o keeps %d', (given, keep) => {
      lease('alice');
      other.take(taking('alice', 3), nowUs);
      expect(one.collect('alice', LIMIT, given, nowUs).keep).toBe(keep);
    });

    test('keeps a lease without demand only for whoever asks now', () => {
      lease('alice');
      const expected = { ...outlook, expected: 5 };
      const asked = one.collect('alice', LIMIT, { ...expected, isAskedFor: true }, nowUs);
      expect(asked).toMatchObject({ keep: 5, back: 5 });
      expect(one.collect('alice', LIMIT, expected, nowUs)).toMatchObject({ keep: 0, back: 5 });
    });
  });

  describe('a share', () => {
    test('is decided by all threads together, and the first debt said once', () => {
      const newly: boolean[] = [];
      let taken = 0;
      for (let i = 0; i < 12; i++) {
        const table = i % 2 === 0 ? one : other;
        const decision = table.takeShare(taking('alice', 100), SHARE, 11 * SECOND);
        if (decision.allowed) taken += 100;
        newly.push(table.isNewlyOwed);
        expect(decision).toMatchObject({ degraded: true, source: 'fallback', limit: 1_000 });
      }
      expect(taken).toBe(1_000);
      expect(newly.filter((isNewly) => isNewly)).toHaveLength(1);
      expect(one.collect('alice', LIMIT, null, 11 * SECOND).owed).toBe(1_000);
      other.takeShare(taking('alice', 1), SHARE, 12 * SECOND);
      expect(other.isNewlyOwed).toBe(true);
    });

    test.each([
      ['that is less than a token', { ...SHARE, limit: null }, 1],
      ['that never holds so much', { ...SHARE, limit: limitOf(500, 1) }, 501],
    ] as const)('%s denies, and makes no slot', (_, share, cost) => {
      const decision = one.takeShare(taking('alice', cost), share, nowUs);
      expect(decision).toMatchObject({ allowed: false, degraded: true, source: 'fallback' });
      expect(decision.retryAfterMs).toBeGreaterThan(0);
      expect([one.size, one.isNewlyOwed]).toEqual([0, false]);
    });

    test('of a part answers for the whole limit, and makes no slot for a look', () => {
      const half = { ...SHARE, limit: limitOf(500, 1) };
      const decision = one.takeShare(taking('alice', 0), half, nowUs);
      expect(decision).toMatchObject({ allowed: true, limit: 1_000, remaining: 500 });
      expect(one.size).toBe(0);
    });

    test('takes back on any thread what was not needed', () => {
      one.takeShare(taking('alice', 1_000), SHARE, nowUs);
      other.putBackShare(taking('alice', 400), SHARE, nowUs);
      expect(one.takeShare(taking('alice', 401), SHARE, nowUs).allowed).toBe(false);
      expect(one.takeShare(taking('alice', 400), SHARE, nowUs).allowed).toBe(true);
    });

    test('that takes the place of a lease leaves what that had to be returned, not spent', () => {
      lease('alice');
      // A denial leaves it to be spent.
      expect(one.takeShare(taking('alice', 11), SHARE, nowUs).allowed).toBe(false);
      expect(one.take(taking('alice'), nowUs)?.allowed).toBe(true);
      nowUs += SECOND;
      for (let i = 0; i < 2; i++) {
        expect(one.takeShare(taking('alice'), SHARE, nowUs).allowed).toBe(true);
        expect(one.take(taking('alice'), nowUs)).toBe(null);
      }
      expect(one.collect('alice', LIMIT, null, nowUs)).toMatchObject({ ended: 9, owed: 2 });
    });

    test('keeps no key for a look or a denial', () => {
      const early = { ...SHARE, outage: { number: 1, sinceUs: nowUs } };
      expect(one.takeShare(taking('alice'), early, nowUs).allowed).toBe(false);
      expect(one.takeShare(taking('alice', 0), early, nowUs).allowed).toBe(true);
      expect(one.size).toBe(0);
    });

    test('under one limit is not full because another was asked under', () => {
      const slow = { ...SHARE, limit: limitOf(1, 3_600), outage: { number: 1, sinceUs: nowUs } };
      const fast = { ...slow, limit: limitOf(1_000, 3_600) };
      nowUs += 10 * SECOND;
      expect(one.takeShare({ key: 'alice', limit: slow.limit, cost: 1 }, slow, nowUs).allowed).toBe(
        false,
      );
      const passed = Array.from({ length: 999 }, () => one.takeShare(taking('alice'), fast, nowUs));
      expect(passed.filter(({ allowed }) => allowed)).toHaveLength(2);
      const decision = one.takeShare({ key: 'bob', limit: slow.limit, cost: 1 }, slow, nowUs);
      expect(decision.retryAfterMs).toBe(3_590_000);
    });

    test('for which there is no room denies', () => {
      reserve(1);
      lease('alice');
      expect(one.takeShare(taking('bob'), SHARE, nowUs).allowed).toBe(false);
      expect(one.isNewlyOwed).toBe(false);
    });
  });

  describe('eviction', () => {
    test('forgets leases that have ended, notes that are over, and nothing that is owed', () => {
      lease('live');
      lease('ended', { deadlineUs: nowUs + 10 });
      lease('noted', { grant: 0, deniedCost: 1, deniedUntilUs: nowUs + 20 });
      one.takeShare(taking('owing'), SHARE, nowUs);
      expect(one.size).toBe(4);
      nowUs += 20;
      sweep();
      expect(one.size).toBe(2);
      expect(other.collect('owing', LIMIT, null, nowUs).owed).toBe(1);
    });

    test('forgets a share once it has ended, and no sooner, though it is full', () => {
      one.takeShare(taking('owing'), SHARE, nowUs);
      nowUs += 3_600 * SECOND;
      one.endShare('owing', nowUs);
      expect(other.collect('owing', LIMIT, null, nowUs).owed).toBe(0);
      sweep();
      expect(one.size).toBe(1);
      one.endShare('owing', nowUs);
      sweep();
      expect(one.size).toBe(0);
    });

    test('leaves a live lease as it is', () => {
      lease('live');
      sweep();
      expect(one.take(taking('live', 10), nowUs)).toMatchObject({ allowed: true, remaining: 990 });
    });
  });
});
