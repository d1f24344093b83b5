/** Which trees are rebuilt, and when: with a clock that the tests set. */
import { describe, expect, test } from 'vitest';
import { SEARCH_DEPTH, SEARCH_DEPTH_IDEAL, SWAPS } from '../../../src/metrics/cells.ts';
import { CHECK_EVERY_MS } from '../../../src/table/sweep-times.ts';
import { idealDepthSum, idealMeanDepth } from '../../../src/tree/depth.ts';
import { numbered, shuffled } from '../../tree/trees.ts';
import { BRIEF, DAILY, limitOf, TreeTable } from '../tables.ts';

const CHECK_EVERY = CHECK_EVERY_MS / 1_000;

/** As the rebalancer's thread does while nobody asks for anything. */
function idle(table: TreeTable, seconds: number): void {
  for (let passed = 0; passed < seconds; passed += CHECK_EVERY) {
    table.pass(CHECK_EVERY);
    table.rebalancer.check();
  }
}

function ascending(table: TreeTable, from: number, to: number, limit = DAILY): void {
  for (let i = from; i < to; i++) table.take(numbered(i), limit);
}

describe('check() rebuilds a shard', () => {
  test('that ascending keys have made deep', () => {
    const table = new TreeTable(2_000);
    ascending(table, 0, 2_000);
    table.rebalancer.check();
    expect(table.counted(SWAPS)).toBe(1);
    expect(table.shard.depthSum).toBe(idealDepthSum(2_000));
    table.check();
  });

  test('whose searches go deep, though few of its nodes do', () => {
    const table = new TreeTable(1_100);
    ascending(table, 0, 1_000);
    table.rebuild.run(table.shard);
    ascending(table, 1_000, 1_035);
    table.shard.forgetSearches();
    const look = (times: number) => {
      for (let i = 0; i < times; i++) table.take(numbered(1_034), DAILY, 0);
    };
    look(15);
    table.rebalancer.check();
    expect(table.counted(SWAPS)).toBe(1); // 15 searches say too little
    look(16);
    table.rebalancer.check();
    expect(table.counted(SWAPS)).toBe(2);
    expect(table.shard.depthSum).toBe(idealDepthSum(1_035));
  });

  test('and leaves those alone that need nothing', () => {
    const table = new TreeTable(2_000, 4);
    for (const number of shuffled(1_000)) table.take(numbered(number), DAILY);
    table.rebalancer.check();
    const swaps = table.counted(SWAPS);
    idle(table, 10);
    expect(table.counted(SWAPS)).toBe(swaps);
  });

  test('once: a perfect tree is left alone, however deep one searches in it', () => {
    // The deepest leaf of a perfect tree of 8 is 1.52 times as deep as its mean node.
    for (const count of [1, 2, 3, 4, 5, 8, 17, 1_000]) {
      const table = new TreeTable(count);
      ascending(table, 0, count);
      table.rebuild.run(table.shard);
      expect(table.shard.depthSum).toBe(idealDepthSum(count));
      const leaf = table.keys()[0] as string;
      for (let second = 0; second < 10; second++) {
        for (let i = 0; i < 50; i++) table.take(leaf, DAILY, 0);
        idle(table, 1);
      }
      expect(table.counted(SWAPS)).toBe(1);
    }
  });

  test.each([
    [4, 0], // a mean depth of 2.5, where 2 is perfect: half a step is not worth it
    [5, 1], // 3 where 2.2 is perfect
  ])('that is a line of %i: %i times', (count, swaps) => {
    const table = new TreeTable(count);
    ascending(table, 0, count);
    idle(table, 2);
    expect(table.counted(SWAPS)).toBe(swaps);
  });

  test('once for buckets that are full: those that stay are not looked at again and again', () => {
    const table = new TreeTable(20);
    ascending(table, 0, 10, BRIEF);
    ascending(table, 10, 20);
    idle(table, 6);
    expect(table.table.size).toBe(10);
    const swaps = table.counted(SWAPS);
    idle(table, 10);
    expect(table.counted(SWAPS)).toBe(swaps);
  });
});

describe('idle full buckets are gone within 5 seconds', () => {
  test('also of a shard that was balanced', () => {
    const table = new TreeTable(1_000);
    ascending(table, 0, 1_000, limitOf(1, 30));
    idle(table, 20);
    expect(table.shard.depthSum).toBe(idealDepthSum(1_000));
    const swaps = table.counted(SWAPS);
    idle(table, 9.5);
    expect(table.counted(SWAPS)).toBe(swaps);
    idle(table, 5.5);
    expect(table.check()).toMatchObject({ live: 0, free: 1_000 });
  });

  test('also of a shard that had its turn just before they were full', () => {
    const table = new TreeTable(100);
    ascending(table, 0, 100, limitOf(1, 2));
    table.pass(1.999);
    table.rebalancer.check();
    expect([table.counted(SWAPS), table.table.size]).toEqual([1, 100]);
    idle(table, 4.5);
    expect(table.table.size).toBe(0);
  });
});

describe('serve()', () => {
  test('rebuilds the shards that were asked for, and no others, once', () => {
    const table = new TreeTable(100, 4);
    table.view.requests.ask(1);
    table.view.requests.ask(3);
    table.rebalancer.serve();
    expect(table.view.shards.map((shard) => shard.links !== 0)).toEqual([false, true, false, true]);
    table.rebalancer.serve();
    expect(table.counted(SWAPS)).toBe(2);
  });

  test('flattens a shard whose keys come in ascending order, as they come', () => {
    const table = new TreeTable(5_000);
    for (let i = 0; i < 5_000; i++) {
      table.take(numbered(i), DAILY);
      table.rebalancer.serve();
    }
    expect(table.shard.depthSum).toBeLessThan(2 * idealDepthSum(5_000));
    expect(table.counted(SWAPS)).toBeGreaterThan(10);
    expect(table.check()).toMatchObject({ live: 5_000 });
  });

  test('does not rebuild for a sweep where nothing is full', () => {
    const table = new TreeTable(64, 4);
    ascending(table, 0, 12); // too few for a deep insertion, whatever their shards
    table.view.requests.askAll();
    table.rebalancer.serve();
    expect(table.counted(SWAPS)).toBe(0);
  });
});

describe('the mean search depth and the ideal', () => {
  test('are those of the searches since the last check', () => {
    const table = new TreeTable(3);
    table.takeAll(['a', 'b', 'c'], DAILY); // passes 0, 1 and 2 nodes
    table.takeAll(['c', 'c', 'a'], DAILY); // passes 3, 3 and 1
    table.rebalancer.check();
    expect(table.counted(SEARCH_DEPTH)).toBeCloseTo(10 / 6, 9);
    expect(table.counted(SEARCH_DEPTH_IDEAL)).toBeCloseTo(idealMeanDepth(3), 9);
  });

  test('stay as they were while nobody asks', () => {
    const table = new TreeTable(1);
    table.takeAll(['a', 'a', 'a'], DAILY);
    table.rebalancer.check();
    idle(table, 3);
    expect(table.counted(SEARCH_DEPTH)).toBeCloseTo(2 / 3, 9);
  });
});

describe('a deep insertion', () => {
  test('asks for a rebuild of its shard, once', () => {
    const table = new TreeTable(20);
    const asked = () => {
      const shards: number[] = [];
      table.view.requests.takeEach((shard) => shards.push(shard));
      return shards;
    };
    for (let i = 0; i < 12; i++) table.take(numbered(i), DAILY);
    expect(asked()).toEqual([]);
    for (let i = 12; i < 20; i++) table.take(numbered(i), DAILY);
    expect(asked()).toEqual([0]);
    expect(asked()).toEqual([]);
    table.take(numbered(19), DAILY); // a search as deep is none
    expect(asked()).toEqual([]);
  });
});
