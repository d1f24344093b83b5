/**
 * The shadow tree: a balanced copy of a shard's live tree, built while that goes on deciding.
 *
 * The `avl` package keeps the balance; its nodes hold slot numbers and compare the keys of those
 * slots. When the shape is right it is written into the link set that is not live.
 *
 * Locking: none. Only the rebalancer calls, on slots that nobody but it may unlink or free, and it
 * writes the one link set that no decider follows.
 */
import { type AVLNode, AVLTree } from 'avl';
import { assert } from '../lib/assert.ts';
import { LEFT, type LinkSet, NODE_WORDS_LOG2, NONE, RIGHT, type Slots } from '../memory/layout.ts';
import { compareSlots } from './node-key.ts';

type Node = AVLNode<number, undefined>;

export class ShadowTree {
  /** Sum over all nodes of the nodes passed to reach them, as of the last writeLinks(). */
  depthSum = 0;
  readonly #slots: Slots;
  readonly #tree: AVLTree<number, undefined>;

  constructor(slots: Slots) {
    this.#slots = slots;
    this.#tree = new AVLTree<number, undefined>((a, b) => compareSlots(slots, a, b), true);
  }

  /** Starts anew with `count` slots that stand in the order of their keys. */
  load(ordered: Int32Array, count: number): void {
    this.#tree.clear();
    if (count > 0) this.#tree.load(Array.from(ordered.subarray(0, count)));
  }

  insert(slot: number): void {
    assert(this.#tree.insert(slot) !== null, 'a key is in a shadow once');
  }

  get size(): number {
    return this.#tree.size;
  }

  /** Writes the shape into a link set and returns the root. */
  writeLinks(links: LinkSet): number {
    let depthSum = 0;
    let level: Node[] = this.#tree.root === null ? [] : [this.#tree.root];
    for (let depth = 1; level.length > 0; depth++) {
      depthSum += depth * level.length;
      const below: Node[] = [];
      for (const node of level) {
        const base = (node.key << NODE_WORDS_LOG2) + links;
        this.#slots.nodes[base + LEFT] = node.left === null ? NONE : node.left.key;
        this.#slots.nodes[base + RIGHT] = node.right === null ? NONE : node.right.key;
        if (node.left !== null) below.push(node.left);
        if (node.right !== null) below.push(node.right);
      }
      level = below;
    }
    this.depthSum = depthSum;
    return this.#tree.root === null ? NONE : this.#tree.root.key;
  }
}
