/**
 * What blocks hold, as words and doubles: when a snapshot was taken, buckets with their keys,
 * buckets that keys share, windows that are open, and how many keys there are.
 *
 *   a bucket     two words: the key's length as memory/key has it, or the shard; and the tick
 *                five doubles: used, at, count, period, capacity
 *   of a key     its words, and a zero where they are odd
 *
 * REQUIRES of what adds: the block has room. What reads says where an entry cannot be: a block that
 * is whole may still have been written by something else.
 */
import type { Bucket } from '../bucket/token-bucket.ts';
import { NAMESPACES } from '../lib/namespace.ts';
import { type Key, LENGTH_BITS, wordsOf } from '../memory/key.ts';
import type { Ends } from '../policies/open-windows.ts';
import type { HashKey } from '../table/keyed-hash.ts';
import type { Block } from './block.ts';
import type { Moment } from './time-passed.ts';

/** When a snapshot was taken, and of which table. */
export interface Header {
  readonly taken: Moment;
  readonly hashKey: HashKey;
  readonly shards: number;
}

const HEADER_WORDS = 8;
const BUCKET_WORDS = 12;
const WINDOW_WORDS = 8;
const END_WORDS = 2;
/** So many characters of a boot id count. */
const MOST_BOOT_ID = 64;

const TICKS: readonly number[] = [0, 1, 1_000, 1_000_000];

export function addHeader(block: Block, { taken, hashKey, shards }: Header): void {
  const { at, words, doubles } = block;
  const bootId = Buffer.from(taken.bootId.slice(0, MOST_BOOT_ID), 'latin1');
  doubles[at / 2] = taken.monotonicUs;
  doubles[at / 2 + 1] = taken.wallUs;
  words.set([hashKey.k0, hashKey.k1, shards, bootId.length], at + 4);
  block.bytes.fill(0, (at + HEADER_WORDS) * 4, (at + HEADER_WORDS) * 4 + MOST_BOOT_ID);
  block.bytes.set(bootId, (at + HEADER_WORDS) * 4);
  added(block, HEADER_WORDS + MOST_BOOT_ID / 4);
}

export function readHeader(block: Block): Header | null {
  const { at, words, doubles, bytes } = block;
  const [k0, k1, shards, length] = words.subarray(at + 4, at + 8) as unknown as number[];
  const [monotonicUs, wallUs] = doubles.subarray(at / 2, at / 2 + 2) as unknown as number[];
  if (k0 === undefined || k1 === undefined || shards === undefined || length === undefined) {
    return null;
  }
  const isPower = shards >= 1 && (shards & (shards - 1)) === 0;
  if (!isPower || !isWhole(monotonicUs) || !isWhole(wallUs)) return null;
  if (length < 0 || length > MOST_BOOT_ID) return null;
  const from = (at + HEADER_WORDS) * 4;
  const bootId = Buffer.from(bytes.subarray(from, from + length)).toString('latin1');
  return { taken: { monotonicUs, wallUs, bootId }, hashKey: { k0, k1 }, shards };
}

/** The words that the entry of a key takes. */
export function wordsOfEntry(length: number): number {
  return BUCKET_WORDS + evenly(wordsOf(length));
}

export function addKey(block: Block, key: Key, bucket: Bucket): void {
  const { at, words } = block;
  const { wordCount, length } = key;
  putBucket(block, length, bucket);
  for (let i = 0; i < wordCount; i++) words[at + BUCKET_WORDS + i] = key.words[i] as number;
  if (wordCount % 2 !== 0) words[at + BUCKET_WORDS + wordCount] = 0;
  added(block, BUCKET_WORDS + evenly(wordCount));
}

/**
 * Reads the entry that begins at word `at`. Returns where the next one begins; 0 where this is
 * none.
 */
export function readKeyAt(block: Block, at: number, key: Key, bucket: Bucket): number {
  const end = endOfKeyAt(block, at);
  if (end === 0 || !takeBucket(block, at, bucket)) return 0;
  key.length = block.words[at] as number;
  key.wordCount = wordsOf(key.length);
  for (let i = 0; i < key.wordCount; i++) {
    key.words[i] = block.words[at + BUCKET_WORDS + i] as number;
  }
  return end;
}

/** Where the entry ends that begins at word `at`; 0 where it is none. */
export function endOfKeyAt({ words }: Block, at: number): number {
  const length = words[at] ?? 0;
  const isKey =
    (length & ((1 << LENGTH_BITS) - 1)) > 0 && length >>> LENGTH_BITS < NAMESPACES.length;
  if (!isKey) return 0;
  const end = at + wordsOfEntry(length);
  return end <= words.length ? end : 0;
}

export function hasRoomForBucket(block: Block): boolean {
  return block.hasRoomFor(BUCKET_WORDS);
}

export function addOverflow(block: Block, shard: number, bucket: Bucket): void {
  putBucket(block, shard, bucket);
  added(block, BUCKET_WORDS);
}

/** Reads the next entry, and moves on. Returns the shard; -1 where the entry is none. */
export function readOverflow(block: Block, bucket: Bucket): number {
  const { at } = block;
  if (!block.hasRoomFor(BUCKET_WORDS) || !takeBucket(block, at, bucket)) return -1;
  block.at = at + BUCKET_WORDS;
  return Math.max(-1, block.words[at] as number);
}

export interface OpenWindow extends Ends {
  readonly kind: number;
}

export function hasRoomForWindow(block: Block): boolean {
  return block.hasRoomFor(WINDOW_WORDS);
}

export function addWindow(block: Block, window: OpenWindow): void {
  const { kind, beginUs, endUs, calendarEndUs } = window;
  block.doubles.set([kind, beginUs, endUs, calendarEndUs], block.at / 2);
  added(block, WINDOW_WORDS);
}

/** Reads the next entry, and moves on; null where it is none. */
export function readWindow(block: Block): OpenWindow | null {
  if (!block.hasRoomFor(WINDOW_WORDS)) return null;
  const from = block.at / 2;
  block.at += WINDOW_WORDS;
  const [kind, beginUs, endUs, calendarEndUs] = block.doubles.subarray(from, from + 4);
  if (!isCount(kind) || !isWhole(beginUs) || !isWhole(endUs) || !isWhole(calendarEndUs)) {
    return null;
  }
  return kind === 0 ? null : { kind, beginUs, endUs, calendarEndUs };
}

export function addEnd(block: Block, keys: number): void {
  block.doubles[block.at / 2] = keys;
  added(block, END_WORDS);
}

function putBucket({ at, words, doubles }: Block, first: number, bucket: Bucket): void {
  const from = at / 2 + 1;
  words[at] = first;
  words[at + 1] = bucket.tickUs;
  doubles[from] = bucket.used;
  doubles[from + 1] = bucket.atUs;
  doubles[from + 2] = bucket.count;
  doubles[from + 3] = bucket.period;
  doubles[from + 4] = bucket.capacity ?? 0;
}

/** False where it is no bucket. REQUIRES: it ends within the block. */
function takeBucket({ words, doubles }: Block, at: number, into: Bucket): boolean {
  const from = at / 2 + 1;
  into.tickUs = words[at + 1] as number;
  into.used = doubles[from] as number;
  into.atUs = doubles[from + 1] as number;
  into.count = doubles[from + 2] as number;
  into.period = doubles[from + 3] as number;
  into.capacity = doubles[from + 4] as number;
  const isRate = into.count >= 1 && into.period >= 1;
  return (
    TICKS.includes(into.tickUs) &&
    isRate &&
    isCount(into.used) &&
    isWhole(into.atUs) &&
    isCount(into.count) &&
    isCount(into.period) &&
    isCount(into.capacity)
  );
}

function added(block: Block, words: number): void {
  block.at += words;
  block.entries++;
}

function evenly(words: number): number {
  return words + (words % 2);
}

function isWhole(number: number | undefined): number is number {
  return Number.isSafeInteger(number);
}

function isCount(number: number | undefined): number is number {
  return isWhole(number) && number >= 0;
}
