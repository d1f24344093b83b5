/** A key that is reset while a shadow is built. */
import { describe, expect, test } from 'vitest';
import { BRIEF, DAILY, type TestTable, TreeTable } from '../tables.ts';

function reset(table: TestTable, key: string): boolean {
  return table.table.reset(key, table.nowUs);
}

describe('during a rebuild', () => {
  test('a key that is in the shadow is reset, and is there and full after the swap', () => {
    const table = new TreeTable(3);
    table.takeAll(['a', 'b', 'c'], DAILY);
    table.rebuild.begin(table.shard);
    expect(reset(table, 'b')).toBe(true);
    expect(table.rebuild.finish(table.shard)).toBe(true);
    expect(table.keys()).toEqual(['a', 'b', 'c']);
    table.check();
    expect(table.take('b', DAILY)).toMatchObject({ allowed: true, remaining: 0 });
    expect(table.take('a', DAILY).allowed).toBe(false);
  });

  test('a key that is new is reset, and is there and full after the swap', () => {
    const table = new TreeTable(3);
    table.take('a', DAILY);
    table.rebuild.begin(table.shard);
    table.take('new', DAILY);
    expect(reset(table, 'new')).toBe(true);
    expect(table.rebuild.finish(table.shard)).toBe(true);
    expect(table.keys()).toEqual(['a', 'new']);
    table.check();
    expect(table.take('new', DAILY).allowed).toBe(true);
  });

  /** `a` is full, and set aside to be evicted. */
  function setAside(): TreeTable {
    const table = new TreeTable(2);
    table.take('a', BRIEF);
    table.pass(1);
    table.rebuild.begin(table.shard);
    return table;
  }

  test('a key that was set aside, used and reset is evicted', () => {
    const table = setAside();
    table.take('a', DAILY);
    expect(reset(table, 'a')).toBe(true);
    table.rebuild.finish(table.shard);
    expect(table.keys()).toEqual([]);
    expect(table.take('a', DAILY).allowed).toBe(true);
    expect(table.check()).toMatchObject({ live: 1 });
  });

  test('a key that was set aside, reset and used is put back', () => {
    const table = setAside();
    expect(reset(table, 'a')).toBe(true);
    table.take('a', DAILY);
    table.rebuild.finish(table.shard);
    expect(table.keys()).toEqual(['a']);
    expect(table.take('a', DAILY).allowed).toBe(false);
    table.check();
  });
});
