/** A tree shard's counters, time and journal. */
import { expect, test } from 'vitest';
import { NEXT, NONE, RECORD_WORDS } from '../../../src/memory/layout.ts';
import { TreeShard } from '../../../src/table/tree-engine/tree-shard.ts';
import { arenaOf } from '../../memory/slots.ts';

function shardsOf(count: number) {
  const memory = TreeShard.reserve(count);
  const views = { words: new Int32Array(memory), doubles: new Float64Array(memory) };
  const arena = arenaOf(20);
  return { arena, shards: Array.from({ length: count }, (_, i) => new TreeShard(views, i, arena)) };
}

function oneShard() {
  const { arena, shards } = shardsOf(1);
  return { arena, shard: shards[0] as TreeShard };
}

test('a new shard is empty, expects nothing full and may ask', () => {
  const { shard } = oneShard();
  expect([shard.root, shard.links, shard.size, shard.depthSum, shard.journalSize]).toEqual([
    NONE,
    0,
    0,
    0,
    0,
  ]);
  expect([shard.searches, shard.searchSteps]).toEqual([0, 0]);
  expect(shard.fullFromUs).toBe(Number.POSITIVE_INFINITY);
});

test('advance() never goes back', () => {
  const { shard } = oneShard();
  expect([5, 3, 5, 8, 0].map((us) => shard.advance(us))).toEqual([5, 5, 5, 8, 8]);
});

test('expectFull() keeps the earliest time', () => {
  const { shard } = oneShard();
  for (const us of [50, 70, 20, 30]) shard.expectFull(us);
  expect(shard.fullFromUs).toBe(20);
});

test('searches are counted until they are forgotten', () => {
  const { shard } = oneShard();
  for (const steps of [3, 0, 4]) shard.countSearch(steps);
  expect([shard.searches, shard.searchSteps]).toEqual([3, 7]);
  shard.forgetSearches();
  expect([shard.searches, shard.searchSteps]).toEqual([0, 0]);
});

test('the journal holds what is added from its start to the swap, the last first', () => {
  const { arena, shard } = oneShard();
  shard.added(2, 1);
  expect(shard.journalSize).toBe(0);
  shard.startJournal();
  for (const slot of [3, 4, 5]) shard.added(slot, 2);
  expect(shard.journalSize).toBe(3);
  const listed: number[] = [];
  for (let slot = shard.detachJournal(); slot !== NONE; ) {
    listed.push(slot);
    slot = arena.records[slot * RECORD_WORDS + NEXT] as number;
  }
  expect(listed).toEqual([5, 4, 3]);
  expect([shard.journalSize, shard.detachJournal()]).toEqual([0, NONE]);
  shard.added(6, 3);
  expect(shard.journalSize).toBe(1);
  shard.detachJournal();
  shard.lock();
  shard.swap(3, 5, 11);
  shard.unlock();
  shard.added(7, 4);
  expect(shard.journalSize).toBe(0);
  expect([shard.root, shard.size, shard.depthSum]).toEqual([3, 6, 15]);
});

test('a swap changes link sets, and changes them back', () => {
  const { shard } = oneShard();
  const links = [shard.links];
  shard.lock();
  for (let i = 0; i < 3; i++) {
    shard.swap(1, 1, 1);
    links.push(shard.links);
  }
  shard.unlock();
  expect(links).toEqual([0, 2, 0, 2]);
  expect(() => shard.swap(1, 1, 1)).toThrow('a swap holds the lock');
});

test('shards lie beside each other: what one writes no other reads', () => {
  const { shards } = shardsOf(3);
  const [before, middle, after] = shards as [TreeShard, TreeShard, TreeShard];
  middle.lock();
  middle.startJournal();
  middle.added(4, 3);
  middle.root = 4;
  middle.expectFull(9);
  middle.advance(9);
  middle.countSearch(9);
  for (const shard of [before, after]) {
    expect(shard.isLocked).toBe(false);
    expect([shard.root, shard.size, shard.depthSum, shard.journalSize]).toEqual([0, 0, 0, 0]);
    expect([shard.searches, shard.searchSteps, shard.advance(0)]).toEqual([0, 0, 0]);
    expect(shard.fullFromUs).toBe(Number.POSITIVE_INFINITY);
  }
  expect(shards.map(({ overflow }) => overflow)).toEqual([1, 2, 3]);
});
