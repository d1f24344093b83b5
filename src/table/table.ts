/**
 * The table: every key's bucket, in shards of shared memory.
 *
 * Used by deciders, one Table object a thread over the same memory. A decision holds its
 * shard's lock from the search to the store, all or none those of all its keys; what is answered is
 * worked out after.
 *
 * Invariants:
 *   1. A bucket is read and written only under its shard's lock.
 *   2. A key has at most one slot. A key without one has a full bucket, or shares its shard's
 *      overflow bucket since no slot was left when it was asked for.
 *   3. Nothing here unlinks or frees a slot: that is the rebalancer's.
 */

import { decide } from '../bucket/decide.ts';
import type { Decision } from '../bucket/decision.ts';
import {
  bringUp,
  current,
  decideKept,
  decideKeptShared,
  forgettableFromUs,
  type KeptTaking,
  takeKept,
  takeKeptShared,
} from '../bucket/kept-limit.ts';
import type { Limit } from '../bucket/limit.ts';
import {
  type Bucket,
  copyOf,
  fill,
  fullAtUs,
  fullBucket,
  refill,
  take,
  takeShared,
} from '../bucket/token-bucket.ts';
import { assert } from '../lib/assert.ts';
import type { Key } from '../memory/key.ts';
import { NONE } from '../memory/layout.ts';
import type { Cells } from '../metrics/cells.ts';
import { BucketRecords } from './bucket-records.ts';
import { HashedKeys } from './hashed-keys.ts';
import { Lookup } from './lookup.ts';
import type { Shard } from './shard.ts';
import { type TableMemory, viewTable } from './table-memory.ts';

/** A question under a limit that its asker brings. */
export interface OwnTaking {
  readonly key: string;
  readonly limit: Limit;
  readonly cost: number;
}

/** One under a limit that the service keeps. */
export interface PolicyTaking extends KeptTaking {
  readonly key: string;
  /** Of a dry run: what is not there is not taken, and stops no other. */
  readonly isDry: boolean;
}

/** One of several questions that are taken all or none. */
export type Taking = OwnTaking | PolicyTaking;

/** What became of one of them. */
interface Taken {
  /** As it was when its turn came. */
  readonly taking: Taking;
  readonly passes: boolean;
  readonly isShared: boolean;
  /** As it was left, and as it was before. */
  readonly bucket: Bucket;
  readonly before: Bucket;
  readonly atUs: number;
}

/** What a taking changed, to put it back. */
interface Undo {
  readonly shard: Shard;
  readonly slot: number;
  readonly before: Bucket;
}

export class Table {
  readonly #records: BucketRecords;
  readonly #lookup: Lookup;
  readonly #bucket: Bucket = fullBucket();
  /** Whether the last decision came from an overflow bucket, or the last look was at one. */
  #degraded = false;

  /** `keys`: where whoever counts keys finds them again. */
  constructor(memory: TableMemory, cells: Cells, keys = new HashedKeys(memory.hashKey)) {
    const view = viewTable(memory);
    assert(view.records instanceof BucketRecords, 'the table was reserved for buckets');
    this.#records = view.records;
    this.#lookup = new Lookup(view, keys, cells);
  }

  /**
   * Decides, and takes `cost` tokens from the key's bucket if they are there. A cost below 0 gives
   * tokens back.
   *
   * REQUIRES: `key` is well formed and 1 to 256 bytes of UTF-8; cost <= limit.capacity; `nowUs` is
   * of the clock that all threads share.
   */
  take(key: string, limit: Limit, cost: number, nowUs: number): Decision {
    const sought = this.#lookup.key(key);
    const shard = this.#lookup.shardOf(sought);
    this.#lookup.lock(shard);
    const atUs = shard.advance(nowUs);
    const slot = this.#slotFor(shard, sought, cost, atUs);
    const allowed = this.#takeFrom(shard, slot, limit, cost, atUs);
    shard.unlock();
    return this.#decide(limit, cost, atUs, allowed);
  }

  /**
   * As take(), under a limit that the service keeps: a cost above the capacity is denied, and an
   * overdraft taken whether it is there or not. REQUIRES: `key` and `nowUs` as take() does.
   */
  takeKept(taking: Omit<PolicyTaking, 'isDry'>, nowUs: number): Decision {
    const sought = this.#lookup.key(taking.key);
    const shard = this.#lookup.shardOf(sought);
    this.#lookup.lock(shard);
    const atUs = shard.advance(nowUs);
    const now = current(taking, atUs);
    const slot = this.#slotFor(shard, sought, now.cost, atUs);
    const isThere = this.#takeKeptFrom(shard, slot, now, atUs);
    shard.unlock();
    return decideTaking(now, this.#bucket, isThere, { atUs, isShared: this.#degraded });
  }

  /**
   * Takes all that is asked for, or nothing. Each decision says whether it alone was allowed, or
   * would have been. REQUIRES: of each taking what take() or takeKept() does; no key twice; no cost
   * below 0, unless all are.
   */
  takeAll(
    takings: readonly Taking[],
    nowUs: number,
  ): { readonly allowed: boolean; readonly each: readonly Decision[] } {
    const [first] = takings;
    if (takings.length === 1 && first !== undefined && 'kept' in first) {
      const decision = this.takeKept(first, nowUs);
      return { allowed: decision.allowed || first.isDry, each: [decision] };
    }
    const keys = this.#lookup.keys(takings.map(({ key }) => key));
    const shards = this.#lookup.lockAll(keys);
    const undo: Undo[] = [];
    let stands = true;
    const taken = takings.map((taking, i) => {
      const one = this.#takeOne(taking, keys[i] as Key, nowUs, undo);
      stands &&= one.passes || mayFail(taking);
      return one;
    });
    // Backwards: two of them may have shared a bucket.
    if (!stands) for (const one of undo.reverse()) this.#putBack(one);
    for (const shard of shards) shard.unlock();
    const each = taken.map(({ taking, passes, isShared, bucket, before, atUs }) => {
      const isUndone = passes && !stands;
      if (isUndone) bringUpFor(taking, before, isShared, atUs);
      return decideTaking(taking, isUndone ? before : bucket, passes, { atUs, isShared });
    });
    const isAllowed = ({ passes, taking }: Taken) => passes || isDryTaking(taking);
    return { allowed: taken.every(isAllowed), each };
  }

  /**
   * Fills the key's bucket. Returns whether it has one of its own; one that keys share is left as
   * it is. REQUIRES: `key` and `nowUs` as take() does.
   */
  reset(key: string, nowUs: number): boolean {
    const sought = this.#lookup.key(key);
    const shard = this.#lookup.shardOf(sought);
    this.#lookup.lock(shard);
    const atUs = shard.advance(nowUs);
    const slot = this.#lookup.find(shard, sought);
    if (slot !== NONE) {
      // Not unlinked: that is for a swap to do, which finds it full.
      this.#records.load(slot, this.#bucket);
      fill(this.#bucket, atUs);
      this.#records.store(slot, this.#bucket);
      shard.expectFull(atUs);
    }
    shard.unlock();
    return slot !== NONE;
  }

  /** Keys that have a slot now. Needs no lock, and may be a moment old. */
  get size(): number {
    return this.#lookup.size;
  }

  /** Takes one of several; `undo` is told how to put it back. REQUIRES: its shard is locked. */
  #takeOne(asked: Taking, key: Key, nowUs: number, undo: Undo[]): Taken {
    const shard = this.#lookup.shardOf(key);
    const atUs = shard.advance(nowUs);
    const taking = 'kept' in asked ? current(asked, atUs) : asked;
    const slot = this.#slotFor(shard, key, taking.cost, atUs);
    const before = copyOf(this.#bucket);
    const passes =
      'kept' in taking
        ? this.#takeKeptFrom(shard, slot, taking, atUs)
        : this.#takeFrom(shard, slot, taking.limit, taking.cost, atUs);
    if (slot !== NONE) undo.push({ shard, slot, before });
    const bucket = copyOf(this.#bucket);
    return { taking, passes, isShared: this.#degraded, bucket, before, atUs };
  }

  /** Loads the key's bucket and returns the slot to store it in; NONE for a look at no bucket. */
  #slotFor(shard: Shard, key: Key, cost: number, nowUs: number): number {
    const found = this.#lookup.find(shard, key);
    this.#degraded = false;
    if (found !== NONE) {
      this.#records.load(found, this.#bucket);
      return found;
    }
    // While the overflow bucket is not full, some of what it lacks may be this key's doing.
    this.#records.load(shard.overflow, this.#bucket);
    refill(this.#bucket, nowUs);
    if (cost <= 0) {
      this.#degraded = this.#bucket.used > 0 && this.#lookup.isFullFor(shard, key);
      return NONE;
    }
    const slot = this.#lookup.add(shard, key);
    this.#degraded = slot === NONE;
    return this.#degraded ? shard.overflow : slot;
  }

  /**
   * Takes from the bucket that was loaded, and stores it. Returns whether the tokens were there.
   */
  #takeFrom(shard: Shard, slot: number, limit: Limit, cost: number, atUs: number): boolean {
    const bucket = this.#bucket;
    const isShared = this.#degraded;
    const allowed = isShared
      ? takeShared(bucket, limit, cost, atUs)
      : take(bucket, limit, cost, atUs);
    if (slot !== NONE) {
      this.#records.store(slot, bucket);
      if (!isShared) shard.expectFull(fullAtUs(bucket));
    }
    return allowed;
  }

  /** As takeFrom(), under a limit that the service keeps. */
  #takeKeptFrom(shard: Shard, slot: number, taking: KeptTaking, atUs: number): boolean {
    const bucket = this.#bucket;
    const isShared = this.#degraded;
    if (!isShared) bringUp(bucket, taking.kept, atUs);
    const isThere = isShared
      ? takeKeptShared(bucket, taking, atUs)
      : takeKept(bucket, taking, atUs);
    if (slot !== NONE) {
      this.#records.store(slot, bucket);
      if (!isShared) shard.expectFull(forgettableFromUs(bucket));
    }
    return isThere;
  }

  #putBack({ shard, slot, before }: Undo): void {
    this.#records.store(slot, before);
    if (slot !== shard.overflow) shard.expectFull(forgettableFromUs(before));
  }

  #decide(limit: Limit, cost: number, nowUs: number, allowed: boolean): Decision {
    return decide(this.#bucket, limit, { cost, nowUs }, { allowed, degraded: this.#degraded });
  }
}

/** Whether it may be denied without stopping the others. */
function mayFail(taking: Taking): boolean {
  return 'kept' in taking && (taking.isDry || taking.overdraft);
}

function isDryTaking(taking: Taking): boolean {
  return 'kept' in taking && taking.isDry;
}

function bringUpFor(taking: Taking, bucket: Bucket, isShared: boolean, atUs: number): void {
  if ('kept' in taking && !isShared) bringUp(bucket, taking.kept, atUs);
  else refill(bucket, atUs);
}

function decideTaking(
  taking: Omit<PolicyTaking, 'isDry'> | OwnTaking,
  bucket: Bucket,
  passes: boolean,
  { atUs, isShared }: { readonly atUs: number; readonly isShared: boolean },
): Decision {
  if ('kept' in taking) {
    return isShared
      ? decideKeptShared(bucket, taking, passes, atUs)
      : decideKept(bucket, taking, passes, atUs);
  }
  const question = { cost: taking.cost, nowUs: atUs };
  return decide(bucket, taking.limit, question, { allowed: passes, degraded: isShared });
}
