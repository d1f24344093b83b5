/**
 * The rows of the index: a Robin Hood hash table a shard (P. Celis, "Robin Hood Hashing", 1986),
 * with open addressing, and with the distances in the words: what is found on the way is moved and
 * told apart without a look at any slot.
 *
 * Used by the index of each decider and by the sweep. Locking: every call needs the shard's lock.
 *
 * Invariants of a row, whenever the lock is free:
 *   1. The keys lie in the order of their homes, each as near to its home as that allows; so there
 *      is no free word between a key and its home, and a search ends where keys begin that lie
 *      nearer to their homes than the one that is looked for would.
 *   2. No key lies further than MOST_DISTANCE. One that would, or would push another there, is not
 *      put in: so a search never looks at more words, not even for keys that collide on purpose.
 */
import { assert } from '../../lib/assert.ts';
import { type HashLayout, MOST_DISTANCE } from './hash-layout.ts';

export class HashRows {
  readonly words: Int32Array;
  readonly layout: HashLayout;
  /** What a word grows by where its key is moved a word further. */
  readonly #further: number;

  constructor(memory: SharedArrayBuffer, layout: HashLayout) {
    this.words = new Int32Array(memory);
    this.layout = layout;
    this.#further = 1 << layout.distanceShift;
  }

  static reserve({ rowWords }: HashLayout, shards: number): SharedArrayBuffer {
    return new SharedArrayBuffer(rowWords * shards * 4);
  }

  /**
   * The first free word from `at` on, where a key could be put in at `at` with this distance; -1
   * where it or another would then lie too far.
   */
  roomFrom(at: number, distance: number): number {
    if (distance > MOST_DISTANCE) return -1;
    let end = at;
    for (let word = this.words[end] as number; word !== 0; word = this.words[++end] as number) {
      if (this.distanceOf(word) === MOST_DISTANCE) return -1;
    }
    return end;
  }

  /** Puts a word in at `at`. REQUIRES: `end` is what roomFrom() has just returned for it. */
  insert(at: number, end: number, word: number): void {
    const { words } = this;
    for (let i = end; i > at; i--) words[i] = ((words[i - 1] as number) + this.#further) | 0;
    words[at] = word;
  }

  /** Takes the word at `at` out, and moves those nearer to their homes that follow. */
  remove(at: number): void {
    const { words } = this;
    assert(words[at] !== 0, 'a word is taken out once');
    let i = at;
    for (
      let word = words[i + 1] as number;
      this.distanceOf(word) > 1;
      word = words[i + 1] as number
    ) {
      words[i] = (word - this.#further) | 0;
      i++;
    }
    words[i] = 0;
  }

  /** 0 for a free word. */
  distanceOf(word: number): number {
    return word >>> this.layout.distanceShift;
  }

  slotOf(word: number): number {
    return word & ((1 << this.layout.slotBits) - 1);
  }
}
