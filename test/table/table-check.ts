/**
 * Walks a table and holds it against what must always be true of it: what is linked where, and
 * that every slot of the arena is accounted for once.
 *
 * Used by tests, beside running threads (checkShard) and after them (checkTable).
 *
 * Locking: checkShard() takes the shard's lock; checkTable() needs the table to itself.
 */
import { fullBucket } from '../../src/bucket/token-bucket.ts';
import { isWindow } from '../../src/bucket/window.ts';
import { assert } from '../../src/lib/assert.ts';
import type { Arena } from '../../src/memory/arena.ts';
import {
  HEAD,
  KEY_LENGTH,
  KEY_WORDS,
  NODE_WORDS_LOG2,
  NONE,
  RECORD_WORDS,
} from '../../src/memory/layout.ts';
import { BucketRecords } from '../../src/table/bucket-records.ts';
import { type HashKey, keyedHash } from '../../src/table/keyed-hash.ts';
import type { Shard } from '../../src/table/shard.ts';
import { type TableMemory, type TableView, viewTable } from '../../src/table/table-memory.ts';
import { readNodeKey, readRecordKey } from '../memory/slots.ts';
import { checkTree } from '../tree/tree-check.ts';
import { checkRow } from './hash-engine/check-row.ts';

/** How many slots there are of each kind; together all of the arena. */
export interface TableReport {
  readonly live: number;
  readonly overflow: number;
  readonly free: number;
  readonly untouched: number;
}

/**
 * Throws an AssertionError at the first fault of this shard's tree or row, counters or buckets.
 * Returns its live slots; those of a tree in the order of their keys.
 */
export function checkShard(view: TableView, shard: Shard, hashKey: HashKey): readonly number[] {
  shard.lock();
  try {
    const slots = checkEngine(view, shard.index, hashKey);
    assert(shard.size === slots.length, 'a shard counts its keys');
    for (const slot of slots) {
      assert(slot > view.shards.length, 'an overflow bucket is no key of its own');
      // A key has one hash, so this also says that no slot is in two shards.
      const home = slotHash(view, slot, hashKey) & (view.shards.length - 1);
      assert(home === shard.index, 'a key is in the shard that its hash picks');
    }
    const latestUs = shard.advance(0);
    for (const slot of [shard.overflow, ...slots]) checkBucket(view, slot, latestUs);
    return slots;
  } finally {
    // Also after a fault: a test that failed must not leave the others waiting.
    shard.unlock();
  }
}

/**
 * Checks every shard, and that each slot of the arena is a key's, an overflow bucket, free, or
 * was never touched; just one of these.
 *
 * REQUIRES: no other thread uses the table, and no shadow is being built.
 */
export function checkTable(memory: TableMemory): TableReport {
  const view = viewTable(memory);
  const { arena, shards } = view;
  const { free, touched } = arena.inspect();
  const seen = new Uint8Array(arena.capacity + 1);
  let live = 0;
  for (const shard of shards) {
    const slots = checkShard(view, shard, memory.hashKey);
    checkFullFrom(view, shard, slots);
    live += slots.length;
    for (const slot of [shard.overflow, ...slots]) see(seen, slot);
  }
  for (const slot of free) {
    see(seen, slot);
    checkBlank(arena, slot);
  }
  for (let slot = touched + 1; slot <= arena.capacity; slot++) {
    see(seen, slot);
    checkBlank(arena, slot);
  }
  assert(seen.indexOf(0, 1) === -1, 'every slot of the arena is somewhere');
  return {
    live,
    overflow: shards.length,
    free: free.length,
    untouched: arena.capacity - touched,
  };
}

function checkEngine(view: TableView, index: number, hashKey: HashKey): readonly number[] {
  if (view.engine === 'hash') {
    const hashOf = (slot: number) => slotHash(view, slot, hashKey);
    return checkRow(view.rows, index, Math.log2(view.shards.length), hashOf);
  }
  const shard = view.shards[index];
  assert(shard !== undefined, 'a shard is one of the table');
  const { slots, depthSum } = checkTree(view.arena, shard.root, shard.links);
  assert(shard.depthSum === depthSum, 'a shard adds up the depths of its nodes');
  return slots;
}

function see(seen: Uint8Array, slot: number): void {
  assert(slot > NONE && slot < seen.length, 'slots are those of the arena');
  assert(seen[slot] === 0, 'a slot is in one place');
  seen[slot] = 1;
}

/** A slot that will be handed out. */
function checkBlank(arena: Arena, slot: number): void {
  const node = slot << NODE_WORDS_LOG2;
  const links = arena.nodes.subarray(node, node + HEAD);
  assert(
    links.every((link) => link === NONE),
    'a slot that is to be handed out has no links',
  );
  assert(arena.records[slot * RECORD_WORDS + KEY_LENGTH] === 0, 'a free slot has no key');
}

function checkBucket({ arena, records }: TableView, slot: number, latestUs: number): void {
  const bucket = fullBucket();
  new BucketRecords(arena).load(slot, bucket);
  assert(Number.isSafeInteger(bucket.used), 'what is used is counted in whole units');
  assert(bucket.used >= 0, 'what is used is at least 0');
  // The record of a window has its end.
  const mayBeAhead = bucket.used === 0 || isWindow(bucket) || records.isShare(slot);
  assert(mayBeAhead || bucket.atUs <= latestUs, 'no bucket is ahead of its shard');
}

/** While a shadow is being built, what was set aside for it is full before this time. */
function checkFullFrom(view: TableView, shard: Shard, slots: readonly number[]): void {
  for (const slot of slots) {
    const fullUs = view.records.forgettableFromUs(slot);
    assert(fullUs >= shard.fullFromUs, 'a shard knows when its next bucket will be full');
  }
}

function slotHash({ arena, engine }: TableView, slot: number, hashKey: HashKey): number {
  const length = arena.records[slot * RECORD_WORDS + KEY_LENGTH] as number;
  const words = new Int32Array(KEY_WORDS);
  if (engine === 'tree') readNodeKey(arena, slot, words);
  else readRecordKey(arena, slot, words);
  return keyedHash(hashKey, words, Math.min(KEY_WORDS, (length + 3) >>> 2), length);
}
