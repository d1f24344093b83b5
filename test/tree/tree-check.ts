/**
 * Walks a whole tree and holds it against what must always be true of it.
 *
 * Locking: the shard's lock.
 */
import { assert } from '../../src/lib/assert.ts';
import {
  KEY_LENGTH,
  LEFT,
  type LinkSet,
  NODE_WORDS_LOG2,
  NONE,
  RECORD_WORDS,
  RIGHT,
  type Slots,
} from '../../src/memory/layout.ts';
import { compareSlots } from '../../src/tree/node-key.ts';

export interface TreeReport {
  /** The slots in the order of their keys. */
  readonly slots: readonly number[];
  /** Nodes passed to reach each, added up. */
  readonly depthSum: number;
}

/**
 * Throws an AssertionError at the first fault: a cycle, a wrong order, a key twice, a free slot.
 */
export function checkTree(memory: Slots, root: number, links: LinkSet): TreeReport {
  const most = memory.nodes.length >> NODE_WORDS_LOG2;
  const slots: number[] = [];
  const stack: { slot: number; depth: number }[] = [];
  let depthSum = 0;
  let slot = root;
  let depth = 1;
  while (slot !== NONE || stack.length > 0) {
    while (slot !== NONE) {
      assert(slot > NONE && slot < most, 'a link leads to a slot');
      assert(stack.length + slots.length < most, 'a tree has no cycle');
      stack.push({ slot, depth });
      slot = memory.nodes[(slot << NODE_WORDS_LOG2) + links + LEFT] as number;
      depth++;
    }
    const visited = stack.pop();
    assert(visited !== undefined, 'the stack holds the way back');
    const before = slots.at(-1);
    assert(
      before === undefined || compareSlots(memory, before, visited.slot) < 0,
      'keys ascend from left to right',
    );
    assert(
      memory.records[visited.slot * RECORD_WORDS + KEY_LENGTH] !== 0,
      'a linked slot has a key',
    );
    slots.push(visited.slot);
    depthSum += visited.depth;
    slot = memory.nodes[(visited.slot << NODE_WORDS_LOG2) + links + RIGHT] as number;
    depth = visited.depth + 1;
  }
  return { slots, depthSum };
}
