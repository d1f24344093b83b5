/**
 * Walks a shard's row of the index and holds it against what must always be true of it.
 *
 * Locking: the shard's lock.
 */
import { assert } from '../../../src/lib/assert.ts';
import type { HashRows } from '../../../src/table/hash-engine/hash-rows.ts';

/**
 * Throws an AssertionError at the first fault: a key that is not where its hash says, or that a
 * search would not find. Returns the row's slots. `hashOf` is the keyed hash of the key in a slot;
 * its lowest `shardBits` picked the shard.
 */
export function checkRow(
  rows: HashRows,
  index: number,
  shardBits: number,
  hashOf: (slot: number) => number,
): readonly number[] {
  const { homesLog2, rowWords, slotBits, distanceShift } = rows.layout;
  const row = index * rowWords;
  const slots: number[] = [];
  let homeBefore = row;
  for (let at = row; at < row + rowWords; at++) {
    const word = rows.words[at] as number;
    if (word === 0) continue;
    const distance = rows.distanceOf(word);
    const home = at - distance + 1;
    const slot = rows.slotOf(word);
    const bits = hashOf(slot) >>> shardBits;
    const tag = (word >>> slotBits) & ((1 << (distanceShift - slotBits)) - 1);
    assert(home === row + (bits & ((1 << homesLog2) - 1)), 'a key has the home its hash picks');
    assert(
      tag === ((bits >>> homesLog2) & ((1 << (distanceShift - slotBits)) - 1)),
      'a word has the bits of its key',
    );
    assert(home >= homeBefore, 'keys lie in the order of their homes');
    assert(distance === 1 || rows.words[at - 1] !== 0, 'no free word lies before a key');
    homeBefore = home;
    slots.push(slot);
  }
  assert(rows.words[row + rowWords - 1] === 0, 'the last word of a row is free');
  return slots;
}
