/** A sweep in steps, and what deciders do between two of them. */
import { describe, expect, test } from 'vitest';
import { Cells, EVICTIONS, SWAP_HOLD, sumCells } from '../../../src/metrics/cells.ts';
import { Sweep } from '../../../src/table/hash-engine/sweep.ts';
import { numbered } from '../../tree/trees.ts';
import { BRIEF, DAILY, limitOf, SECOND } from '../tables.ts';
import { HashTable } from './hash-rows.ts';

/** Sweeps the first shard; `between` is called when a step has let the lock go. */
function sweep(table: HashTable, between: (step: number) => void = () => undefined): Float64Array {
  const cells = Cells.reserve(1);
  let reads = 0;
  const clock = () => {
    // It is read when the lock was taken, and when it was given back.
    if (++reads % 2 === 0) between(reads / 2);
    return table.nowUs;
  };
  new Sweep(table.view, clock, new Cells(cells, 0)).run(table.shard);
  return sumCells(cells);
}

function stepsOf(counted: Float64Array): number {
  const { buckets, bounds } = SWAP_HOLD;
  return counted.subarray(buckets, buckets + bounds.length + 1).reduce((sum, one) => sum + one, 0);
}

describe('a sweep', () => {
  test('evicts what is full, and nothing else, however the row is filled', () => {
    const table = new HashTable(300);
    for (let i = 0; i < 300; i++) table.take(numbered(i), i % 3 === 0 ? DAILY : BRIEF);
    table.pass(1);
    const counted = sweep(table);
    expect(counted[EVICTIONS]).toBe(200);
    expect(table.keys()).toEqual(Array.from({ length: 100 }, (_, i) => numbered(3 * i)));
    expect(table.check()).toMatchObject({ live: 100, free: 200 });
  });

  test('looks at 64 words under one lock, those that move to where it looks included', () => {
    const table = new HashTable(300);
    const { rowWords } = table.view.rows.layout;
    expect(stepsOf(sweep(table))).toBe(Math.ceil(rowWords / 64));
    // More keys than 64 have their homes in the first 64 words, and come back there as others go.
    for (let home = 0; home < 60; home++) {
      table.takeAll(table.colliding(home % 5 < 2 ? 2 : 1, home), BRIEF);
    }
    table.pass(1);
    let most = 0;
    let left = table.shard.size;
    expect(left).toBe(84);
    sweep(table, () => {
      // What a step has evicted is released after it.
      most = Math.max(most, left - table.shard.size);
      left = table.shard.size;
    });
    expect(left).toBe(0);
    expect(most).toBeLessThanOrEqual(64);
  });

  test('knows when the next bucket will be full', () => {
    const table = new HashTable(10);
    table.take('a', limitOf(1, 5));
    table.take('b', limitOf(1, 3));
    table.take('c', BRIEF);
    table.pass(1);
    sweep(table);
    expect(table.shard.fullFromUs).toBe(table.nowUs + 2 * SECOND);
    table.pass(2);
    sweep(table);
    table.pass(2);
    sweep(table);
    expect(table.shard.fullFromUs).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('between two steps', () => {
  test('what is used stays, and is expected to be full', () => {
    const table = new HashTable(300);
    const last = 2 ** table.view.rows.layout.homesLog2 - 1;
    const [key] = table.colliding(1, last) as [string];
    table.take(key, BRIEF);
    table.pass(1);
    sweep(table, (step) => {
      if (step === 1) table.take(key, BRIEF);
    });
    expect(table.keys()).toEqual([key]);
    expect(table.take(key, BRIEF).allowed).toBe(false);
    expect(table.shard.fullFromUs).toBe(table.nowUs + SECOND);
  });

  test('a key before where the sweep is is expected to be full too', () => {
    const table = new HashTable(300);
    const [key] = table.colliding(1, 0) as [string];
    sweep(table, (step) => {
      if (step === 1) table.take(key, BRIEF);
    });
    expect(table.shard.fullFromUs).toBe(table.nowUs + SECOND);
    table.check();
  });

  test('keys that are pushed on are looked at', () => {
    const table = new HashTable(300);
    const old = table.colliding(3, 64);
    table.takeAll(old, BRIEF);
    const fresh = table.colliding(4, 63);
    table.pass(1);
    sweep(table, (step) => {
      if (step === 1) table.takeAll(fresh, DAILY);
    });
    expect(table.keys()).toEqual([...fresh].sort());
    table.check();
  });
});
