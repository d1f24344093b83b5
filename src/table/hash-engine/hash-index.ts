/** Finds keys in the rows of shards, and puts new ones in. */
import type { Arena } from '../../memory/arena.ts';
import type { Key } from '../../memory/key.ts';
import { NONE } from '../../memory/layout.ts';
import type { KeyIndex } from '../engine.ts';
import type { Shard } from '../shard.ts';
import type { HashRows } from './hash-rows.ts';
import type { HashView } from './hash-view.ts';
import { isKeyOf, writeKey } from './record-key.ts';

export class HashIndex implements KeyIndex<Shard> {
  readonly #arena: Arena;
  readonly #rows: HashRows;
  readonly #words: Int32Array;
  readonly #rowWords: number;
  readonly #homesLog2: number;
  readonly #homesMask: number;
  readonly #slotBits: number;
  readonly #slotMask: number;
  /** Bits of the hash in a word. */
  readonly #tagBits: number;
  readonly #tagMask: number;
  /** The lowest bits of a hash pick the shard. */
  readonly #shardBits: number;
  readonly #shardMask: number;
  /** Kept, so that the read is not optimized away. */
  prefetched = 0;
  /**
   * Where the last search ended that found nothing: the place in the row, and what would lie there.
   */
  #at = 0;
  #distance = 0;
  #tag = 0;

  constructor({ arena, rows, shards }: HashView) {
    const { rowWords, homesLog2, slotBits, distanceShift } = rows.layout;
    this.#arena = arena;
    this.#rows = rows;
    this.#words = rows.words;
    this.#rowWords = rowWords;
    this.#homesLog2 = homesLog2;
    this.#homesMask = (1 << homesLog2) - 1;
    this.#slotBits = slotBits;
    this.#slotMask = (1 << slotBits) - 1;
    this.#tagBits = distanceShift - slotBits;
    this.#tagMask = (1 << this.#tagBits) - 1;
    this.#shardBits = Math.log2(shards.length);
    this.#shardMask = shards.length - 1;
  }

  prefetch({ hash }: Key): void {
    const home = (hash >>> this.#shardBits) & this.#homesMask;
    this.prefetched = this.#words[(hash & this.#shardMask) * this.#rowWords + home] as number;
  }

  find(shard: Shard, key: Key): number {
    const words = this.#words;
    const slotBits = this.#slotBits;
    const bits = key.hash >>> this.#shardBits;
    const nearer = 1 << this.#tagBits;
    const tag = (bits >>> this.#homesLog2) & this.#tagMask;
    const home = shard.index * this.#rowWords + (bits & this.#homesMask);
    let at = home;
    // Of a word all but the slot: what this key's would be here, and the least that is as far.
    let least = nearer;
    for (;;) {
      const word = words[at] as number;
      const upper = word >>> slotBits;
      if (upper < least) break;
      if (upper === (least | tag)) {
        const slot = word & this.#slotMask;
        if (isKeyOf(this.#arena, slot, key)) {
          shard.countSearch(at - home + 1);
          return slot;
        }
      }
      at++;
      least += nearer;
    }
    shard.countSearch(at - home + 1);
    this.#at = at;
    this.#distance = at - home + 1;
    this.#tag = tag;
    return NONE;
  }

  add(shard: Shard, key: Key): number {
    const end = this.#rows.roomFrom(this.#at, this.#distance);
    if (end === -1) return NONE;
    const slot = this.#arena.allocate();
    if (slot === NONE) return NONE;
    writeKey(this.#arena, slot, key);
    const upper = (this.#distance << this.#tagBits) | this.#tag;
    this.#rows.insert(this.#at, end, (upper << this.#slotBits) | slot);
    shard.size++;
    return slot;
  }

  isFullFor(): boolean {
    return this.#arena.isFull || this.#rows.roomFrom(this.#at, this.#distance) === -1;
  }
}
