/**
 * Keys in the slots of a tree: the first 16 bytes stand in the node, which is all that most steps
 * of a search read, and the rest in the record.
 *
 * Locking: none. A key is written before its slot is linked, and never changes while it is.
 */
import { compareLengths, type Key } from '../memory/key.ts';
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

/** Copies the words that the key of a slot fills, `count` of them, to word `at` and on. */
export function copyKey(
  { nodes, records }: Slots,
  slot: number,
  into: Int32Array,
  at: number,
  count: number,
): void {
  const head = (slot << NODE_WORDS_LOG2) + HEAD;
  const tail = slot * RECORD_WORDS + TAIL - HEAD_WORDS;
  for (let i = 0; i < count; i++) {
    into[at + i] = (i < HEAD_WORDS ? nodes[head + i] : records[tail + i]) as number;
  }
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
  return compareLengths(key.length, records[record + KEY_LENGTH] as number);
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
  const length = records[oneRecord + KEY_LENGTH] as number;
  return compareLengths(length, records[otherRecord + KEY_LENGTH] as number);
}
