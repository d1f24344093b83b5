/** The name of a bucket taken apart again: what bucket-name has put together. */

export interface BucketParts {
  readonly domain: string;
  /** In the order of the descriptor; `isShared`: the value is a pattern that shares the bucket. */
  readonly entries: readonly {
    readonly key: string;
    readonly value: string;
    readonly isShared: boolean;
  }[];
  /** The number of the unit of a limit that the descriptor brought along; 0 for none. */
  readonly unit: number;
}

/** Null for what is no whole name, its digest among it. */
export function bucketParts(name: string): BucketParts | null {
  const reader = new Reader(name);
  const domain = reader.text();
  if (domain === null) return null;
  const entries: BucketParts['entries'][number][] = [];
  while (!reader.isAtEnd && !reader.isAt('/')) {
    const key = reader.text();
    const isShared = reader.isAt('*');
    const value = reader.text(isShared ? 1 : 0);
    if (key === null || value === null) return null;
    entries.push({ key, value, isShared });
  }
  const unit = reader.isAtEnd ? 0 : Number(reader.rest().slice(1));
  return Number.isInteger(unit) ? { domain, entries, unit } : null;
}

class Reader {
  readonly #name: string;
  #at = 0;

  constructor(name: string) {
    this.#name = name;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#name.length;
  }

  isAt(mark: string): boolean {
    return this.#name.startsWith(mark, this.#at);
  }

  rest(): string {
    return this.#name.slice(this.#at);
  }

  /** A length and as much text, `skipped` characters further; null where that is not there. */
  text(skipped = 0): string | null {
    const begin = this.#at + skipped;
    const length = /^\d{1,6}(?=:)/.exec(this.#name.slice(begin, begin + 7))?.[0];
    if (length === undefined) return null;
    const from = begin + length.length + 1;
    const to = from + Number(length);
    if (to > this.#name.length) return null;
    this.#at = to;
    return this.#name.slice(from, to);
  }
}
