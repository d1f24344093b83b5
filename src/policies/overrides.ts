/**
 * Which override holds for a key: the first that names it or has a pattern that matches.
 *
 * Keys are found by a map, whatever their number. So are the beginnings of patterns, one length
 * after the other; those that a key begins with are tried in their order.
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
  /** Its number among all patterns. */
  readonly number: number;
}

/** Patterns whose beginnings are of one length, by that beginning and in their order. */
interface Group {
  readonly length: number;
  readonly byStart: Map<string, Pattern[]>;
}

export class Overrides<T> {
  /** By their places: little is kept of each key, as there may be very many. */
  readonly #exact = new Map<string, number>();
  readonly #groups: Group[] = [];
  #patterns = 0;
  readonly #values: T[] = [];

  constructor(overrides: readonly Keyed<T>[] = []) {
    for (const override of overrides) this.add(override);
  }

  /** Adds one behind all others. */
  add({ keys, value }: Keyed<T>): void {
    const place = this.#values.push(value) - 1;
    for (const by of keys) {
      const glob = readGlob(by);
      if (glob !== null) this.#addPattern({ glob, place, by, number: this.#patterns++ });
      else if (!this.#exact.has(by)) this.#exact.set(by, place);
    }
  }

  get isEmpty(): boolean {
    return this.#values.length === 0;
  }

  find(key: string): Found<T> | null {
    const exact = this.#exact.get(key) ?? Number.POSITIVE_INFINITY;
    const pattern = this.#firstPattern(key);
    if (pattern !== null && pattern.place < exact) return this.#found(pattern.place, pattern.by);
    return exact === Number.POSITIVE_INFINITY ? null : this.#found(exact, key);
  }

  #firstPattern(key: string): Pattern | null {
    let first: Pattern | null = null;
    for (const { length, byStart } of this.#groups) {
      if (key.length < length) continue;
      const some = byStart.get(key.slice(0, length));
      if (some === undefined) continue;
      for (const one of some) {
        if (first !== null && first.number < one.number) break;
        if (matches(one.glob, key)) first = one;
      }
    }
    return first;
  }

  #addPattern(pattern: Pattern): void {
    const { start } = pattern.glob;
    let group = this.#groups.find(({ length }) => length === start.length);
    if (group === undefined) {
      group = { length: start.length, byStart: new Map() };
      this.#groups.push(group);
    }
    const some = group.byStart.get(start);
    if (some === undefined) group.byStart.set(start, [pattern]);
    else some.push(pattern);
  }

  #found(place: number, by: string): Found<T> {
    return { place, by, value: this.#values[place] as T };
  }
}
