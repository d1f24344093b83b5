/**
 * What the header fields of a request say, and whether they may be said at all (RFC 9113, 8.2 and
 * 8.3). One for each block that was decoded: blocks of the same bytes share it.
 */

import type { FieldSink } from './wire/field-decoder.ts';
import { FIELD_BYTES } from './wire/header-table.ts';

/** Of all fields, as HTTP/2 reckons them. What is beyond it is read, and not kept. */
export const MOST_LIST_BYTES = 65_536;

const NAME = /^[a-z\d!#$%&'*+.^_`|~-]+$/;
/** Nothing that ends a line, and nothing that ends a string. */
const BAD_VALUE = /[\0\r\n]/;
/** Of a single connection, which HTTP/2 says by frames. */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);
const LENGTH = /^\d{1,15}$/;

export class RequestHead implements FieldSink {
  method = '';
  path = '';
  /** Whether it is none that HTTP/2 allows: to be told so by whoever sees it. */
  isMalformed = false;
  /** What it says that the DATA frames hold; null where it does not say. */
  contentLength: number | null = null;
  readonly #isTrailers: boolean;
  readonly #names: string[] = [];
  readonly #values: string[] = [];
  #scheme: string | null = null;
  #authority: string | null = null;
  #listBytes = 0;

  constructor(isTrailers = false) {
    this.#isTrailers = isTrailers;
  }

  /** Whether its fields are more than MOST_LIST_BYTES. */
  get isTooLarge(): boolean {
    return this.#listBytes > MOST_LIST_BYTES;
  }

  /** What the first field of this name says. */
  valueOf(name: string): string | undefined {
    const place = this.#names.indexOf(name);
    return place < 0 ? undefined : this.#values[place];
  }

  field(name: string, value: string): void {
    this.#listBytes += name.length + value.length + FIELD_BYTES;
    if (this.isTooLarge) return;
    if (BAD_VALUE.test(value)) this.isMalformed = true;
    if (name.charCodeAt(0) === COLON) this.#pseudo(name, value);
    else this.#regular(name, value);
  }

  /** All fields were told. */
  end(): void {
    if (this.#isTrailers) return;
    // Those that HTTP/2 wants come first: they are there however many more follow.
    const hasAll = this.method !== '' && this.#scheme !== null && this.path !== '';
    if (!hasAll && !this.isTooLarge) this.isMalformed = true;
  }

  #pseudo(name: string, value: string): void {
    if (this.#isTrailers || this.#names.length > 0) this.isMalformed = true;
    if (name === ':method' && this.method === '') this.method = value;
    else if (name === ':path' && this.path === '') this.path = value;
    else if (name === ':scheme' && this.#scheme === null) this.#scheme = value;
    else if (name === ':authority' && this.#authority === null) this.#authority = value;
    else this.isMalformed = true;
  }

  #regular(name: string, value: string): void {
    if (!NAME.test(name) || OF_CONNECTION.has(name)) this.isMalformed = true;
    if (name === 'te' && value !== 'trailers') this.isMalformed = true;
    if (name === 'content-length') this.#length(value);
    this.#names.push(name);
    this.#values.push(value);
  }

  #length(value: string): void {
    const length = LENGTH.test(value) ? Number(value) : null;
    const isOther = this.contentLength !== null && this.contentLength !== length;
    if (length === null || isOther) this.isMalformed = true;
    this.contentLength = length;
  }
}

const COLON = 0x3a;
