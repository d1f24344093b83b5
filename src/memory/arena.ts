/**
 * Hands out slots of shared memory by their numbers, and takes them back.
 *
 * Used by the table (allocate) and the rebalancer (release), from any thread.
 *
 * Locking: allocate() and release() take the arena's own lock, which may be taken while a shard's
 * is held and never the other way round.
 *
 * Invariants:
 *   1. A slot is handed out to one owner at a time: it is linked in one tree, in the free list,
 *      in the hands of the thread that allocates or releases it, or not yet touched.
 *   2. Slots are touched in order of need: memory never used costs nothing.
 *   3. A slot comes as it was released: to clear its links is for who linked it.
 */
import { assert } from '../lib/assert.ts';
import {
  ARENA_WORDS,
  KEY_LENGTH,
  NEXT,
  NODE_WORDS_LOG2,
  NONE,
  RECORD_WORDS,
  SLOT_BYTES,
  type Slots,
} from './layout.ts';
import { lock, unlock } from './mutex.ts';

const LOCK = 0; // Atomics only.
const FREE_HEAD = 1; // Written under LOCK; read without it only to see whether it is worth taking.
const FREE_COUNT = 2; // Written under LOCK; read without it to count.
const TOUCHED = 3; // Atomics only: the slots below this number have been handed out at least once.

export class Arena implements Slots {
  /** Slots from 1 to this. */
  readonly capacity: number;
  readonly nodes: Int32Array;
  readonly records: Int32Array;
  readonly doubles: Float64Array;
  readonly #header: Int32Array;

  /** `memory` is what reserve() made, in the thread that made it or any other. */
  constructor(memory: SharedArrayBuffer) {
    const slots = (memory.byteLength - ARENA_WORDS * 4) / SLOT_BYTES;
    const nodeWords = slots << NODE_WORDS_LOG2;
    const records = (ARENA_WORDS + nodeWords) * 4;
    this.#header = new Int32Array(memory, 0, ARENA_WORDS);
    this.nodes = new Int32Array(memory, ARENA_WORDS * 4, nodeWords);
    this.records = new Int32Array(memory, records);
    this.doubles = new Float64Array(memory, records);
    this.capacity = slots - 1;
  }

  /** Memory for `slots` slots: reserved now, taken from the machine as it is touched. */
  static reserve(slots: number): SharedArrayBuffer {
    const memory = new SharedArrayBuffer(ARENA_WORDS * 4 + (slots + 1) * SLOT_BYTES);
    new Int32Array(memory)[TOUCHED] = 1;
    return memory;
  }

  /** A slot, or NONE where there is none left. */
  allocate(): number {
    if (Atomics.load(this.#header, FREE_HEAD) !== NONE) {
      const slot = this.#popFree();
      if (slot !== NONE) return slot;
    }
    if (Atomics.load(this.#header, TOUCHED) > this.capacity) return NONE;
    const slot = Atomics.add(this.#header, TOUCHED, 1);
    if (slot <= this.capacity) return slot;
    Atomics.sub(this.#header, TOUCHED, 1);
    return NONE;
  }

  /** Whether the next allocate() would find nothing. May be out of date when it is read. */
  get isFull(): boolean {
    return (
      Atomics.load(this.#header, FREE_HEAD) === NONE &&
      Atomics.load(this.#header, TOUCHED) > this.capacity
    );
  }

  /**
   * Slots that are handed out: two cells, however many slots there are. Needs no lock, and may be a
   * moment old. The free ones are read first: each of them had been touched by then.
   */
  get used(): number {
    const free = Atomics.load(this.#header, FREE_COUNT);
    return Math.min(Atomics.load(this.#header, TOUCHED) - 1, this.capacity) - free;
  }

  /** REQUIRES: nothing reaches these slots any more, and each is given once. */
  release(slots: Int32Array, count: number): void {
    if (count === 0) return;
    for (let i = 0; i < count; i++) {
      const slot = slots[i] as number;
      assert(slot > NONE && slot <= this.capacity, 'a released slot is one of the arena');
      const record = slot * RECORD_WORDS;
      assert(this.records[record + KEY_LENGTH] !== 0, 'a slot is released once');
      this.records[record + KEY_LENGTH] = 0;
      this.records[record + NEXT] = i + 1 < count ? (slots[i + 1] as number) : NONE;
    }
    const last = (slots[count - 1] as number) * RECORD_WORDS;
    lock(this.#header, LOCK);
    this.records[last + NEXT] = this.#header[FREE_HEAD] as number;
    this.#header[FREE_COUNT] = (this.#header[FREE_COUNT] as number) + count;
    Atomics.store(this.#header, FREE_HEAD, slots[0] as number);
    unlock(this.#header, LOCK);
  }

  /** The free slots, for the checker, and how many were ever touched. Takes the arena's lock. */
  inspect(): { readonly free: readonly number[]; readonly touched: number } {
    lock(this.#header, LOCK);
    const free: number[] = [];
    const count = this.#header[FREE_COUNT] as number;
    let slot = this.#header[FREE_HEAD] as number;
    while (slot !== NONE && free.length <= count) {
      free.push(slot);
      slot = this.records[slot * RECORD_WORDS + NEXT] as number;
    }
    const touched = Math.min(Atomics.load(this.#header, TOUCHED) - 1, this.capacity);
    unlock(this.#header, LOCK);
    assert(free.length === count, 'the free list is as long as its count says');
    return { free, touched };
  }

  #popFree(): number {
    lock(this.#header, LOCK);
    const slot = this.#header[FREE_HEAD] as number;
    if (slot !== NONE) {
      const next = slot * RECORD_WORDS + NEXT;
      Atomics.store(this.#header, FREE_HEAD, this.records[next] as number);
      this.#header[FREE_COUNT] = (this.#header[FREE_COUNT] as number) - 1;
      this.records[next] = NONE;
    }
    unlock(this.#header, LOCK);
    return slot;
  }
}
