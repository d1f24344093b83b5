/** The table as one decider sees it: keys and their buckets, time, and a table that is full. */
import { describe, expect, test } from 'vitest';
import { Cells, LOCK_CONTENDED, TABLE_FULL } from '../../src/metrics/cells.ts';
import { Table } from '../../src/table/table.ts';
import { ENGINES } from '../../src/table/table-memory.ts';
import { numbered } from '../tree/trees.ts';
import { BRIEF, DAILY, limitOf, SECOND, TestTable } from './tables.ts';

const SHARED = limitOf(3, 3_000);

describe.each(ENGINES)('the %s engine', (engine) => {
  const tableOf = (maxKeys: number, shards = 1) => new TestTable(maxKeys, shards, engine);

  describe('a key', () => {
    test("is answered as the contract's example says", () => {
      const table = tableOf(10, 16);
      const limit = limitOf(1_000, 60);
      expect(table.take('user', limit)).toEqual({
        allowed: true,
        limit: 1_000,
        remaining: 999,
        retryAfterMs: 0,
        resetAfterMs: 60,
        nextTokenMs: 60,
        degraded: false,
      });
      table.take('user', limit, 999);
      expect(table.take('user', limit)).toEqual({
        allowed: false,
        limit: 1_000,
        remaining: 0,
        retryAfterMs: 60,
        resetAfterMs: 60_000,
        nextTokenMs: 60,
        degraded: false,
      });
    });

    test('has a bucket of its own', () => {
      const prefix = 'p'.repeat(64);
      const keys = ['a', 'a\0', '\0', 'A', 'é', '😀', '__proto__', 'constructor', 'b'.repeat(256)];
      keys.push(
        prefix,
        `${prefix}a`,
        `${prefix}b`,
        `${prefix}abcd`,
        `${prefix}abcde`,
        `${prefix}abcdf`,
      );
      for (const shards of [1, 16]) {
        const table = tableOf(20, shards);
        expect(keys.filter((key) => table.take(key, DAILY).allowed)).toEqual(keys);
        expect(keys.filter((key) => table.take(key, DAILY).allowed)).toEqual([]);
        expect(table.table.size).toBe(keys.length);
        expect(table.check().live).toBe(keys.length);
      }
    });

    test('that is only looked at has no bucket, and looks full', () => {
      const table = tableOf(1);
      expect(table.take('a', DAILY, 0)).toMatchObject({
        allowed: true,
        remaining: 1,
        degraded: false,
      });
      expect(table.table.size).toBe(0);
      expect(table.check()).toMatchObject({ live: 0, untouched: 1 });
    });

    test('goes by the limit it was last charged under', () => {
      const table = tableOf(1);
      table.take('a', limitOf(10, 10), 10);
      expect(table.take('a', limitOf(100, 10), 90)).toMatchObject({ allowed: true, remaining: 0 });
      expect(table.take('a', limitOf(10, 10)).retryAfterMs).toBe(9_100);
    });

    test('is found by every thread that has the memory', () => {
      const table = tableOf(5, 4);
      table.takeAll(['a', 'b', 'c'], DAILY);
      const other = new Table(table.memory, new Cells(Cells.reserve(1), 0));
      expect(other.take('b', DAILY, 1, table.nowUs)).toMatchObject({ allowed: false });
      expect(other.size).toBe(3);
    });
  });

  describe('time', () => {
    test('is the later of the one asked at and the latest the shard has seen', () => {
      const table = tableOf(2);
      const limit = limitOf(10, 10);
      table.take('a', limit, 10);
      const laterUs = table.nowUs + 5 * SECOND;
      table.table.take('b', limit, 1, laterUs);
      // 5 tokens are back by then, though this thread read the clock before.
      expect(table.take('a', limit, 5)).toMatchObject({ allowed: true, remaining: 0 });
      expect(table.take('a', limit, 1)).toMatchObject({ allowed: false, retryAfterMs: 1_000 });
      expect(table.table.take('a', limit, 1, laterUs + SECOND).allowed).toBe(true);
      table.check();
    });

    test('of a sweep counts too', () => {
      const table = tableOf(2);
      table.take('a', BRIEF);
      table.nowUs += SECOND;
      table.evict();
      expect(table.keys()).toEqual([]);
      // Had this thread been first it would have been denied; now it is asked at the later time.
      expect(table.table.take('a', BRIEF, 1, table.nowUs - 1).allowed).toBe(true);
      expect(table.table.take('a', BRIEF, 1, table.nowUs + SECOND - 1).allowed).toBe(false);
      expect(table.table.take('a', BRIEF, 1, table.nowUs + SECOND).allowed).toBe(true);
    });

    test('of a rebalancer that is behind does not run backwards', () => {
      const table = tableOf(2);
      table.take('a', BRIEF);
      table.table.take('b', BRIEF, 1, table.nowUs + SECOND);
      table.evict();
      expect(table.keys()).toEqual(['b']);
    });
  });

  /** Two keys that will not be full again today, and no slot left. */
  function fullTable(): TestTable {
    const table = tableOf(2);
    table.takeAll(['known 1', 'known 2'], limitOf(2, 86_400));
    return table;
  }

  describe('a full table', () => {
    test('limits a flood of new keys together, and says so', () => {
      const table = fullTable();
      const flood = Array.from({ length: 50 }, (_, i) => table.take(`new ${i}`, SHARED));
      expect(flood.map(({ allowed }) => allowed)).toEqual([
        true,
        true,
        true,
        ...Array(47).fill(false),
      ]);
      expect(flood.every(({ degraded }) => degraded)).toBe(true);
      expect(flood.at(-1)).toMatchObject({ remaining: 0, retryAfterMs: 1_000_000 });
      expect(table.counted(TABLE_FULL)).toBe(50);
      expect(table.check()).toEqual({ live: 2, overflow: 1, free: 0, untouched: 0 });
      table.pass(1_000);
      expect(table.take('new 50', SHARED)).toMatchObject({ allowed: true, degraded: true });
      expect(table.take('new 51', SHARED)).toMatchObject({ allowed: false, degraded: true });
    });

    test('does not touch the keys it knows', () => {
      const table = fullTable();
      for (let i = 0; i < 50; i++) table.take(`new ${i}`, SHARED);
      const limit = limitOf(2, 86_400);
      for (const key of ['known 1', 'known 2']) {
        expect(table.take(key, limit)).toMatchObject({
          allowed: true,
          remaining: 0,
          degraded: false,
        });
        expect(table.take(key, limit)).toMatchObject({ allowed: false, degraded: false });
      }
    });

    test('does not let one key have the tokens of another back at its own rate', () => {
      const table = fullTable();
      table.take('slow', SHARED, 3);
      expect(table.take('fast', limitOf(1_000, 1), 0).remaining).toBe(997);
      expect(table.take('fast', limitOf(1_000, 1), 1).allowed).toBe(true);
      table.pass(1);
      expect(table.take('slow', SHARED)).toMatchObject({ allowed: false, remaining: 0 });
    });

    test('lets everybody look: at the bucket they share, and nothing is counted', () => {
      const table = fullTable();
      expect(table.take('new', SHARED, 0)).toMatchObject({ remaining: 3, degraded: false });
      table.take('new', SHARED, 2);
      expect(table.take('new', SHARED, 0)).toMatchObject({ remaining: 1, degraded: true });
      expect(table.take('other', SHARED, 0)).toMatchObject({ remaining: 1, degraded: true });
      expect(table.counted(TABLE_FULL)).toBe(1);
      expect(table.check().live).toBe(2);
    });

    test('looks say how long the shared bucket takes, not what its own limit would', () => {
      const table = fullTable();
      table.take('slow', SHARED, 3);
      // 1,000 s a token, though the limit that asks refills in one.
      const look = table.take('fast', limitOf(3, 1), 0);
      expect(look).toMatchObject({ remaining: 0, resetAfterMs: 3_000_000, nextTokenMs: 1_000_000 });
      const denied = table.take('fast', limitOf(3, 1));
      expect(denied).toMatchObject({ retryAfterMs: 1_000_000, resetAfterMs: 3_000_000 });
    });

    test('asks for a sweep', () => {
      const table = fullTable();
      const isAsked = () => table.view.requests.takeAll();
      expect(isAsked()).toBe(false);
      table.take('new', SHARED);
      expect(isAsked()).toBe(true);
    });

    test('has slots again once a sweep has found full buckets', () => {
      const table = tableOf(2);
      table.takeAll(['a', 'b'], BRIEF);
      expect(table.take('c', BRIEF).degraded).toBe(true);
      table.pass(1);
      expect(table.take('d', BRIEF).degraded).toBe(true);
      table.rebalancer.serve();
      table.pass(1);
      expect(table.take('e', BRIEF)).toMatchObject({ allowed: true, degraded: false });
      expect(table.check().live).toBe(1);
    });
  });

  describe('a key given a slot while the overflow bucket is not full', () => {
    /** A slot is free again, and keys without one have taken two of three tokens. */
    function recovered(): TestTable {
      const table = tableOf(2);
      table.takeAll(['a', 'b'], BRIEF);
      expect(table.take('greedy', SHARED, 2)).toMatchObject({ allowed: true, degraded: true });
      table.pass(1);
      table.evict();
      return table;
    }

    test('starts as its copy', () => {
      const table = recovered();
      expect(table.take('greedy', SHARED)).toMatchObject({
        allowed: true,
        remaining: 0,
        degraded: false,
      });
      expect(table.take('greedy', SHARED)).toMatchObject({ allowed: false, degraded: false });
      expect(table.check().live).toBe(1);
    });

    test('takes nothing from it afterwards', () => {
      const table = recovered();
      table.take('greedy', SHARED);
      expect(table.take('other', SHARED, 0)).toMatchObject({ remaining: 1, degraded: false });
      expect(table.take('other', SHARED)).toMatchObject({ allowed: true, remaining: 0 });
      expect(table.take('third', SHARED)).toMatchObject({ allowed: true, degraded: true });
    });

    test('starts full once that bucket is full', () => {
      const table = recovered();
      table.nowUs += 2_000 * SECOND - 1 - SECOND;
      expect(table.take('greedy', SHARED, 0).remaining).toBe(2);
      table.nowUs += 1;
      expect(table.take('greedy', SHARED, 3)).toMatchObject({ allowed: true, degraded: false });
    });

    test('keeps what it lacks over the next sweep', () => {
      const table = recovered();
      table.take('greedy', SHARED, 1);
      table.pass(1);
      table.evict();
      expect(table.keys()).toEqual(['greedy']);
      expect(table.take('greedy', SHARED).allowed).toBe(false);
    });
  });

  test('one thread never waits for a lock, and leaves none behind', () => {
    const table = tableOf(100, 8);
    for (let i = 0; i < 300; i++) table.take(numbered(i % 150), DAILY);
    table.evict();
    for (const shard of table.view.shards) expect(shard.isLocked).toBe(false);
    expect(table.counted(LOCK_CONTENDED)).toBe(0);
  });
});
