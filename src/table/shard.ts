/**
 * A shard: a live tree, its lock, its journal and its counters, in two cache lines of shared memory.
 *
 * Locking: everything but lock() and `isLocked` needs the shard's lock.
 *
 * Invariants, whenever the lock is free:
 *   1. `size` is the number of nodes in the live tree, `depthSum` the sum of their depths.
 *   2. While a shadow is being built, the journal holds just the slots added since it was begun
 *      that the rebalancer has not fetched yet.
 *   3. No bucket in the live tree is full before `fullFromUs`, but for those that are set aside for
 *      the shadow being built.
 *   4. No decision or sweep was made at a time later than `latestUs`.
 */
import { assert } from '../lib/assert.ts';
import {
  type LinkSet,
  NEXT,
  NONE,
  otherLinkSet,
  RECORD_WORDS,
  SHARD_DOUBLES_LOG2,
  SHARD_WORDS,
  SHARD_WORDS_LOG2,
  type Slots,
} from '../memory/layout.ts';
import { isLocked, lock, unlock } from '../memory/mutex.ts';

const LOCK = 0; // Atomics only.
// All below is guarded by LOCK.
const ROOT = 1;
const LINKS = 2;
const SIZE = 3;
const JOURNALLING = 4;
const JOURNAL_HEAD = 5;
const JOURNAL_SIZE = 6;
const SEARCHES = 7;
// Doubles.
const LATEST_US = 4;
const FULL_FROM_US = 5;
const DEPTH_SUM = 6;
const SEARCH_STEPS = 7;

export interface ShardMemory {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
}

export class Shard {
  readonly index: number;
  /** The slot of the bucket that keys share when the table has none left. In no tree, ever. */
  readonly overflow: number;
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  readonly #slots: Slots;
  readonly #base: number;
  readonly #doublesBase: number;

  constructor(memory: ShardMemory, slots: Slots, index: number) {
    this.index = index;
    this.overflow = index + 1;
    this.#words = memory.words;
    this.#doubles = memory.doubles;
    this.#slots = slots;
    this.#base = index << SHARD_WORDS_LOG2;
    this.#doublesBase = index << SHARD_DOUBLES_LOG2;
  }

  /** Memory for shards; each starts with an empty tree. */
  static reserve(count: number): SharedArrayBuffer {
    const memory = new SharedArrayBuffer(count * SHARD_WORDS * 4);
    const doubles = new Float64Array(memory);
    for (let i = 0; i < count; i++) {
      doubles[(i << SHARD_DOUBLES_LOG2) + FULL_FROM_US] = Number.POSITIVE_INFINITY;
    }
    return memory;
  }

  /** True if it had to wait for another thread. */
  lock(): boolean {
    return lock(this.#words, this.#base + LOCK);
  }

  unlock(): void {
    unlock(this.#words, this.#base + LOCK);
  }

  get isLocked(): boolean {
    return isLocked(this.#words, this.#base + LOCK);
  }

  get root(): number {
    return this.#words[this.#base + ROOT] as number;
  }

  set root(slot: number) {
    this.#words[this.#base + ROOT] = slot;
  }

  get links(): LinkSet {
    return this.#words[this.#base + LINKS] as LinkSet;
  }

  get size(): number {
    return this.#words[this.#base + SIZE] as number;
  }

  get depthSum(): number {
    return this.#doubles[this.#doublesBase + DEPTH_SUM] as number;
  }

  get fullFromUs(): number {
    return this.#doubles[this.#doublesBase + FULL_FROM_US] as number;
  }

  set fullFromUs(timeUs: number) {
    this.#doubles[this.#doublesBase + FULL_FROM_US] = timeUs;
  }

  /**
   * The time to decide at: the later of the caller's and the latest this shard has seen. A thread
   * may have read the clock long before it got the lock.
   */
  advance(nowUs: number): number {
    const latestUs = this.#doubles[this.#doublesBase + LATEST_US] as number;
    if (nowUs <= latestUs) return latestUs;
    this.#doubles[this.#doublesBase + LATEST_US] = nowUs;
    return nowUs;
  }

  /** Notes that a bucket will be full at this time, if nobody takes from it. */
  expectFull(atUs: number): void {
    if (atUs < this.fullFromUs) this.fullFromUs = atUs;
  }

  countSearch(steps: number): void {
    this.#words[this.#base + SEARCHES] = (this.#words[this.#base + SEARCHES] as number) + 1;
    const at = this.#doublesBase + SEARCH_STEPS;
    this.#doubles[at] = (this.#doubles[at] as number) + steps;
  }

  get searches(): number {
    return this.#words[this.#base + SEARCHES] as number;
  }

  get searchSteps(): number {
    return this.#doubles[this.#doublesBase + SEARCH_STEPS] as number;
  }

  forgetSearches(): void {
    this.#words[this.#base + SEARCHES] = 0;
    this.#doubles[this.#doublesBase + SEARCH_STEPS] = 0;
  }

  /** Counts a leaf that was just hung in at this depth, and journals it if a shadow is being built. */
  added(slot: number, depth: number): void {
    this.#words[this.#base + SIZE] = this.size + 1;
    this.#doubles[this.#doublesBase + DEPTH_SUM] = this.depthSum + depth;
    if (this.#words[this.#base + JOURNALLING] === 0) return;
    const head = this.#base + JOURNAL_HEAD;
    this.#slots.records[slot * RECORD_WORDS + NEXT] = this.#words[head] as number;
    this.#words[head] = slot;
    this.#words[this.#base + JOURNAL_SIZE] = this.journalSize + 1;
  }

  startJournal(): void {
    this.#words[this.#base + JOURNALLING] = 1;
  }

  get journalSize(): number {
    return this.#words[this.#base + JOURNAL_SIZE] as number;
  }

  /** Starts the journal anew. Returns the first slot of the old one; `next` leads to the others. */
  detachJournal(): number {
    const head = this.#words[this.#base + JOURNAL_HEAD] as number;
    this.#words[this.#base + JOURNAL_HEAD] = NONE;
    this.#words[this.#base + JOURNAL_SIZE] = 0;
    return head;
  }

  /** Makes the shadow live. REQUIRES: the journal is empty and the shadow holds all it ever held. */
  swap(root: number, size: number, depthSum: number): void {
    assert(this.isLocked, 'a swap holds the lock');
    assert(this.journalSize === 0, 'a swap leaves no journalled slot behind');
    this.#words[this.#base + ROOT] = root;
    this.#words[this.#base + LINKS] = otherLinkSet(this.links);
    this.#words[this.#base + SIZE] = size;
    this.#doubles[this.#doublesBase + DEPTH_SUM] = depthSum;
    this.#words[this.#base + JOURNALLING] = 0;
    this.forgetSearches();
  }
}
