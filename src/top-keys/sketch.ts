/**
 * The keys that come most often in a stream of any length, in memory that does not grow.
 *
 * Space-Saving (A. Metwally, D. Agrawal, A. El Abbadi: Efficient Computation of Frequent and Top-k
 * Elements in Data Streams, 2005): a key without an entry takes that of the least count, and its
 * count too, which is how much it may have too much. Every key that is a thousandth of the stream
 * has an entry. Counts fade, to a half in HALF_LIFE_US, by forward decay (G. Cormode, V.
 * Shkapenyuk, D. Srivastava, B. Xu: Forward Decay, 2009): instead of all entries becoming less,
 * what is counted later weighs more, which changes no order.
 *
 * Used by one thread, the only one that writes its memory.
 *
 * Invariants:
 *   1. A key's count is at least what was counted of it, and at most its error more.
 *   2. The heap has the entry of the least count first.
 */
import type { Key } from '../memory/key.ts';
import { KEY_WORDS } from '../memory/layout.ts';
import { KeyPlaces, NOWHERE } from './key-places.ts';
import {
  COUNT,
  ENTRIES,
  ENTRY_DOUBLES,
  ENTRY_WORDS,
  EPOCH,
  ERROR,
  LENGTH,
  SEQUENCE,
  type SketchMemory,
  USED,
  WORDS,
} from './sketch-memory.ts';

/** In which a count fades to a half. */
export const HALF_LIFE_US = 60_000_000;

/** Weights stay below 2 to this: a double holds their sums. */
const MOST_HALF_LIVES = 500;
/** A weight is worked out anew after this time: it changes by a ten-thousandth meanwhile. */
const WEIGHT_US = 10_000;

/** How much what is counted at a time weighs, beside what was counted at the epoch. */
export function weightAt(nowUs: number, epochUs: number, halfLifeUs: number): number {
  return 2 ** ((nowUs - epochUs) / halfLifeUs);
}

export class Sketch {
  readonly #memory: SketchMemory;
  readonly #halfLifeUs: number;
  readonly #places = new KeyPlaces(ENTRIES);
  /** Entries, the one of the least count first: a binary heap. */
  readonly #heap = new Int32Array(ENTRIES);
  /** Where each entry stands in it. */
  readonly #inHeap = new Int32Array(ENTRIES);
  #key: Key | null = null;
  #weight = 1;
  #weightUntilUs = Number.NEGATIVE_INFINITY;

  /** REQUIRES: nothing was counted into this memory. Without a half-life nothing fades. */
  constructor(memory: SketchMemory, halfLifeUs: number = HALF_LIFE_US) {
    this.#memory = memory;
    this.#halfLifeUs = halfLifeUs;
  }

  /** Counts a key once. `key.hash` is a keyed hash of it. */
  count(key: Key, nowUs: number): void {
    if (nowUs >= this.#weightUntilUs) this.#weigh(nowUs);
    this.#key = key;
    const found = this.#places.find(key.hash, this.#isIt);
    const entry = found === NOWHERE ? this.#enter(key) : found;
    this.#memory.numbers[entry * ENTRY_DOUBLES + COUNT] = this.#countOf(entry) + this.#weight;
    this.#sink(this.#inHeap[entry] as number);
  }

  /** Bound once: a closure for each question would be garbage. */
  readonly #isIt = (entry: number): boolean => {
    const { keys } = this.#memory;
    const { words, wordCount, length } = this.#key as Key;
    const at = entry * ENTRY_WORDS;
    if (keys[at + LENGTH] !== length) return false;
    for (let i = 0; i < wordCount; i++) if (keys[at + WORDS + i] !== words[i]) return false;
    return true;
  };

  /** An entry for a key that has none: a free one, or that of the least count. */
  #enter(key: Key): number {
    const { head } = this.#memory;
    const used = head[USED] as number;
    let entry = used;
    if (used < ENTRIES) {
      head[USED] = used + 1;
      this.#heap[used] = used;
      this.#inHeap[used] = used;
    } else {
      entry = this.#heap[0] as number;
      this.#places.remove(entry);
    }
    this.#write(entry, key, used < ENTRIES ? 0 : this.#countOf(entry));
    this.#places.add(entry, key.hash);
    if (used < ENTRIES) this.#rise(used);
    return entry;
  }

  #write(entry: number, { words, wordCount, length }: Key, error: number): void {
    const { keys, numbers } = this.#memory;
    const at = entry * ENTRY_WORDS;
    // Each is a barrier: nothing that is written in between is seen outside of the two.
    Atomics.add(keys, at + SEQUENCE, 1);
    keys[at + LENGTH] = length;
    for (let i = 0; i < KEY_WORDS; i++) {
      keys[at + WORDS + i] = i < wordCount ? (words[i] as number) : 0;
    }
    numbers[entry * ENTRY_DOUBLES + COUNT] = error;
    numbers[entry * ENTRY_DOUBLES + ERROR] = error;
    Atomics.add(keys, at + SEQUENCE, 1);
  }

  #countOf(entry: number): number {
    return this.#memory.numbers[entry * ENTRY_DOUBLES + COUNT] as number;
  }

  #weigh(nowUs: number): void {
    const { head } = this.#memory;
    if (head[USED] === 0) head[EPOCH] = nowUs;
    const halfLives = (nowUs - (head[EPOCH] as number)) / this.#halfLifeUs;
    if (halfLives > MOST_HALF_LIVES) this.#beginAnew(Math.floor(halfLives));
    this.#weight = weightAt(nowUs, head[EPOCH] as number, this.#halfLifeUs);
    this.#weightUntilUs = nowUs + WEIGHT_US;
  }

  /** Moves the epoch on. Exact but for what is next to nothing: counts lose powers of two. */
  #beginAnew(halfLives: number): void {
    const { head, keys, numbers } = this.#memory;
    const used = head[USED] as number;
    for (let entry = 0; entry < used; entry++) Atomics.add(keys, entry * ENTRY_WORDS + SEQUENCE, 1);
    for (let i = 0; i < used * ENTRY_DOUBLES; i++)
      numbers[i] = (numbers[i] as number) * 2 ** -halfLives;
    head[EPOCH] = (head[EPOCH] as number) + halfLives * this.#halfLifeUs;
    for (let entry = 0; entry < used; entry++) Atomics.add(keys, entry * ENTRY_WORDS + SEQUENCE, 1);
  }

  /** Moves an entry away from the first place, for as long as one behind it has less. */
  #sink(from: number): void {
    const used = this.#memory.head[USED] as number;
    const entry = this.#heap[from] as number;
    const count = this.#countOf(entry);
    let at = from;
    for (;;) {
      let next = 2 * at + 1;
      if (next >= used) break;
      const other = next + 1;
      if (other < used && this.#countAt(other) < this.#countAt(next)) next = other;
      if (this.#countAt(next) >= count) break;
      this.#put(at, this.#heap[next] as number);
      at = next;
    }
    this.#put(at, entry);
  }

  /** Moves a new entry, which has less than all others, to the first place. */
  #rise(from: number): void {
    const entry = this.#heap[from] as number;
    for (let at = from; at > 0; ) {
      const before = (at - 1) >> 1;
      this.#put(at, this.#heap[before] as number);
      at = before;
    }
    this.#put(0, entry);
  }

  #countAt(place: number): number {
    return this.#countOf(this.#heap[place] as number);
  }

  #put(place: number, entry: number): void {
    this.#heap[place] = entry;
    this.#inHeap[entry] = place;
  }
}
