/** Limits that the service keeps, in the table: windows, overdrafts, dry runs, and full tables. */
import { describe, expect, test } from 'vitest';
import type { Window } from '../../src/bucket/window.ts';
import type { PolicyTaking, Taking } from '../../src/table/table.ts';
import { ENGINES } from '../../src/table/table-memory.ts';
import { windowAt } from '../support/calendars.ts';
import { DAILY, limitOf, SECOND, TestTable } from './tables.ts';

const MINUTE_US = 60 * SECOND;
const TEN = limitOf(10, 10);

/** The minute that is open now, as the table's clock counts them. */
function minuteOf({ nowUs }: TestTable): Window {
  return windowAt(MINUTE_US, nowUs);
}

const steady = (key: string, cost: number, more: Partial<PolicyTaking> = {}): PolicyTaking => {
  return { key, kept: { rate: TEN, window: null }, cost, overdraft: false, isDry: false, ...more };
};

function windowed(table: TestTable, key: string, cost: number): PolicyTaking {
  const kept = { rate: limitOf(10, 60), window: minuteOf(table) };
  return { key, kept, cost, overdraft: false, isDry: false };
}

describe.each(ENGINES)('the %s engine', (engine) => {
  const tableOf = (maxKeys: number, shards = 1) => new TestTable(maxKeys, shards, engine);
  const said = (table: TestTable, ...takings: readonly Taking[]) => {
    const { allowed, each } = table.table.takeAll(takings, table.nowUs);
    return [allowed, ...each.map((one) => [one.allowed, one.remaining, one.retryAfterMs])];
  };

  test('a window gives its capacity and is forgotten when it is over, not before', () => {
    const table = tableOf(4);
    expect(said(table, windowed(table, 'a', 10))).toEqual([true, [true, 0, 0]]);
    expect(said(table, windowed(table, 'a', 1))).toEqual([false, [false, 0, 20_000]]);
    table.pass(19);
    table.evict();
    expect(table.keys()).toEqual(['a']);
    table.pass(1);
    table.evict();
    expect(table.keys()).toEqual([]);
    expect(said(table, windowed(table, 'a', 4))).toEqual([true, [true, 6, 0]]);
    table.check();
  });

  test('in a window that was over before its turn came nothing is taken', () => {
    const table = tableOf(4);
    const stale = windowed(table, 'a', 1);
    said(table, windowed(table, 'a', 10));
    const staleUs = table.nowUs;
    table.pass(20);
    table.evict();
    table.take('b', DAILY);
    const kept = { ...stale.kept, renewed: () => windowed(table, 'a', 1).kept };
    table.table.takeAll([{ ...stale, kept }], staleUs);
    table.table.takeAll([{ ...stale, kept }, steady('c', 1)], staleUs);
    expect(said(table, windowed(table, 'a', 0))).toEqual([true, [true, 8, 0]]);
  });

  test('a shard whose only bucket is a window is looked at when that is over', () => {
    const table = tableOf(4);
    said(table, windowed(table, 'a', 10));
    expect(table.shard.fullFromUs).toBe(minuteOf(table).endUs);
  });

  test('an overdraft is taken whether it is there or not, and waited for', () => {
    const table = tableOf(4);
    expect(said(table, steady('a', 15, { overdraft: true }))).toEqual([false, [false, 0, 15_000]]);
    expect(said(table, steady('a', 1))).toEqual([false, [false, 0, 6_000]]);
    expect(said(table, steady('a', -5))).toEqual([true, [true, 0, 0]]);
    expect(said(table, steady('a', 1))).toEqual([false, [false, 0, 1_000]]);
  });

  describe.each([1, 16])('all or none over %i shards', (shards) => {
    test('nothing is taken where one is not there, of a window neither', () => {
      const table = tableOf(4, shards);
      said(table, steady('b', 10));
      const all = [windowed(table, 'a', 3), steady('b', 1), { key: 'c', limit: TEN, cost: 2 }];
      const each = [
        [true, 10, 0],
        [false, 0, 1_000],
        [true, 10, 0],
      ];
      expect(said(table, ...all)).toEqual([false, ...each]);
      expect(said(table, windowed(table, 'a', 0), steady('c', 0))).toEqual([
        true,
        [true, 10, 0],
        [true, 10, 0],
      ]);
      table.check();
    });

    test('what is not taken of a window after all is told to be there', () => {
      const table = tableOf(4, shards);
      said(table, windowed(table, 'a', 4));
      said(table, steady('b', 10));
      expect(said(table, windowed(table, 'a', 3), steady('b', 1))).toEqual([
        false,
        [true, 6, 0],
        [false, 0, 1_000],
      ]);
    });

    test('a dry one that is not there takes nothing and stops nobody', () => {
      const table = tableOf(4, shards);
      said(table, steady('a', 9));
      const dry = { isDry: true };
      expect(said(table, steady('a', 2, dry), steady('b', 2))).toEqual([
        true,
        [false, 1, 1_000],
        [true, 8, 0],
      ]);
      expect(said(table, steady('a', 1, dry), steady('b', 2))).toEqual([
        true,
        [true, 0, 0],
        [true, 6, 0],
      ]);
    });

    test('a dry one takes nothing where one that is not dry is denied', () => {
      const table = tableOf(4, shards);
      said(table, steady('b', 10));
      said(table, steady('a', 2, { isDry: true }), steady('b', 2));
      expect(said(table, steady('a', 0))).toEqual([true, [true, 10, 0]]);
    });
  });

  test('a dry one alone is allowed, and says what it would have said', () => {
    const table = tableOf(4);
    said(table, steady('a', 10));
    expect(said(table, steady('a', 1, { isDry: true }))).toEqual([true, [false, 0, 1_000]]);
  });

  test('a cost above the capacity is denied, and waits until the bucket is full', () => {
    const table = tableOf(4);
    said(table, steady('a', 3));
    expect(said(table, steady('a', 11))).toEqual([false, [false, 7, 3_000]]);
    expect(said(table, windowed(table, 'b', 11))).toEqual([false, [false, 10, 0]]);
  });

  test('where the table is full, keys share a bucket that neither gives back nor is overdrawn', () => {
    const table = tableOf(1);
    table.take('only', DAILY);
    const shared = () => table.table.takeAll([steady('b', 0)], table.nowUs).each[0];
    expect(said(table, steady('a', 11))).toEqual([false, [false, 10, 0]]);
    expect(said(table, steady('a', 8))).toEqual([true, [true, 2, 0]]);
    expect(shared()).toMatchObject({ remaining: 2, degraded: true });
    expect(said(table, windowed(table, 'w', 3))[0]).toBe(false);
    expect(said(table, steady('b', 9, { overdraft: true }))).toEqual([false, [false, 2, 7_000]]);
    said(table, steady('b', -5));
    expect(said(table, steady('b', 11))[0]).toBe(false);
    expect(shared()).toMatchObject({ remaining: 2, degraded: true });
  });

  test('a bucket goes by the faster of its limits: the one in force and the one before', () => {
    const table = tableOf(4);
    const slow = { kept: { rate: limitOf(10, 100), window: null } };
    said(table, steady('a', 10, slow));
    table.pass(1);
    expect(said(table, steady('a', 0))).toEqual([true, [true, 0, 0]]);
    table.pass(1);
    expect(said(table, steady('a', 1))).toEqual([true, [true, 0, 0]]);
  });

  test('but not where whoever asks has chosen it: a look speeds nothing up', () => {
    const table = tableOf(4);
    const kept = { rate: TEN, window: null, isAskers: true };
    table.take('a', limitOf(10, 100), 10);
    table.table.takeKept({ key: 'a', kept, cost: 20, overdraft: true }, table.nowUs);
    table.pass(5);
    expect(table.take('a', limitOf(10, 100), 0).remaining).toBe(0);
    expect(table.take('a', limitOf(10, 100), 1).retryAfterMs).toBe(105_000);
  });
});
