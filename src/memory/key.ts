/**
 * A key as slots hold it: 17 big-endian words, so that comparing words compares bytes.
 *
 * A key of up to 68 bytes stands whole, padded with zeros. A longer one is its first 36 bytes, for
 * people who list keys, and the SHA-256 of all of it. The length tells the two apart, so no key
 * can pass itself off as another's digest; it also orders keys that differ in trailing NULs.
 */
import { hash } from 'node:crypto';
import { MOST_KEY_BYTES } from '../contract/bounds.ts';
import { assert } from '../lib/assert.ts';
import { KEY_WORDS } from './layout.ts';

const WHOLE_BYTES = KEY_WORDS * 4;
const DIGEST_BYTES = 32;
const PREFIX_BYTES = WHOLE_BYTES - DIGEST_BYTES;

const ASCII_END = 0x80;

/** The bytes of the key that is being set. One thread sets one at a time. */
const keyBytes = new Uint8Array(MOST_KEY_BYTES);
const encoder = new TextEncoder();

/** A key that is looked for. Whoever decides on one key at a time fills one anew for each. */
export class Key {
  /** One more than a key fills: the last, partial word is written even where it is empty. */
  readonly words: Int32Array = new Int32Array(KEY_WORDS + 1);
  /** Bytes of the whole key. */
  length = 0;
  /** Words a comparison has to look at. */
  wordCount = 0;
  /** The keyed hash of `words` and `length`, by which the table finds it. Set by table/lookup. */
  hash = 0;

  /** REQUIRES: `text` is well formed and 1 to 256 bytes of UTF-8. */
  set(text: string): void {
    const length = text.length;
    if (length > WHOLE_BYTES || !this.#setAscii(text, length)) this.#setBytes(text);
  }

  /** False where `text` has anything but ASCII; then nothing is set. */
  #setAscii(text: string, length: number): boolean {
    const words = this.words;
    const whole = length >>> 2;
    let seen = 0;
    let at = 0;
    for (let word = 0; word < whole; word++, at += 4) {
      const a = text.charCodeAt(at);
      const b = text.charCodeAt(at + 1);
      const c = text.charCodeAt(at + 2);
      const d = text.charCodeAt(at + 3);
      seen |= a | b | c | d;
      words[word] = (a << 24) | (b << 16) | (c << 8) | d;
    }
    let last = 0;
    for (let shift = 24; at < length; at++, shift -= 8) {
      const code = text.charCodeAt(at);
      seen |= code;
      last |= code << shift;
    }
    if (seen >= ASCII_END) return false;
    words[whole] = last;
    this.#finish(length, (length + 3) >>> 2);
    return true;
  }

  #setBytes(text: string): void {
    const { read, written } = encoder.encodeInto(text, keyBytes);
    assert(read === text.length, 'a key has at most 256 bytes');
    const bytes = keyBytes.subarray(0, written);
    if (written <= WHOLE_BYTES) {
      this.#finish(written, pack(bytes, this.words, 0));
      return;
    }
    pack(bytes.subarray(0, PREFIX_BYTES), this.words, 0);
    pack(hash('sha256', bytes, 'buffer'), this.words, PREFIX_BYTES / 4);
    this.#finish(written, KEY_WORDS);
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
