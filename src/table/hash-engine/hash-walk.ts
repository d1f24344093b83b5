/**
 * Goes through a shard's row in pieces, from home to home, and through the keys of a home in their
 * order. Between two pieces keys may be put in and swept, and others moved: each keeps its home.
 * A piece ends where a home does; whoever stops within one goes on behind the key that he saw.
 *
 * Locking: the shard's lock. Nothing is allocated under it.
 */
import { assert } from '../../lib/assert.ts';
import type { Arena } from '../../memory/arena.ts';
import type { Key } from '../../memory/key.ts';
import { KEY_WORDS, RECORD_WORDS, TAIL } from '../../memory/layout.ts';
import type { KeyWalk } from '../engine.ts';
import type { RecordPage } from '../record-page.ts';
import type { Shard } from '../shard.ts';
import { homeOf, MOST_DISTANCE } from './hash-layout.ts';
import type { HashRows } from './hash-rows.ts';
import type { HashView } from './hash-view.ts';
import { compareKey, compareSlots, copyKey } from './record-key.ts';

export class HashWalk implements KeyWalk<Shard> {
  /** Kept, so that the reads are not optimized away. */
  prefetched = 0;
  readonly #arena: Arena;
  readonly #rows: HashRows;
  readonly #shardBits: number;
  readonly #slots: Int32Array;
  /** How many of the slots listed have other homes than the last of them. */
  #homeBegan = 0;

  /** `most`: records to a piece. */
  constructor({ arena, rows, shards }: HashView, most: number) {
    assert(most >= MOST_DISTANCE, 'the keys of a home are of one piece');
    this.#arena = arena;
    this.#rows = rows;
    this.#shardBits = Math.log2(shards.length);
    this.#slots = new Int32Array(most);
  }

  copyAfter(shard: Shard, after: Key | null, page: RecordPage): boolean {
    const listed = this.#listAfter(shard.index, after);
    const isAtEnd = listed <= this.#slots.length;
    const count = isAtEnd ? listed : this.#homeBegan;
    for (let n = 0; n < count; n++) {
      const slot = this.#slots[n] as number;
      const words = page.copy(this.#arena, slot, n);
      copyKey(this.#arena, slot, page.words, n * KEY_WORDS, words);
    }
    page.count = count;
    return isAtEnd;
  }

  /**
   * Lists the slots of keys behind this one. Returns how many: one more than there is room for
   * where there are others. Reads the record of each, which will be wanted soon: so the processor
   * fetches several at a time, and the lock is held for less.
   */
  #listAfter(shard: number, after: Key | null): number {
    const { words, layout } = this.#rows;
    const { records } = this.#arena;
    const from = after === null ? 0 : homeOf(after.hash, this.#shardBits, layout);
    const most = this.#slots.length;
    const row = shard * layout.rowWords;
    let seen = this.prefetched;
    let count = 0;
    let home = -1;
    for (let at = from; at < layout.rowWords && count <= most; at++) {
      const word = words[row + at] as number;
      const itsHome = at + 1 - this.#rows.distanceOf(word);
      if (word === 0 || itsHome < from) continue;
      const slot = this.#rows.slotOf(word);
      if (after !== null && itsHome === from && compareKey(this.#arena, after, slot) >= 0) continue;
      if (itsHome !== home) this.#homeBegan = count;
      home = itsHome;
      if (count < most) this.#putIn(slot, count);
      const record = slot * RECORD_WORDS;
      seen ^= (records[record] as number) ^ (records[record + TAIL] as number);
      count++;
    }
    this.prefetched = seen;
    return count;
  }

  /** Puts a slot among those of its home, of which there are a few at most. */
  #putIn(slot: number, count: number): void {
    const slots = this.#slots;
    let at = count;
    for (; at > this.#homeBegan; at--) {
      const before = slots[at - 1] as number;
      if (compareSlots(this.#arena, before, slot) < 0) break;
      slots[at] = before;
    }
    slots[at] = slot;
  }
}
