/** Small arenas, and keys in them, for tests of memory and trees. */
import { Arena } from '../../src/memory/arena.ts';
import { Key } from '../../src/memory/key.ts';
import {
  HEAD,
  HEAD_WORDS,
  KEY_LENGTH,
  KEY_WORDS,
  NODE_WORDS_LOG2,
  RECORD_WORDS,
  type Slots,
  TAIL,
  TAIL_WORDS,
} from '../../src/memory/layout.ts';
import { writeKey } from '../../src/tree/node-key.ts';

export function arenaOf(slots: number): Arena {
  return new Arena(Arena.reserve(slots));
}

export function keyOf(text: string): Key {
  const key = new Key();
  key.set(text);
  return key;
}

/** A slot that holds this key, linked nowhere. */
export function slotWith(arena: Arena, text: string): number {
  const slot = arena.allocate();
  if (slot === 0) throw new Error('the arena of this test is too small');
  writeKey(arena, slot, keyOf(text));
  return slot;
}

/** Orders texts as their bytes order them: what a tree's order is held against. */
export function compareBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

/** All bytes in which a slot holds its key, padding included. */
export function bytesIn(arena: Arena, slot: number): Buffer {
  const node = (slot << NODE_WORDS_LOG2) + HEAD;
  const record = slot * RECORD_WORDS + TAIL;
  const bytes = Buffer.alloc(KEY_WORDS * 4);
  const words = [
    ...arena.nodes.subarray(node, node + HEAD_WORDS),
    ...arena.records.subarray(record, record + TAIL_WORDS),
  ];
  for (const [at, word] of words.entries()) bytes.writeInt32BE(word, at * 4);
  return bytes;
}

/** The key of a slot. REQUIRES: it has at most 68 bytes. */
export function textIn(arena: Arena, slot: number): string {
  return bytesIn(arena, slot)
    .subarray(0, arena.records[slot * RECORD_WORDS + KEY_LENGTH])
    .toString();
}

/** The same of a slot of a hash table. */
export function textInRecord(arena: Arena, slot: number): string {
  const words = new Int32Array(KEY_WORDS);
  readRecordKey(arena, slot, words);
  const bytes = Buffer.alloc(KEY_WORDS * 4);
  for (const [at, word] of words.entries()) bytes.writeInt32BE(word, at * 4);
  return bytes.subarray(0, arena.records[slot * RECORD_WORDS + KEY_LENGTH]).toString();
}

/** Copies the words of a key in a slot of a tree. */
export function readNodeKey(slots: Slots, slot: number, into: Int32Array): void {
  const head = (slot << NODE_WORDS_LOG2) + HEAD;
  const record = slot * RECORD_WORDS;
  into.set(slots.nodes.subarray(head, head + HEAD_WORDS));
  into.set(slots.records.subarray(record + TAIL, record + RECORD_WORDS), HEAD_WORDS);
}

/** Copies the words of a key in a slot of a hash table; those beyond its length may be anything. */
export function readRecordKey(slots: Slots, slot: number, into: Int32Array): void {
  const node = (slot << NODE_WORDS_LOG2) + HEAD;
  const tail = slot * RECORD_WORDS + TAIL;
  into.set(slots.records.subarray(tail, tail + TAIL_WORDS));
  into.set(slots.nodes.subarray(node, node + HEAD_WORDS), TAIL_WORDS);
}
