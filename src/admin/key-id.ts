/**
 * The name of a bucket in a request of an operator: all that a slot has of its key, as text for a
 * URL. Unlike the key's own text it names every bucket, those too of which the key is only kept in
 * part; and it stays the same, whatever becomes of the bucket.
 */
import { isUtf8 } from 'node:buffer';
import { NAMESPACES } from '../lib/namespace.ts';
import { bytesOf, Key, LENGTH_BITS, WHOLE_BYTES, wordsOf } from '../memory/key.ts';

/** In front of the key's bytes: its length, and its namespace. */
const LENGTH_BYTES = 4;
/** The characters of the longest, and of the shortest. */
export const LONGEST_ID: number = Math.ceil(((LENGTH_BYTES + WHOLE_BYTES) * 8) / 6);
const SHORTEST = Math.ceil(((LENGTH_BYTES + 1) * 8) / 6);
/** Of one character. */
export const OF_IDS = '[A-Za-z0-9_-]';
export const KEY_ID_PATTERN: string = `^${OF_IDS}{${SHORTEST},${LONGEST_ID}}$`;
const SHAPE = new RegExp(KEY_ID_PATTERN);

/** REQUIRES: `words` and `length` are those of a Key. */
export function keyId({ words, length }: Pick<Key, 'words' | 'length'>): string {
  return `${imageOf(words, length).toString('base64url')}`;
}

/** Null for what names no key. */
export function readKeyId(id: string): Key | null {
  if (!SHAPE.test(id)) return null;
  const image = Buffer.from(id, 'base64url');
  const key = keyIn(image);
  // One name each: nothing is in the bits that a character has too many.
  return key !== null && keyId(key) === id ? key : null;
}

function keyIn(image: Buffer): Key | null {
  const length = image.readUInt32BE(0);
  const bytes = bytesOf(length);
  const kept = image.subarray(LENGTH_BYTES);
  if (length >>> LENGTH_BITS >= NAMESPACES.length) return null;
  if (kept.length !== Math.min(bytes, WHOLE_BYTES)) return null;
  // Keys are text. What is only kept in part may end within a character, and in a digest.
  if (bytes <= WHOLE_BYTES && !isUtf8(kept)) return null;
  const padded = Buffer.alloc(WHOLE_BYTES);
  kept.copy(padded);
  const key = new Key();
  key.length = length;
  key.wordCount = wordsOf(length);
  for (let i = 0; i < key.wordCount; i++) key.words[i] = padded.readInt32BE(i * 4);
  return key;
}

function imageOf(words: Int32Array, length: number): Buffer {
  const image = Buffer.alloc(LENGTH_BYTES + WHOLE_BYTES);
  image.writeUInt32BE(length, 0);
  const count = wordsOf(length);
  for (let i = 0; i < count; i++) {
    image.writeInt32BE(words[i] as number, LENGTH_BYTES + i * 4);
  }
  return image.subarray(0, LENGTH_BYTES + Math.min(bytesOf(length), WHOLE_BYTES));
}
