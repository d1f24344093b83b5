/** The memory of a table: its shards, its overflow buckets, its price. */
import { expect, test } from 'vitest';
import { reserveTable, viewTable } from '../../src/table/table-memory.ts';
import { bytesOf } from './table-bytes.ts';
import { TestTable } from './tables.ts';

test.each([
  [1, 16],
  [4_096, 16],
  [4_097, 32],
  [100_000, 512],
  [1_000_000, 4_096],
])('for %i keys there are %i shards', (maxKeys, shards) => {
  expect(reserveTable(maxKeys).shardCount).toBe(shards);
});

test('a million keys cost at most 160 bytes each', () => {
  expect(bytesOf(reserveTable(1_000_000)) / 1_000_000).toBeLessThanOrEqual(160);
});

test('each shard has an overflow bucket, and maxKeys slots are left', () => {
  const table = new TestTable(10, 4);
  expect(table.check()).toEqual({ live: 0, overflow: 4, free: 0, untouched: 10 });
});

test('each table hashes with a key of its own', () => {
  expect(reserveTable(1).hashKey).not.toEqual(reserveTable(1).hashKey);
});

test('two views are of one memory', () => {
  const memory = reserveTable(10, { shards: 2 });
  const [one, other] = [viewTable(memory), viewTable(memory)];
  one.shards[1]?.advance(7);
  expect(other.shards[1]?.advance(0)).toBe(7);
  const slot = one.arena.allocate();
  expect(other.arena.allocate()).toBe(slot + 1);
  one.requests.askAll();
  expect(other.requests.takeAll()).toBe(true);
});

test.each([
  [0, 1, 'a table has 1 to MOST_KEYS keys'],
  [60_000_001, 1, 'a table has 1 to MOST_KEYS keys'],
  [10, 3, 'the number of shards is a power of two'],
])('%i keys in %i shards are refused', (maxKeys, shards, fault) => {
  expect(() => reserveTable(maxKeys, { shards: shards })).toThrow(fault);
});
