/**
 * Which override holds for a key: the first that names it or has a pattern that matches.
 *
 * Keys are found by a map, whatever their number. Patterns are tried one after the other, and only
 * those that stand before what the map has found.
 */
import { type Glob, matches, readGlob } from './glob.ts';

/** What is to be found, and the keys and patterns that lead to it. */
export interface Keyed<T> {
  readonly keys: readonly string[];
  readonly value: T;
}

/**
 * The override that holds: its place in the list, from 0, and the key or pattern that led to it.
 */
export interface Found<T> {
  readonly place: number;
  readonly by: string;
  readonly value: T;
}

interface Pattern<T> {
  readonly glob: Glob;
  readonly found: Found<T>;
}

export class Overrides<T> {
  readonly #exact = new Map<string, Found<T>>();
  readonly #patterns: Pattern<T>[] = [];
  #count = 0;

  constructor(overrides: readonly Keyed<T>[] = []) {
    for (const override of overrides) this.add(override);
  }

  /** Adds one behind all others. */
  add({ keys, value }: Keyed<T>): void {
    const place = this.#count++;
    for (const by of keys) this.#addKey({ place, by, value });
  }

  get isEmpty(): boolean {
    return this.#exact.size === 0 && this.#patterns.length === 0;
  }

  find(key: string): Found<T> | null {
    const exact = this.#exact.get(key);
    for (const { glob, found } of this.#patterns) {
      if (exact !== undefined && exact.place <= found.place) return exact;
      if (matches(glob, key)) return found;
    }
    return exact ?? null;
  }

  #addKey(found: Found<T>): void {
    const glob = readGlob(found.by);
    if (glob !== null) this.#patterns.push({ glob, found });
    else if (!this.#exact.has(found.by)) this.#exact.set(found.by, found);
  }
}
