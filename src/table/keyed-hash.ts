/**
 * Picks a key's shard by HalfSipHash-2-4 (J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast
 * short-input PRF", 2012; the 32-bit variant of the reference code, 32-bit output), keyed by
 * chance, so that nobody can choose keys that fall into one shard.
 */

import type { Key } from '../memory/key.ts';

export interface HashKey {
  readonly k0: number;
  readonly k1: number;
}

/** The hash by which a table finds the key. */
export function hashOf(hashKey: HashKey, { words, wordCount, length }: Key): number {
  return keyedHash(hashKey, words, wordCount, length);
}

/**
 * The hash of the first `count` words and of `length`, the bytes they came from. For a length that
 * is four times `count` this is HalfSipHash of those bytes, read as little-endian words.
 */
export function keyedHash(key: HashKey, words: Int32Array, count: number, length: number): number {
  let v0 = key.k0;
  let v1 = key.k1;
  let v2 = key.k0 ^ 0x6c796765;
  let v3 = key.k1 ^ 0x74656462;

  // The words, then the length, then four rounds that take nothing in: two turns of two.
  const last = count + 2;
  for (let i = 0; i <= last; i++) {
    let word = 0;
    if (i < count) word = words[i] as number;
    else if (i === count) word = (length & 0xff) << 24;
    else if (i === count + 1) v2 ^= 0xff;
    v3 ^= word;
    for (let round = 0; round < 2; round++) {
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
    }
    v0 ^= word;
  }
  return v1 ^ v3;
}
