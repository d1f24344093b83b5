/** Resetting a key: its bucket is filled, and stays where it is. */
import { describe, expect, test } from 'vitest';
import { Cells, EVICTIONS } from '../../src/metrics/cells.ts';
import { Table } from '../../src/table/table.ts';
import { ENGINES } from '../../src/table/table-memory.ts';
import { numbered } from '../tree/trees.ts';
import { BRIEF, DAILY, limitOf, TestTable } from './tables.ts';

const LIMIT = limitOf(10, 86_400);

function reset(table: TestTable, key: string): boolean {
  return table.table.reset(key, table.nowUs);
}

describe.each(ENGINES)('the %s engine', (engine) => {
  const tableOf = (maxKeys: number, shards = 1) => new TestTable(maxKeys, shards, engine);

  describe('reset() fills the bucket of a key', () => {
    test('whatever was taken', () => {
      const table = tableOf(3);
      const keys = ['a', 'é', 'x'.repeat(256)];
      for (const key of keys) {
        table.take(key, LIMIT, 10);
        expect(reset(table, key)).toBe(true);
        expect(table.take(key, LIMIT, 0)).toMatchObject({ remaining: 10, resetAfterMs: 0 });
        expect(table.take(key, LIMIT, 10)).toMatchObject({ allowed: true, remaining: 0 });
      }
      table.check();
    });

    test('and of no other', () => {
      const table = tableOf(2);
      table.takeAll(['a', 'b'], DAILY);
      reset(table, 'a');
      expect(table.take('b', DAILY).allowed).toBe(false);
    });

    test('whoever took it, and whoever resets', () => {
      const table = tableOf(2, 4);
      table.take('a', DAILY);
      const other = new Table(table.memory, new Cells(Cells.reserve(1), 0));
      expect(other.reset('a', table.nowUs)).toBe(true);
      expect(table.take('a', DAILY).allowed).toBe(true);
      expect(other.reset('a', table.nowUs)).toBe(true);
      expect(other.take('a', DAILY, 1, table.nowUs).allowed).toBe(true);
    });

    test('and that under any limit', () => {
      const table = tableOf(1);
      table.take('a', LIMIT, 10);
      reset(table, 'a');
      expect(table.take('a', BRIEF)).toMatchObject({ allowed: true, limit: 1, remaining: 0 });
      expect(table.take('a', BRIEF)).toMatchObject({ allowed: false, retryAfterMs: 1_000 });
    });

    test('again and again', () => {
      const table = tableOf(1);
      for (let times = 0; times < 5; times++) {
        expect(table.take('a', DAILY).allowed).toBe(true);
        expect(table.take('a', DAILY).allowed).toBe(false);
        expect(reset(table, 'a')).toBe(true);
        expect(reset(table, 'a')).toBe(true);
      }
    });
  });

  describe('a key without a bucket of its own is not reset', () => {
    test('where it was never asked for, or only looked at', () => {
      const table = tableOf(1);
      expect(reset(table, 'a')).toBe(false);
      table.take('a', DAILY, 0);
      table.take('a', DAILY, -3);
      expect(reset(table, 'a')).toBe(false);
      expect(table.check()).toMatchObject({ live: 0, untouched: 1 });
    });

    test('where it shares one, which is left as it is', () => {
      const table = tableOf(1);
      table.take('known', LIMIT);
      table.take('new', LIMIT, 7);
      expect(reset(table, 'new')).toBe(false);
      expect(table.take('new', LIMIT, 0)).toMatchObject({ remaining: 3, degraded: true });
      expect(reset(table, 'known')).toBe(true);
      expect(table.take('known', LIMIT, 0).remaining).toBe(10);
    });
  });

  describe('a key that was reset', () => {
    test('stays linked until a sweep evicts it', () => {
      const table = tableOf(100);
      const keys = Array.from({ length: 100 }, (_, i) => numbered(i));
      table.takeAll(keys, DAILY);
      for (const key of keys.slice(0, 50)) reset(table, key);
      expect(table.keys()).toEqual(keys);
      expect(table.table.size).toBe(100);
      table.evict();
      expect(table.keys()).toEqual(keys.slice(50));
      expect(table.counted(EVICTIONS)).toBe(50);
      expect(table.check()).toMatchObject({ live: 50, free: 50 });
    });

    test('that nobody uses is gone within five seconds', () => {
      const table = tableOf(1);
      table.take('a', DAILY);
      table.rebalancer.check();
      reset(table, 'a');
      for (let seconds = 0; seconds < 5; seconds++) {
        table.pass(1);
        table.rebalancer.check();
      }
      expect(table.keys()).toEqual([]);
    });

    test('and was used since is not evicted', () => {
      const table = tableOf(1);
      table.take('a', DAILY);
      reset(table, 'a');
      table.take('a', DAILY);
      table.evict();
      expect(table.keys()).toEqual(['a']);
      expect(table.take('a', DAILY).allowed).toBe(false);
    });
  });
});
