/**
 * A shard: a lock, the time, how many keys it has and how their searches went, in two cache lines
 * of shared memory. What leads to the keys is the engine's, which has the rest of those lines.
 *
 * Locking: everything but lock() and `isLocked` needs the shard's lock.
 *
 * Invariants, whenever the lock is free:
 *   1. `size` is the number of keys that have a slot.
 *   2. No bucket of the shard is full before `fullFromUs`, but for those that the engine's upkeep
 *      is looking through.
 *   3. No decision or sweep was made at a time later than `latestUs`.
 */
import { SHARD_DOUBLES_LOG2, SHARD_WORDS, SHARD_WORDS_LOG2 } from '../memory/layout.ts';
import { isLocked, lock, unlock } from '../memory/mutex.ts';

const LOCK = 0; // Atomics only.
// All below is guarded by LOCK.
const SIZE = 1;
const SEARCHES = 2;
/** From here on the words are the engine's. */
export const ENGINE_WORDS = 3;
// Doubles.
const LATEST_US = 4;
const FULL_FROM_US = 5;
const SEARCH_STEPS = 6;
/** From here on the doubles are the engine's. */
export const ENGINE_DOUBLES = 7;

export interface ShardMemory {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
}

export class Shard {
  readonly index: number;
  /** The slot of the bucket that keys share when there is none left for them. No key's, ever. */
  readonly overflow: number;
  protected readonly words: Int32Array;
  protected readonly doubles: Float64Array;
  protected readonly base: number;
  protected readonly doublesBase: number;

  constructor(memory: ShardMemory, index: number) {
    this.index = index;
    this.overflow = index + 1;
    this.words = memory.words;
    this.doubles = memory.doubles;
    this.base = index << SHARD_WORDS_LOG2;
    this.doublesBase = index << SHARD_DOUBLES_LOG2;
  }

  /** Memory for shards; each starts with no keys. */
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
    return lock(this.words, this.base + LOCK);
  }

  unlock(): void {
    unlock(this.words, this.base + LOCK);
  }

  get isLocked(): boolean {
    return isLocked(this.words, this.base + LOCK);
  }

  get size(): number {
    return this.words[this.base + SIZE] as number;
  }

  set size(keys: number) {
    this.words[this.base + SIZE] = keys;
  }

  get fullFromUs(): number {
    return this.doubles[this.doublesBase + FULL_FROM_US] as number;
  }

  set fullFromUs(timeUs: number) {
    this.doubles[this.doublesBase + FULL_FROM_US] = timeUs;
  }

  /**
   * The time to decide at: the later of the caller's and the latest this shard has seen. A thread
   * may have read the clock long before it got the lock.
   */
  advance(nowUs: number): number {
    const latestUs = this.doubles[this.doublesBase + LATEST_US] as number;
    if (nowUs <= latestUs) return latestUs;
    this.doubles[this.doublesBase + LATEST_US] = nowUs;
    return nowUs;
  }

  /** Notes that a bucket will be full at this time, if nobody takes from it. */
  expectFull(atUs: number): void {
    if (atUs < this.fullFromUs) this.fullFromUs = atUs;
  }

  countSearch(steps: number): void {
    this.words[this.base + SEARCHES] = (this.words[this.base + SEARCHES] as number) + 1;
    const at = this.doublesBase + SEARCH_STEPS;
    this.doubles[at] = (this.doubles[at] as number) + steps;
  }

  get searches(): number {
    return this.words[this.base + SEARCHES] as number;
  }

  get searchSteps(): number {
    return this.doubles[this.doublesBase + SEARCH_STEPS] as number;
  }

  forgetSearches(): void {
    this.words[this.base + SEARCHES] = 0;
    this.doubles[this.doublesBase + SEARCH_STEPS] = 0;
  }
}
