/**
 * A key as slots hold it: 17 big-endian words, so that comparing words compares bytes.
 *
 * A key of up to 68 bytes stands whole, padded with zeros. A longer one is its first 36 bytes, for
 * people who list keys, and the SHA-256 of all of it. The length tells the two apart, so no key
 * can pass itself off as another's digest; it also orders keys that differ in trailing NULs. Above
 * its bytes the length has the namespace of the key (lib/namespace): the same text in two of
 * them is two keys.
 */
import { hash } from 'node:crypto';
import { MOST_KEY_BYTES } from '../contract/bounds.ts';
import { assert } from '../lib/assert.ts';
import { namespaceOf } from '../lib/namespace.ts';
import { KEY_WORDS } from './layout.ts';

export const WHOLE_BYTES = KEY_WORDS * 4;
const DIGEST_BYTES = 32;
export const PREFIX_BYTES = WHOLE_BYTES - DIGEST_BYTES;

const ASCII_END = 0x80;

/** The bits of a length that count bytes; those above are the namespace. */
export const LENGTH_BITS = 24;

const BYTES = (1 << LENGTH_BITS) - 1;

/** The bytes of a key of this length, which has the namespace above them. */
export function bytesOf(length: number): number {
  return length & BYTES;
}

/**
 * Of two keys with the same words, below 0, 0 or above 0 as the first comes before the other. By
 * their bytes first: of words one has as many as its bytes need, and a search looks at no more.
 */
export function compareLengths(one: number, other: number): number {
  return bytesOf(one) - bytesOf(other) || one - other;
}

/** The words that a key of this length, namespace and all, fills. */
export function wordsOf(length: number): number {
  const bytes = bytesOf(length);
  return bytes > WHOLE_BYTES ? KEY_WORDS : (bytes + 3) >>> 2;
}

/** A key that is looked for. Whoever decides on one key at a time fills one anew for each. */
export class Key {
  /** One more than a key fills: the last, partial word is written even where it is empty. */
  readonly words: Int32Array = new Int32Array(KEY_WORDS + 1);
  /** Bytes of the whole key, and its namespace. */
  length = 0;
  /** Words a comparison has to look at. */
  wordCount = 0;
  /** The keyed hash of `words` and `length`, by which the table finds it. Set by table/lookup. */
  hash = 0;

  /**
   * REQUIRES: `text` is well formed and 1 to 256 bytes of UTF-8, or of a namespace that
   * lib/namespace knows.
   */
  set(text: string): void {
    const namespace = namespaceOf(text);
    const from = namespace === 0 ? 0 : 1;
    const length = text.length - from;
    if (length > WHOLE_BYTES || !this.#setAscii(text, from, length)) {
      const bytes = Buffer.from(from === 0 ? text : text.slice(from), 'utf8');
      const isShort = namespace !== 0 || bytes.length <= MOST_KEY_BYTES;
      assert(isShort, 'a key has at most 256 bytes');
      this.#setBytes(bytes);
    }
    this.length |= namespace << LENGTH_BITS;
  }

  /** Makes this the key that the other is, but for its hash. */
  copy({ words, wordCount, length }: Key): void {
    for (let i = 0; i < wordCount; i++) this.words[i] = words[i] as number;
    this.#finish(length, wordCount);
  }

  /** False where `text` has anything but ASCII from `from` on; then nothing is set. */
  #setAscii(text: string, from: number, length: number): boolean {
    const words = this.words;
    const whole = length >>> 2;
    let seen = 0;
    let at = from;
    for (let word = 0; word < whole; word++, at += 4) {
      const a = text.charCodeAt(at);
      const b = text.charCodeAt(at + 1);
      const c = text.charCodeAt(at + 2);
      const d = text.charCodeAt(at + 3);
      seen |= a | b | c | d;
      words[word] = (a << 24) | (b << 16) | (c << 8) | d;
    }
    let last = 0;
    for (let shift = 24; at < text.length; at++, shift -= 8) {
      const code = text.charCodeAt(at);
      seen |= code;
      last |= code << shift;
    }
    if (seen >= ASCII_END) return false;
    words[whole] = last;
    this.#finish(length, (length + 3) >>> 2);
    return true;
  }

  #setBytes(bytes: Uint8Array): void {
    const { length } = bytes;
    if (length <= WHOLE_BYTES) {
      this.#finish(length, pack(bytes, this.words, 0));
      return;
    }
    pack(bytes.subarray(0, PREFIX_BYTES), this.words, 0);
    pack(hash('sha256', bytes, 'buffer'), this.words, PREFIX_BYTES / 4);
    this.#finish(length, KEY_WORDS);
  }

  #finish(length: number, wordCount: number): void {
    this.length = length;
    this.wordCount = wordCount;
  }
}

/** Writes bytes as big-endian words from word `at`, the last padded with zeros. Returns the end. */
function pack(bytes: Uint8Array, words: Int32Array, at: number): number {
  let end = at;
  for (let i = 0; i < bytes.length; i += 4) {
    words[end++] =
      (byteAt(bytes, i) << 24) |
      (byteAt(bytes, i + 1) << 16) |
      (byteAt(bytes, i + 2) << 8) |
      byteAt(bytes, i + 3);
  }
  return end;
}

function byteAt(bytes: Uint8Array, i: number): number {
  return i < bytes.length ? (bytes[i] as number) : 0;
}
