/**
 * A key as the tree holds it: 17 big-endian words, so that comparing words compares bytes.
 *
 * A key of up to 68 bytes stands whole, padded with zeros. A longer one is its first 36 bytes, for
 * people who list keys, and the SHA-256 of all of it. The length tells the two apart, so no key
 * can pass itself off as another's digest; it also orders keys that differ in trailing NULs.
 */
import { hash } from 'node:crypto';
import { MOST_KEY_BYTES } from '../contract/bounds.ts';
import { assert } from '../lib/assert.ts';
import {
  HEAD,
  HEAD_WORDS,
  KEY_LENGTH,
  KEY_WORDS,
  NODE_WORDS_LOG2,
  RECORD_WORDS,
  type Slots,
  TAIL,
} from '../memory/layout.ts';

const WHOLE_BYTES = KEY_WORDS * 4;
const DIGEST_BYTES = 32;
const PREFIX_BYTES = WHOLE_BYTES - DIGEST_BYTES;

const ASCII_END = 0x80;

/** A key that is looked for. One a thread, filled anew for each decision. */
export class Key {
  /** One more than a key fills: the last, partial word is written even where it is empty. */
  readonly words: Int32Array = new Int32Array(KEY_WORDS + 1);
  /** Bytes of the whole key. */
  length = 0;
  /** Words a comparison has to look at. */
  wordCount = 0;
  readonly #bytes: Uint8Array = new Uint8Array(MOST_KEY_BYTES);
  readonly #encoder = new TextEncoder();

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
    const { read, written } = this.#encoder.encodeInto(text, this.#bytes);
    assert(read === text.length, 'a key has at most 256 bytes');
    const bytes = this.#bytes.subarray(0, written);
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

/** Writes a key into a slot. REQUIRES: the slot is linked nowhere. */
export function writeKey(slots: Slots, slot: number, key: Key): void {
  const record = slot * RECORD_WORDS;
  const head = (slot << NODE_WORDS_LOG2) + HEAD;
  const tail = record + TAIL - HEAD_WORDS;
  for (let i = 0; i < KEY_WORDS; i++) {
    const word = i < key.wordCount ? (key.words[i] as number) : 0;
    if (i < HEAD_WORDS) slots.nodes[head + i] = word;
    else slots.records[tail + i] = word;
  }
  slots.records[record + KEY_LENGTH] = key.length;
}

/** Below 0, 0 or above 0 as `key` sorts before, is, or sorts after the key of `slot`. */
export function compareKey(slots: Slots, key: Key, slot: number): number {
  const { words, wordCount } = key;
  const nodes = slots.nodes;
  const head = (slot << NODE_WORDS_LOG2) + HEAD;
  for (let i = 0; i < HEAD_WORDS && i < wordCount; i++) {
    const a = words[i] as number;
    const b = nodes[head + i] as number;
    if (a !== b) return a >>> 0 < b >>> 0 ? -1 : 1;
  }
  const records = slots.records;
  const record = slot * RECORD_WORDS;
  for (let i = HEAD_WORDS; i < wordCount; i++) {
    const a = words[i] as number;
    const b = records[record + TAIL - HEAD_WORDS + i] as number;
    if (a !== b) return a >>> 0 < b >>> 0 ? -1 : 1;
  }
  return key.length - (records[record + KEY_LENGTH] as number);
}

/** As compareKey, for the keys of two slots. */
export function compareSlots(slots: Slots, one: number, other: number): number {
  const { nodes, records } = slots;
  const oneHead = (one << NODE_WORDS_LOG2) + HEAD;
  const otherHead = (other << NODE_WORDS_LOG2) + HEAD;
  for (let i = 0; i < HEAD_WORDS; i++) {
    const a = nodes[oneHead + i] as number;
    const b = nodes[otherHead + i] as number;
    if (a !== b) return a >>> 0 < b >>> 0 ? -1 : 1;
  }
  const oneRecord = one * RECORD_WORDS;
  const otherRecord = other * RECORD_WORDS;
  for (let i = TAIL; i < RECORD_WORDS; i++) {
    const a = records[oneRecord + i] as number;
    const b = records[otherRecord + i] as number;
    if (a !== b) return a >>> 0 < b >>> 0 ? -1 : 1;
  }
  return (
    (records[oneRecord + KEY_LENGTH] as number) - (records[otherRecord + KEY_LENGTH] as number)
  );
}
