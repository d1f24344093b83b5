/** Keys that collide, with a hash key that the test knows: how far a search goes at most. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SEARCH_DEPTH, SEARCH_DEPTH_IDEAL, TABLE_FULL } from '../../../src/metrics/cells.ts';
import { MOST_DISTANCE } from '../../../src/table/hash-engine/hash-layout.ts';
import { numbered } from '../../tree/trees.ts';
import { BRIEF, DAILY, limitOf, TestTable } from '../tables.ts';
import { HashTable } from './hash-rows.ts';

const SHARED = limitOf(3, 3_000);

describe('keys with one home', () => {
  test('lie one after the other, and no search goes further than MOST_DISTANCE', () => {
    const table = new HashTable(100);
    const keys = table.colliding(60, 7);
    const decisions = keys.map((key) => table.take(key, SHARED));
    expect(table.taken()).toEqual(Array.from({ length: MOST_DISTANCE }, (_, i) => 7 + i));
    expect(table.table.size).toBe(MOST_DISTANCE);
    expect(decisions.map(({ degraded }) => degraded)).toEqual(
      keys.map((_, i) => i >= MOST_DISTANCE),
    );
    expect(table.counted(TABLE_FULL)).toBe(60 - MOST_DISTANCE);
    table.check();
  });

  test('for which there is no room share a bucket, as where the table is full', () => {
    const table = new HashTable(100);
    const keys = table.colliding(60, 7);
    table.takeAll(keys.slice(0, MOST_DISTANCE), SHARED);
    const [one, other, third, fourth] = keys.slice(MOST_DISTANCE) as [string, ...string[]];
    expect(table.take(one, SHARED, 0)).toMatchObject({ remaining: 3, degraded: false });
    expect(table.take(one, SHARED, 2)).toMatchObject({ remaining: 1, degraded: true });
    expect(table.take(other as string, SHARED, 0)).toMatchObject({ remaining: 1, degraded: true });
    expect(table.take(third as string, SHARED)).toMatchObject({ allowed: true, remaining: 0 });
    expect(table.take(fourth as string, SHARED)).toMatchObject({ allowed: false, degraded: true });
    // The others of the table have room, and start as a copy of that bucket.
    expect(table.take('elsewhere', SHARED)).toMatchObject({ allowed: false, degraded: false });
    expect(table.take('elsewhere', SHARED, 0)).toMatchObject({ remaining: 0, degraded: false });
  });

  test('get room once others are evicted', () => {
    const table = new HashTable(100);
    const keys = table.colliding(40, 7);
    table.takeAll(keys.slice(0, 10), BRIEF);
    table.takeAll(keys.slice(10, MOST_DISTANCE), DAILY);
    expect(table.take(keys[MOST_DISTANCE] as string, BRIEF).degraded).toBe(true);
    table.pass(1);
    table.rebalancer.serve();
    expect(table.table.size).toBe(MOST_DISTANCE - 10);
    const late = keys.slice(MOST_DISTANCE).map((key) => table.take(key, DAILY));
    expect(late.map(({ degraded }) => degraded)).toEqual(Array(9).fill(false));
    const known = keys.slice(10, MOST_DISTANCE).map((key) => table.take(key, DAILY).allowed);
    expect(known).toEqual(Array(MOST_DISTANCE - 10).fill(false));
    table.check();
  });

  test('push no other key further than MOST_DISTANCE', () => {
    const table = new HashTable(100);
    // As far as a key with home 8 may lie, there lies one; one more with home 7 would push it on.
    table.takeAll(table.colliding(MOST_DISTANCE, 8), DAILY);
    expect(table.taken().at(-1)).toBe(8 + MOST_DISTANCE - 1);
    expect(table.take(table.colliding(1, 8 - 1)[0] as string, DAILY).degraded).toBe(false);
    const second = table.colliding(2, 7)[1] as string;
    expect(table.take(second, DAILY).degraded).toBe(true);
    table.check();
  });

  test('at the end of the row stay in it', () => {
    const table = new HashTable(100, 1);
    const last = 2 ** table.view.rows.layout.homesLog2 - 1;
    table.takeAll(table.colliding(60, last), DAILY);
    expect(table.taken().at(-1)).toBe(last + MOST_DISTANCE - 1);
    table.check();
  });
});

describe('how many words searches look at', () => {
  test('is published beside what chance would make it', () => {
    const table = new HashTable(100);
    const keys = table.colliding(3, 7);
    table.takeAll(keys, DAILY); // 1, 2 and 3 words, the free one included
    table.takeAll(keys, DAILY); // 1, 2 and 3 again
    table.rebalancer.check();
    expect(table.counted(SEARCH_DEPTH)).toBeCloseTo(2, 9);
    const load = 3 / 2 ** table.view.rows.layout.homesLog2;
    expect(table.counted(SEARCH_DEPTH_IDEAL)).toBeCloseTo((1 + 1 / (1 - load)) / 2, 9);
  });

  test.each([1, 4_000])('stays small in a full table of %i times sixteen shards', (times) => {
    const table = new HashTable(times * 16, 16);
    for (let i = 0; i < times * 16; i++)
      expect(table.take(numbered(i), DAILY).degraded).toBe(false);
    table.rebalancer.check();
    for (let i = 0; i < times * 16; i++) table.take(numbered(i), DAILY, 0);
    table.rebalancer.check();
    expect(table.counted(SEARCH_DEPTH)).toBeLessThan(2);
    expect(table.counted(TABLE_FULL)).toBe(0);
    expect(table.check().live).toBe(times * 16);
  });
});

const acts = fc.array(
  fc.record({ key: fc.nat(27), passes: fc.constantFrom(0, 0.1, 0.4), evicts: fc.boolean() }),
  { minLength: 1, maxLength: 100 },
);

test('keys that push each other on are all found, whatever is evicted between them', () => {
  const property = fc.property(acts, (list) => {
    const [table, model] = [new HashTable(64), new TestTable(64)];
    const keys = [5, 6, 8, 9].flatMap((home) => table.colliding(7, home));
    for (const { key, passes, evicts } of list) {
      table.pass(passes);
      if (evicts) table.evict();
      table.check();
      const text = keys[key] as string;
      const decision = table.take(text, BRIEF);
      expect(decision).toEqual(model.table.take(text, BRIEF, 1, table.nowUs));
    }
  });
  fc.assert(property, { numRuns: 60 });
});
