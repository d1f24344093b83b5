/**
 * The table: every key's bucket, in shards of lock-guarded search trees over shared memory.
 *
 * Used by deciders, one Table object a thread over the same memory. A decision holds one shard's
 * lock from the search to the store; what it answers is worked out after.
 *
 * Invariants:
 *   1. A bucket is read and written only under its shard's lock.
 *   2. A key has at most one slot. A key without one has a full bucket, or shares its shard's
 *      overflow bucket since no slot was left when it was asked for.
 *   3. Nothing here unlinks or frees a slot: that is the rebalancer's.
 */
import type { Decision } from '../bucket/decision.ts';
import type { Limit } from '../bucket/limit.ts';
import {
  type Bucket,
  decide,
  fill,
  fullAtUs,
  fullBucket,
  refill,
  take,
  takeShared,
} from '../bucket/token-bucket.ts';
import type { Arena } from '../memory/arena.ts';
import { NONE } from '../memory/layout.ts';
import { type Cells, LOCK_CONTENDED, TABLE_FULL } from '../metrics/cells.ts';
import { deepestInsertion } from '../tree/depth.ts';
import { Key, writeKey } from '../tree/key.ts';
import { LiveTree } from '../tree/live-tree.ts';
import { loadBucket, storeBucket } from './bucket-store.ts';
import { type HashKey, keyedHash } from './keyed-hash.ts';
import type { RebuildRequests } from './rebuild-requests.ts';
import type { Shard } from './shard.ts';
import { type TableMemory, viewTable } from './table-memory.ts';

export class Table {
  readonly #arena: Arena;
  readonly #shards: readonly Shard[];
  readonly #requests: RebuildRequests;
  readonly #hashKey: HashKey;
  readonly #cells: Cells;
  readonly #tree: LiveTree;
  readonly #key = new Key();
  readonly #bucket: Bucket = fullBucket();
  /** Whether the last decision came from an overflow bucket, or the last look was at one. */
  #degraded = false;

  constructor(memory: TableMemory, cells: Cells) {
    const view = viewTable(memory);
    this.#arena = view.arena;
    this.#shards = view.shards;
    this.#requests = view.requests;
    this.#hashKey = memory.hashKey;
    this.#cells = cells;
    this.#tree = new LiveTree(view.arena);
  }

  /**
   * Decides, and takes `cost` tokens from the key's bucket if they are there. A cost below 0 gives
   * tokens back.
   *
   * REQUIRES: `key` is well formed and 1 to 256 bytes of UTF-8; cost <= limit.capacity; `nowUs` is of
   * the clock that all threads share.
   */
  take(key: string, limit: Limit, cost: number, nowUs: number): Decision {
    this.#key.set(key);
    const shard = this.#shardOf(this.#key);
    if (shard.lock()) this.#cells.add(LOCK_CONTENDED, 1);
    const atUs = shard.advance(nowUs);
    const slot = this.#slotFor(shard, cost, atUs);
    const bucket = this.#bucket;
    const isShared = this.#degraded;
    const allowed = isShared
      ? takeShared(bucket, limit, cost, atUs)
      : take(bucket, limit, cost, atUs);
    if (slot !== NONE) {
      storeBucket(this.#arena, slot, bucket);
      if (!isShared) shard.expectFull(fullAtUs(bucket));
    }
    shard.unlock();
    return decide(bucket, limit, { cost, nowUs: atUs }, { allowed, degraded: this.#degraded });
  }

  /**
   * Fills the key's bucket. Returns whether it has one of its own; one that keys share is left as it
   * is. REQUIRES: `key` and `nowUs` as take() does.
   */
  reset(key: string, nowUs: number): boolean {
    this.#key.set(key);
    const shard = this.#shardOf(this.#key);
    if (shard.lock()) this.#cells.add(LOCK_CONTENDED, 1);
    const atUs = shard.advance(nowUs);
    const slot = this.#tree.find(shard.root, shard.links, this.#key);
    shard.countSearch(this.#tree.depth);
    if (slot !== NONE) {
      // Not unlinked: that is for a swap to do, which finds it full.
      loadBucket(this.#arena, slot, this.#bucket);
      fill(this.#bucket, atUs);
      storeBucket(this.#arena, slot, this.#bucket);
      shard.expectFull(atUs);
    }
    shard.unlock();
    return slot !== NONE;
  }

  /** Keys that have a slot now. Needs no lock, and may be a moment old. */
  get size(): number {
    let size = 0;
    for (const shard of this.#shards) size += shard.size;
    return size;
  }

  #shardOf(key: Key): Shard {
    const hash = keyedHash(this.#hashKey, key.words, key.wordCount, key.length);
    return this.#shards[hash & (this.#shards.length - 1)] as Shard;
  }

  /** Loads the key's bucket and returns the slot to store it in; NONE for a look at no bucket. */
  #slotFor(shard: Shard, cost: number, nowUs: number): number {
    const found = this.#tree.find(shard.root, shard.links, this.#key);
    shard.countSearch(this.#tree.depth);
    this.#degraded = false;
    if (found !== NONE) {
      loadBucket(this.#arena, found, this.#bucket);
      return found;
    }
    // While the overflow bucket is not full, some of what it lacks may be this key's doing.
    loadBucket(this.#arena, shard.overflow, this.#bucket);
    refill(this.#bucket, nowUs);
    if (cost <= 0) {
      this.#degraded = this.#bucket.used > 0 && this.#arena.isFull;
      return NONE;
    }
    const slot = this.#arena.allocate();
    if (slot === NONE) return this.#overflow(shard);
    this.#add(shard, slot);
    return slot;
  }

  #add(shard: Shard, slot: number): void {
    const depth = this.#tree.depth + 1;
    writeKey(this.#arena, slot, this.#key);
    shard.root = this.#tree.hang(shard.root, shard.links, slot);
    shard.added(slot, depth);
    if (depth > deepestInsertion(shard.size)) this.#requests.ask(shard.index);
  }

  #overflow(shard: Shard): number {
    this.#degraded = true;
    this.#cells.add(TABLE_FULL, 1);
    this.#requests.askAll();
    return shard.overflow;
  }
}
