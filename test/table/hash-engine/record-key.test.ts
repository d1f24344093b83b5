/** Keys come back from the records of a hash table, and are told apart in all their bytes. */
import { expect, test } from 'vitest';
import { HEAD, NODE_WORDS_LOG2 } from '../../../src/memory/layout.ts';
import { isKeyOf, writeKey } from '../../../src/table/hash-engine/record-key.ts';
import { arenaOf, keyOf, textInRecord } from '../../memory/slots.ts';

const TEXTS = ['a', 'abc', 'abcd', 'abcde', 'a\0', '\0', 'é', '😀', '7'.repeat(51)];
for (const length of [52, 53, 56, 57, 67, 68])
  TEXTS.push('x'.repeat(length), `${'x'.repeat(length - 1)}y`);
const LONG = ['x'.repeat(69), `${'x'.repeat(68)}y`, 'x'.repeat(256), `${'x'.repeat(255)}y`];

test('each is found in its own slot and in no other', () => {
  const texts = [...TEXTS, ...LONG];
  const arena = arenaOf(texts.length);
  const slots = texts.map((text) => {
    const slot = arena.allocate();
    writeKey(arena, slot, keyOf(text));
    return slot;
  });
  for (const [i, text] of texts.entries()) {
    const found = slots.filter((slot) => isKeyOf(arena, slot, keyOf(text)));
    expect(found).toEqual([slots[i]]);
    if (TEXTS.includes(text)) expect(textInRecord(arena, slots[i] as number)).toBe(text);
  }
});

test('one takes the place of another whatever that was', () => {
  const arena = arenaOf(1);
  const slot = arena.allocate();
  for (const text of [...LONG, ...TEXTS, ...LONG.toReversed(), ...TEXTS.toReversed()]) {
    writeKey(arena, slot, keyOf(text));
    expect(isKeyOf(arena, slot, keyOf(text))).toBe(true);
  }
});

test('one of up to 52 bytes leaves the node alone', () => {
  const arena = arenaOf(1);
  const slot = arena.allocate();
  const node = slot << NODE_WORDS_LOG2;
  writeKey(arena, slot, keyOf('x'.repeat(52)));
  expect([...arena.nodes.subarray(node, node + HEAD + 4)]).toEqual(Array(8).fill(0));
});
