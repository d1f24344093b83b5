/** Rebuilds by hand, with decisions between begin() and finish(). */
import { describe, expect, test } from 'vitest';
import { NODE_WORDS_LOG2, RECORD_WORDS, TAIL } from '../../../src/memory/layout.ts';
import { EVICTIONS, SWAP_HOLD, SWAPS } from '../../../src/metrics/cells.ts';
import { idealDepthSum } from '../../../src/tree/depth.ts';
import { compareBytes, keyOf } from '../../memory/slots.ts';
import { numbered, shuffled } from '../../tree/trees.ts';
import { BRIEF, DAILY, limitOf, SECOND, TreeTable } from '../tables.ts';

function numberedKeys(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => numbered(from + i));
}

describe('a swap', () => {
  test('changes links, and never a bucket or a key', () => {
    const table = new TreeTable(300);
    const limit = limitOf(1_000, 3_600);
    for (const number of shuffled(300)) table.take(numbered(number), limit, 1 + number);
    const { arena } = table.view;
    const before = {
      links: table.shard.links,
      records: arena.records.slice(),
      nodes: arena.nodes.slice(),
    };
    table.rebuild.run(table.shard);
    expect(table.shard.links).not.toBe(before.links);
    expect(arena.records).toEqual(before.records);
    const withoutLinks = (nodes: Int32Array) => nodes.filter((_, word) => (word & 7) >= 4);
    expect(withoutLinks(arena.nodes)).toEqual(withoutLinks(before.nodes));
    expect(table.keys()).toEqual(numberedKeys(0, 300));
  });

  test('makes a tree that ascending keys have grown as deep as large perfect', () => {
    const table = new TreeTable(1_000);
    table.takeAll(numberedKeys(0, 1_000), DAILY);
    expect(table.shard.depthSum).toBe((1_000 * 1_001) / 2);
    table.rebuild.run(table.shard);
    expect(table.shard.depthSum).toBe(idealDepthSum(1_000));
    expect(table.check()).toMatchObject({ live: 1_000, free: 0 });
  });

  test('gives no key its tokens back, and is counted', () => {
    const table = new TreeTable(100);
    const keys = numberedKeys(0, 100);
    table.takeAll(keys, DAILY);
    for (let swap = 1; swap <= 5; swap++) {
      table.rebuild.run(table.shard);
      expect(keys.filter((key) => table.take(key, DAILY).allowed)).toEqual([]);
      expect(table.counted(SWAPS)).toBe(swap);
    }
    expect(table.counted(SWAP_HOLD.buckets)).toBe(5); // the clock of this test stands still
    expect(table.counted(EVICTIONS)).toBe(0);
    table.check();
  });
});

describe('a bucket that is full when the shadow is begun', () => {
  test('is evicted: its slot is released, and is the next to be handed out', () => {
    const table = new TreeTable(3);
    table.takeAll(['a', 'b'], BRIEF);
    table.take('c', DAILY);
    table.pass(1);
    table.rebuild.run(table.shard);
    expect(table.keys()).toEqual(['c']);
    expect(table.counted(EVICTIONS)).toBe(2);
    expect(table.check()).toEqual({ live: 1, overflow: 1, free: 2, untouched: 0 });
    expect(table.take('d', BRIEF)).toMatchObject({ allowed: true, degraded: false });
    expect(table.take('e', BRIEF)).toMatchObject({ allowed: true, degraded: false });
    expect(table.check()).toEqual({ live: 3, overflow: 1, free: 0, untouched: 0 });
  });

  test('a microsecond before it is full it stays', () => {
    const table = new TreeTable(1);
    table.take('a', BRIEF);
    table.nowUs += SECOND - 1;
    table.rebuild.run(table.shard);
    expect(table.keys()).toEqual(['a']);
    table.nowUs += 1;
    table.rebuild.run(table.shard);
    expect(table.keys()).toEqual([]);
  });

  test('is put back if it is used before the swap', () => {
    const table = new TreeTable(2);
    table.takeAll(['a', 'b'], BRIEF);
    table.pass(1);
    table.rebuild.begin(table.shard);
    expect(table.take('a', BRIEF).allowed).toBe(true);
    expect(table.rebuild.finish(table.shard)).toBe(true);
    expect(table.keys()).toEqual(['a']);
    expect(table.take('a', BRIEF).allowed).toBe(false);
    expect(table.check()).toMatchObject({ live: 1, free: 1 });
  });

  test('is evicted all the same if it is only looked at', () => {
    const table = new TreeTable(1);
    table.take('a', BRIEF);
    table.pass(1);
    table.rebuild.begin(table.shard);
    expect(table.take('a', BRIEF, 0)).toMatchObject({ allowed: true, remaining: 1 });
    table.rebuild.finish(table.shard);
    expect(table.check()).toMatchObject({ live: 0, free: 1 });
  });

  test('is evicted if it is used and full again at the swap: the time is read anew', () => {
    const table = new TreeTable(1);
    table.take('a', BRIEF);
    table.pass(1);
    table.rebuild.begin(table.shard);
    table.take('a', BRIEF);
    table.pass(1);
    table.rebuild.finish(table.shard);
    expect(table.check()).toMatchObject({ live: 0, free: 1 });
  });

  test('is put back as a leaf, whatever it once had below it', () => {
    const table = new TreeTable(31);
    const keys = numberedKeys(0, 31);
    table.takeAll(keys, BRIEF);
    // Two swaps: both link sets have led somewhere by now.
    table.rebuild.run(table.shard);
    table.rebuild.run(table.shard);
    table.pass(1);
    table.rebuild.begin(table.shard);
    const inner = [keys[15], keys[7], keys[23], keys[3]] as string[];
    table.takeAll(inner, BRIEF);
    table.rebuild.finish(table.shard);
    expect(table.keys()).toEqual(inner.toSorted(compareBytes));
    expect(table.check()).toMatchObject({ live: 4, free: 27 });
  });

  test('is put back beside those that stayed', () => {
    const table = new TreeTable(40);
    const [brief, daily] = [numberedKeys(0, 20), numberedKeys(20, 40)];
    table.takeAll(brief, BRIEF);
    table.takeAll(daily, DAILY);
    table.rebuild.run(table.shard);
    table.pass(1);
    table.rebuild.begin(table.shard);
    table.takeAll(brief.slice(5, 10), DAILY);
    table.rebuild.finish(table.shard);
    const left = [...brief.slice(5, 10), ...daily];
    expect(table.keys()).toEqual(left);
    expect(left.filter((key) => table.take(key, DAILY).allowed)).toEqual([]);
    expect(table.check()).toMatchObject({ live: 25, free: 15 });
  });
});

describe('a key that comes while the shadow is built', () => {
  test('is there after the swap, with what it used', () => {
    const table = new TreeTable(10);
    table.takeAll(['b', 'd'], DAILY);
    table.rebuild.begin(table.shard);
    table.takeAll(['a', 'c', 'e'], DAILY);
    expect(table.rebuild.finish(table.shard)).toBe(true);
    expect(table.keys()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(['a', 'c', 'e'].filter((key) => table.take(key, DAILY).allowed)).toEqual([]);
    table.check();
  });

  test('is not evicted in that swap, even if it is full by then, but in the next', () => {
    const table = new TreeTable(1);
    table.rebuild.begin(table.shard);
    table.take('a', BRIEF);
    table.pass(2);
    table.rebuild.finish(table.shard);
    expect(table.keys()).toEqual(['a']);
    table.rebuild.run(table.shard);
    expect(table.check()).toMatchObject({ live: 0, free: 1 });
  });

  test('is journalled once: the next shadow begins with an empty journal', () => {
    const table = new TreeTable(3);
    table.take('a', DAILY);
    table.rebuild.begin(table.shard);
    table.take('b', DAILY);
    expect(table.shard.journalSize).toBe(1);
    table.rebuild.finish(table.shard);
    table.take('c', DAILY);
    expect(table.shard.journalSize).toBe(0);
    table.rebuild.run(table.shard);
    expect(table.keys()).toEqual(['a', 'b', 'c']);
    table.check();
  });
});

describe('many late slots', () => {
  test.each([
    [64, 1],
    [65, 2],
    [300, 2],
  ])('%i new keys take %i rounds', (late, rounds) => {
    const table = new TreeTable(500);
    table.takeAll(numberedKeys(300, 400), DAILY);
    table.rebuild.begin(table.shard);
    table.takeAll(numberedKeys(0, late), DAILY);
    const done = Array.from({ length: rounds }, () => table.rebuild.finish(table.shard));
    expect(done).toEqual([...Array(rounds - 1).fill(false), true]);
    expect(table.keys()).toEqual([...numberedKeys(0, late), ...numberedKeys(300, 400)]);
    expect(table.check()).toMatchObject({ live: 100 + late });
  });

  test('buckets to put back count with new keys', () => {
    const table = new TreeTable(200);
    table.takeAll(numberedKeys(0, 100), BRIEF);
    table.pass(1);
    table.rebuild.begin(table.shard);
    table.takeAll(numberedKeys(10, 50), BRIEF);
    table.takeAll(numberedKeys(100, 125), BRIEF);
    expect(table.rebuild.finish(table.shard)).toBe(false);
    table.takeAll(numberedKeys(50, 60), BRIEF);
    table.takeAll(numberedKeys(125, 130), BRIEF);
    expect(table.rebuild.finish(table.shard)).toBe(true);
    expect(table.keys()).toEqual([...numberedKeys(10, 60), ...numberedKeys(100, 130)]);
    expect(table.keys().filter((key) => table.take(key, BRIEF).allowed)).toEqual([]);
    expect(table.check()).toMatchObject({ live: 80, free: 50 });
  });

  test('what one round has built in is balanced', () => {
    const table = new TreeTable(2_000);
    table.rebuild.begin(table.shard);
    table.takeAll(numberedKeys(0, 2_000), DAILY);
    expect(table.rebuild.finish(table.shard)).toBe(false);
    expect(table.rebuild.finish(table.shard)).toBe(true);
    expect(table.shard.depthSum).toBeLessThan(1.2 * idealDepthSum(2_000));
    table.check();
  });

  test('a flood that never ends does not keep a shadow from use', () => {
    const table = new TreeTable(2_000);
    table.rebuild.begin(table.shard);
    let rounds = 0;
    do {
      table.takeAll(numberedKeys(rounds * 65, rounds * 65 + 65), DAILY);
      rounds++;
    } while (!table.rebuild.finish(table.shard) && rounds < 20);
    expect(rounds).toBe(9); // eight rounds with patience
    expect(table.keys()).toEqual(numberedKeys(0, 9 * 65));
    table.check();
  });
});

describe('an empty shard', () => {
  test('is rebuilt to an empty shard', () => {
    const table = new TreeTable(1);
    table.rebuild.begin(table.shard);
    expect(table.rebuild.finish(table.shard)).toBe(true);
    expect(table.check()).toEqual({ live: 0, overflow: 1, free: 0, untouched: 1 });
  });

  test.each([3, 100])('takes %i keys while its shadow is built', (count) => {
    const table = new TreeTable(100);
    table.rebuild.begin(table.shard);
    table.takeAll(numberedKeys(0, count), DAILY);
    while (!table.rebuild.finish(table.shard));
    expect(table.keys()).toEqual(numberedKeys(0, count));
    table.check();
  });

  test('is what a shard of nothing but full buckets becomes', () => {
    const table = new TreeTable(100);
    table.takeAll(numberedKeys(0, 100), BRIEF);
    table.pass(1);
    table.rebuild.run(table.shard);
    expect(table.check()).toEqual({ live: 0, overflow: 1, free: 100, untouched: 0 });
    expect([table.shard.root, table.shard.depthSum]).toEqual([0, 0]);
  });
});

test('one shard after another with the same Rebuild, each in its own tree', () => {
  const table = new TreeTable(500, 4);
  table.takeAll(numberedKeys(0, 250), BRIEF);
  table.takeAll(numberedKeys(250, 500), DAILY);
  table.pass(1);
  for (const shard of table.view.shards) table.rebuild.run(shard);
  expect(table.check()).toEqual({ live: 250, overflow: 4, free: 250, untouched: 0 });
  expect(numberedKeys(250, 500).filter((key) => table.take(key, DAILY).allowed)).toEqual([]);
});

test('a slot that is handed out again has none of its last owner left in it', () => {
  const table = new TreeTable(1);
  const { arena } = table.view;
  table.take('a long key that fills the words of its slot, more than the next', BRIEF);
  table.pass(1);
  table.rebuild.run(table.shard);
  expect(table.take('b', limitOf(5, 10)).remaining).toBe(4);
  const slot = table.shard.root;
  const record = arena.records.slice(slot * RECORD_WORDS, (slot + 1) * RECORD_WORDS);
  expect(arena.nodes[(slot << NODE_WORDS_LOG2) + 4]).toBe(keyOf('b').words[0]);
  expect([...record.subarray(TAIL)].every((word) => word === 0)).toBe(true);
});
