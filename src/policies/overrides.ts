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

interface Pattern {
  readonly glob: Glob;
  readonly place: number;
  readonly by: string;
}

export class Overrides<T> {
  /** By their places: little is kept of each key, as there may be very many. */
  readonly #exact = new Map<string, number>();
  readonly #patterns: Pattern[] = [];
  readonly #values: T[] = [];

  constructor(overrides: readonly Keyed<T>[] = []) {
    for (const override of overrides) this.add(override);
  }

  /** Adds one behind all others. */
  add({ keys, value }: Keyed<T>): void {
    const place = this.#values.push(value) - 1;
    for (const by of keys) {
      const glob = readGlob(by);
      if (glob !== null) this.#patterns.push({ glob, place, by });
      else if (!this.#exact.has(by)) this.#exact.set(by, place);
    }
  }

  get isEmpty(): boolean {
    return this.#values.length === 0;
  }

  find(key: string): Found<T> | null {
    const exact = this.#exact.get(key) ?? Number.POSITIVE_INFINITY;
    for (const { glob, place, by } of this.#patterns) {
      if (exact <= place) break;
      if (matches(glob, key)) return this.#found(place, by);
    }
    return exact === Number.POSITIVE_INFINITY ? null : this.#found(exact, key);
  }

  #found(place: number, by: string): Found<T> {
    return { place, by, value: this.#values[place] as T };
  }
}
