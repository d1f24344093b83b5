/**
 * Keys in the slots of a hash table: they stand in the record, beside the bucket. Only what no
 * longer fits there, beyond 52 bytes, is in the node, which is not touched otherwise: it never
 * takes memory from the machine where keys are short.
 *
 * Locking: none. A key is written before its slot is in the index, and never changes while it is.
 */
import { compareLengths, type Key, wordsOf } from '../../memory/key.ts';
import {
  HEAD,
  KEY_LENGTH,
  NODE_WORDS_LOG2,
  RECORD_WORDS,
  type Slots,
  TAIL,
  TAIL_WORDS,
} from '../../memory/layout.ts';

/** Writes a key into a slot. REQUIRES: the slot is in no index. */
export function writeKey(slots: Slots, slot: number, { words, wordCount, length }: Key): void {
  const { nodes, records } = slots;
  const record = slot * RECORD_WORDS;
  for (let i = 0; i < TAIL_WORDS; i++) {
    records[record + TAIL + i] = i < wordCount ? (words[i] as number) : 0;
  }
  const node = (slot << NODE_WORDS_LOG2) + HEAD - TAIL_WORDS;
  for (let i = TAIL_WORDS; i < wordCount; i++) nodes[node + i] = words[i] as number;
  records[record + KEY_LENGTH] = length;
}

/** Copies the words that the key of a slot fills, `count` of them, to word `at` and on. */
export function copyKey(
  { nodes, records }: Slots,
  slot: number,
  into: Int32Array,
  at: number,
  count: number,
): void {
  const tail = slot * RECORD_WORDS + TAIL;
  const node = (slot << NODE_WORDS_LOG2) + HEAD - TAIL_WORDS;
  for (let i = 0; i < count; i++) {
    into[at + i] = (i < TAIL_WORDS ? records[tail + i] : nodes[node + i]) as number;
  }
}

/** Whether the key of `slot` is `key`. */
export function isKeyOf(slots: Slots, slot: number, key: Key): boolean {
  const { words, wordCount } = key;
  const { records } = slots;
  const record = slot * RECORD_WORDS;
  if (records[record + KEY_LENGTH] !== key.length) return false;
  const tail = record + TAIL;
  if (wordCount <= TAIL_WORDS) {
    for (let i = 0; i < wordCount; i++) if (records[tail + i] !== words[i]) return false;
    return true;
  }
  for (let i = 0; i < TAIL_WORDS; i++) if (records[tail + i] !== words[i]) return false;
  const node = (slot << NODE_WORDS_LOG2) + HEAD - TAIL_WORDS;
  for (let i = TAIL_WORDS; i < wordCount; i++) if (slots.nodes[node + i] !== words[i]) return false;
  return true;
}

/** Below 0, 0 or above 0 as `key` sorts before, is, or sorts after the key of `slot`. */
export function compareKey(slots: Slots, key: Key, slot: number): number {
  const { words, wordCount, length } = key;
  const slotLength = lengthAt(slots, slot);
  // What a shorter one has no words for sorts behind it, whatever that is.
  const count = Math.min(wordCount, wordsOf(slotLength));
  for (let i = 0; i < count; i++) {
    const a = words[i] as number;
    const b = wordAt(slots, slot, i);
    if (a !== b) return a >>> 0 < b >>> 0 ? -1 : 1;
  }
  return compareLengths(length, slotLength);
}

/** As compareKey, for the keys of two slots. */
export function compareSlots(slots: Slots, one: number, other: number): number {
  const length = lengthAt(slots, one);
  const otherLength = lengthAt(slots, other);
  const count = Math.min(wordsOf(length), wordsOf(otherLength));
  for (let i = 0; i < count; i++) {
    const a = wordAt(slots, one, i);
    const b = wordAt(slots, other, i);
    if (a !== b) return a >>> 0 < b >>> 0 ? -1 : 1;
  }
  return compareLengths(length, otherLength);
}

/** REQUIRES: the key of the slot has more words than `i`. */
function wordAt({ nodes, records }: Slots, slot: number, i: number): number {
  if (i < TAIL_WORDS) return records[slot * RECORD_WORDS + TAIL + i] as number;
  return nodes[(slot << NODE_WORDS_LOG2) + HEAD - TAIL_WORDS + i] as number;
}

function lengthAt({ records }: Slots, slot: number): number {
  return records[slot * RECORD_WORDS + KEY_LENGTH] as number;
}
