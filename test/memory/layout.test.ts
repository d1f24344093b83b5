/** The fields of a slot lie beside each other: none overlaps another and no word is wasted. */
import { expect, test } from 'vitest';
import * as layout from '../../src/memory/layout.ts';

function words(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}

test('a node is two link sets and the head of the key', () => {
  const fields = [
    layout.LEFT,
    layout.RIGHT,
    layout.LINK_SET_WORDS + layout.LEFT,
    layout.LINK_SET_WORDS + layout.RIGHT,
    ...words(layout.HEAD, layout.HEAD_WORDS),
  ];
  expect(fields.toSorted((a, b) => a - b)).toEqual(words(0, 1 << layout.NODE_WORDS_LOG2));
});

test('a record is the bucket, its length, the list and the tail of the key', () => {
  const doubles = [layout.USED, layout.AT, layout.COUNT, layout.PERIOD, layout.CAPACITY];
  const fields = [
    ...doubles.flatMap((at) => words(at * 2, 2)),
    layout.TICK,
    layout.KEY_LENGTH,
    layout.NEXT,
    ...words(layout.TAIL, layout.TAIL_WORDS),
  ];
  expect(fields.toSorted((a, b) => a - b)).toEqual(words(0, layout.RECORD_WORDS));
});

test('a slot keeps within the 160 bytes a key may cost, and its doubles are aligned', () => {
  expect(layout.SLOT_BYTES).toBe(136);
  expect((layout.ARENA_WORDS * 4) % 8).toBe(0);
  expect(layout.RECORD_DOUBLES * 8).toBe(layout.RECORD_WORDS * 4);
  expect(layout.SHARD_WORDS * 4).toBe((1 << layout.SHARD_DOUBLES_LOG2) * 8);
});

test('the largest arena is indexed by whole numbers below 2^31', () => {
  expect((layout.MOST_SLOTS + 1) * layout.RECORD_WORDS).toBeLessThanOrEqual(2 ** 31);
  expect((layout.MOST_SLOTS + 1) << layout.NODE_WORDS_LOG2).toBeGreaterThan(0);
});

test('the two link sets are each other', () => {
  expect(layout.otherLinkSet(0)).toBe(layout.LINK_SET_WORDS);
  expect(layout.otherLinkSet(layout.LINK_SET_WORDS)).toBe(0);
});
