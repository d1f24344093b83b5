/**
 * The live tree: a plain binary search tree that only grows leaves between swaps.
 *
 * Used by the table for every decision, and by the rebalancer to hang late keys into a shadow.
 *
 * Locking: every call needs the shard's lock.
 *
 * Invariants:
 *   1. Every key to the left of a node is smaller, every key to the right is greater.
 *   2. A node's key never changes while it is linked.
 *   3. Only a swap unlinks a node, so a node's depth is settled when it is hung in.
 */
import { assert } from '../lib/assert.ts';
import type { Key } from '../memory/key.ts';
import { LEFT, type LinkSet, NODE_WORDS_LOG2, NONE, RIGHT, type Slots } from '../memory/layout.ts';
import { compareKey, compareSlots } from './node-key.ts';

/** A search and where it ended. One a thread: a search allocates nothing. */
export class LiveTree {
  /** Nodes the last search passed, the one it found included. */
  depth = 0;
  /** Where the last search that found nothing would hang its key. */
  parent: number = NONE;
  side: typeof LEFT | typeof RIGHT = LEFT;
  readonly #slots: Slots;

  constructor(slots: Slots) {
    this.#slots = slots;
  }

  /** The slot with this key, or NONE; then `parent` and `side` say where it belongs. */
  find(root: number, links: LinkSet, key: Key): number {
    const slots = this.#slots;
    let depth = 0;
    let parent: number = NONE;
    let side: typeof LEFT | typeof RIGHT = LEFT;
    let node = root;
    while (node !== NONE) {
      depth++;
      const order = compareKey(slots, key, node);
      if (order === 0) break;
      parent = node;
      side = order < 0 ? LEFT : RIGHT;
      node = slots.nodes[(node << NODE_WORDS_LOG2) + links + side] as number;
    }
    this.depth = depth;
    this.parent = parent;
    this.side = side;
    return node;
  }

  /**
   * Hangs `slot` in where the search for its key ended. Returns the root.
   * REQUIRES: the last call was the find() that missed this slot's key.
   */
  hang(root: number, links: LinkSet, slot: number): number {
    if (root === NONE) return slot;
    const at = (this.parent << NODE_WORDS_LOG2) + links + this.side;
    assert(this.#slots.nodes[at] === NONE, 'a leaf is hung in where nothing hangs');
    this.#slots.nodes[at] = slot;
    return root;
  }

  /** Finds the place of a slot whose key is not in the tree, and hangs it in. Returns the root. */
  hangSlot(root: number, links: LinkSet, slot: number): number {
    let depth = 0;
    let node = root;
    while (node !== NONE) {
      depth++;
      const order = compareSlots(this.#slots, slot, node);
      assert(order !== 0, 'a key is in a tree once');
      this.parent = node;
      this.side = order < 0 ? LEFT : RIGHT;
      node = this.#slots.nodes[(node << NODE_WORDS_LOG2) + links + this.side] as number;
    }
    this.depth = depth;
    return this.hang(root, links, slot);
  }
}
