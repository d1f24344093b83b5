/**
 * Keys in the slots of a hash table: they stand in the record, beside the bucket. Only what no
 * longer fits there, beyond 52 bytes, is in the node, which is not touched otherwise: it never
 * takes memory from the machine where keys are short.
 *
 * Locking: none. A key is written before its slot is in the index, and never changes while it is.
 */
import type { Key } from '../../memory/key.ts';
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
