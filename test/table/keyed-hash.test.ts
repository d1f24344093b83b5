/** The hash against the vectors published with HalfSipHash-2-4, and what the table needs of it. */
import { expect, test } from 'vitest';
import { keyedHash } from '../../src/table/keyed-hash.ts';
import { keyOf } from '../memory/slots.ts';
import { numbered } from '../tree/trees.ts';

/** Key bytes 00 to 07. */
const PUBLISHED = { k0: 0x03020100, k1: 0x07060504 };

test.each([
  // bytes of the message, which are 00, 01, 02 and so on; the hash
  [0, 0x5b9f35a9],
  [4, 0x89466e2a],
  [8, 0x8f84b8d0],
  [12, 0x2f87f057],
  [16, 0x84acb5d9],
  [20, 0x45104de3],
])('the hash of %i bytes is the published one', (length, hash) => {
  const bytes = Buffer.from(Array.from({ length }, (_, i) => i));
  const words = Int32Array.from({ length: length / 4 }, (_, i) => bytes.readInt32LE(i * 4));
  expect(keyedHash(PUBLISHED, words, words.length, length) >>> 0).toBe(hash);
});

test('words beyond the count say nothing', () => {
  const words = Int32Array.from([1, 2, 3]);
  const hash = keyedHash(PUBLISHED, words, 2, 8);
  words[2] = 4;
  expect(keyedHash(PUBLISHED, words, 2, 8)).toBe(hash);
});

test('each word, the length and both halves of the key change the hash', () => {
  const hash = (words: number[], length = 8, key = PUBLISHED) =>
    keyedHash(key, Int32Array.from(words), 2, length);
  const hashes = [
    hash([1, 2]),
    hash([1, 3]),
    hash([2, 2]),
    hash([2, 1]),
    hash([1, 2], 7),
    hash([1, 2], 8, { ...PUBLISHED, k0: 1 }),
    hash([1, 2], 8, { ...PUBLISHED, k1: 1 }),
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
});

test('keys that ascend are spread over the shards', () => {
  const shards = new Int32Array(16);
  for (let i = 0; i < 16_000; i++) {
    const key = keyOf(numbered(i));
    const shard = keyedHash(PUBLISHED, key.words, key.wordCount, key.length) & 15;
    shards[shard] = (shards[shard] as number) + 1;
  }
  // 1,000 each, give or take five standard deviations.
  expect(Math.min(...shards)).toBeGreaterThan(845);
  expect(Math.max(...shards)).toBeLessThan(1_155);
});
