/**
 * Which entry of a sketch has a key: a hash table with linear probing, by a keyed hash that nobody
 * outside can choose. Deletion moves up what would not be found any more (D. E. Knuth, The Art of
 * Computer Programming, volume 3, section 6.4, algorithm R), so that no place is ever lost.
 */

/** Of no entry. */
export const NOWHERE = -1;

export class KeyPlaces {
  readonly #mask: number;
  /** Entries and 1; 0 where a place is free. */
  readonly #places: Int32Array;
  /** Of each entry the hash that it was added with. */
  readonly #hashes: Int32Array;

  /** For `entries` entries, of which at most half fill the table. */
  constructor(entries: number) {
    const places = 1 << (32 - Math.clz32(2 * entries - 1));
    this.#mask = places - 1;
    this.#places = new Int32Array(places);
    this.#hashes = new Int32Array(entries);
  }

  /** The entry of this hash for which `isIt` says so. */
  find(hash: number, isIt: (entry: number) => boolean): number {
    for (let at = hash & this.#mask; ; at = (at + 1) & this.#mask) {
      const entry = (this.#places[at] as number) - 1;
      if (entry === NOWHERE) return NOWHERE;
      if (this.#hashes[entry] === hash && isIt(entry)) return entry;
    }
  }

  /** REQUIRES: the entry has no place. */
  add(entry: number, hash: number): void {
    let at = hash & this.#mask;
    while (this.#places[at] !== 0) at = (at + 1) & this.#mask;
    this.#places[at] = entry + 1;
    this.#hashes[entry] = hash;
  }

  /** REQUIRES: the entry has a place. */
  remove(entry: number): void {
    let free = (this.#hashes[entry] as number) & this.#mask;
    while (this.#places[free] !== entry + 1) free = (free + 1) & this.#mask;
    for (let at = free; ; ) {
      at = (at + 1) & this.#mask;
      const other = (this.#places[at] as number) - 1;
      if (other === NOWHERE) break;
      const wanted = (this.#hashes[other] as number) & this.#mask;
      // Whether it would be looked for at the free place before this one.
      if (((at - wanted) & this.#mask) < ((at - free) & this.#mask)) continue;
      this.#places[free] = other + 1;
      free = at;
    }
    this.#places[free] = 0;
  }
}
