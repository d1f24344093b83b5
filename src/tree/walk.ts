/**
 * Lists a tree's slots in the order of their keys, with a stack instead of recursion: a tree that
 * ascending keys have grown is as deep as it is large.
 *
 * Locking: the shard's lock, or a tree nobody else can reach.
 */
import { assert } from '../lib/assert.ts';
import { LEFT, type LinkSet, NODE_WORDS_LOG2, NONE, RIGHT, type Slots } from '../memory/layout.ts';

export class Walk {
  readonly #slots: Slots;
  readonly #stack: Int32Array;

  /** `most`: the most nodes a tree can have. The memory is reserved here, none is while walking. */
  constructor(slots: Slots, most: number) {
    this.#slots = slots;
    this.#stack = new Int32Array(most);
  }

  /** Writes the slots in order into `list` and returns how many there are. */
  inOrder(root: number, links: LinkSet, list: Int32Array): number {
    let held = 0;
    let count = 0;
    let node = root;
    while (node !== NONE || held > 0) {
      while (node !== NONE) {
        assert(held + count < list.length, 'a tree has no more nodes than there are slots');
        this.#stack[held++] = node;
        node = this.#slots.nodes[(node << NODE_WORDS_LOG2) + links + LEFT] as number;
      }
      node = this.#stack[--held] as number;
      list[count++] = node;
      node = this.#slots.nodes[(node << NODE_WORDS_LOG2) + links + RIGHT] as number;
    }
    return count;
  }
}
