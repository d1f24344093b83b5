/** The header fields that a number stands for: those of every connection, then those of its own. */
import { DEFAULT_TABLE_BYTES } from './numbers.ts';

/** From 1 on (RFC 7541, Appendix A). */
const STATIC: readonly (readonly [name: string, value: string])[] = [
  [':authority', ''],
  [':method', 'GET'],
  [':method', 'POST'],
  [':path', '/'],
  [':path', '/index.html'],
  [':scheme', 'http'],
  [':scheme', 'https'],
  [':status', '200'],
  [':status', '204'],
  [':status', '206'],
  [':status', '304'],
  [':status', '400'],
  [':status', '404'],
  [':status', '500'],
  ['accept-charset', ''],
  ['accept-encoding', 'gzip, deflate'],
  ['accept-language', ''],
  ['accept-ranges', ''],
  ['accept', ''],
  ['access-control-allow-origin', ''],
  ['age', ''],
  ['allow', ''],
  ['authorization', ''],
  ['cache-control', ''],
  ['content-disposition', ''],
  ['content-encoding', ''],
  ['content-language', ''],
  ['content-length', ''],
  ['content-location', ''],
  ['content-range', ''],
  ['content-type', ''],
  ['cookie', ''],
  ['date', ''],
  ['etag', ''],
  ['expect', ''],
  ['expires', ''],
  ['from', ''],
  ['host', ''],
  ['if-match', ''],
  ['if-modified-since', ''],
  ['if-none-match', ''],
  ['if-range', ''],
  ['if-unmodified-since', ''],
  ['last-modified', ''],
  ['link', ''],
  ['location', ''],
  ['max-forwards', ''],
  ['proxy-authenticate', ''],
  ['proxy-authorization', ''],
  ['range', ''],
  ['referer', ''],
  ['refresh', ''],
  ['retry-after', ''],
  ['server', ''],
  ['set-cookie', ''],
  ['strict-transport-security', ''],
  ['transfer-encoding', ''],
  ['user-agent', ''],
  ['vary', ''],
  ['via', ''],
  ['www-authenticate', ''],
];
const STATIC_NAMES = STATIC.map(([name]) => name);
const STATIC_VALUES = STATIC.map(([, value]) => value);

/** What a field counts for beside its name and value. */
export const FIELD_BYTES = 32;
/** As many as fit, and a power of two. */
const MOST_FIELDS = DEFAULT_TABLE_BYTES / FIELD_BYTES;

export class HeaderTable {
  /** Of its own fields the newest is at #newest, those before it at the places below, around. */
  readonly #names: string[] = new Array(MOST_FIELDS).fill('');
  readonly #values: string[] = new Array(MOST_FIELDS).fill('');
  #newest = 0;
  #count = 0;
  #bytes = 0;
  #mostBytes = DEFAULT_TABLE_BYTES;
  /** Rises with whatever may give a number another meaning. */
  changes = 0;

  /** Whether a field has this number. */
  has(index: number): boolean {
    return index > 0 && index <= STATIC.length + this.#count;
  }

  /** REQUIRES: has(index). */
  nameAt(index: number): string {
    const own = index - STATIC.length - 1;
    return (own < 0 ? STATIC_NAMES[index - 1] : this.#names[this.#placeOf(own)]) as string;
  }

  /** REQUIRES: has(index). */
  valueAt(index: number): string {
    const own = index - STATIC.length - 1;
    return (own < 0 ? STATIC_VALUES[index - 1] : this.#values[this.#placeOf(own)]) as string;
  }

  /** A character is a byte. One that is larger than all of the table leaves it empty. */
  add(name: string, value: string): void {
    this.changes++;
    const bytes = FIELD_BYTES + name.length + value.length;
    this.#evict(this.#mostBytes - bytes);
    if (bytes > this.#mostBytes) return;
    this.#newest = (this.#newest + 1) % MOST_FIELDS;
    this.#names[this.#newest] = name;
    this.#values[this.#newest] = value;
    this.#count++;
    this.#bytes += bytes;
  }

  resize(mostBytes: number): void {
    this.changes++;
    this.#mostBytes = mostBytes;
    this.#evict(mostBytes);
  }

  /** Forgets the oldest until there are at most so many bytes. */
  #evict(mostBytes: number): void {
    while (this.#count > 0 && this.#bytes > mostBytes) {
      const place = this.#placeOf(--this.#count);
      const [name, value] = [this.#names[place] as string, this.#values[place] as string];
      this.#bytes -= FIELD_BYTES + name.length + value.length;
      // Else a value of 4 kB lived on in a table that was told to be empty.
      this.#names[place] = '';
      this.#values[place] = '';
    }
  }

  #placeOf(own: number): number {
    return (this.#newest - own + MOST_FIELDS) % MOST_FIELDS;
  }
}
