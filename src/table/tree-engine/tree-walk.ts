/**
 * Goes through a shard's live tree in pieces, in the order of the keys. Between two pieces the tree
 * may be swapped: its order stays.
 *
 * Locking: the shard's lock. Nothing is allocated under it.
 */
import type { Arena } from '../../memory/arena.ts';
import type { Key } from '../../memory/key.ts';
import {
  KEY_WORDS,
  LEFT,
  type LinkSet,
  NODE_WORDS_LOG2,
  NONE,
  RECORD_WORDS,
  RIGHT,
  TAIL,
} from '../../memory/layout.ts';
import { compareKey, copyKey } from '../../tree/node-key.ts';
import type { KeyWalk } from '../engine.ts';
import type { RecordPage } from '../record-page.ts';
import type { TreeShard } from './tree-shard.ts';
import type { TreeView } from './tree-view.ts';

export class TreeWalk implements KeyWalk<TreeShard> {
  /** Kept, so that the reads are not optimized away. */
  prefetched = 0;
  readonly #arena: Arena;
  /** Those that come after all to their left. A tree that ascending keys have grown is deep. */
  readonly #stack: Int32Array;
  #held = 0;
  readonly #slots: Int32Array;

  /** `most`: records to a piece. */
  constructor({ arena }: TreeView, most: number) {
    this.#arena = arena;
    this.#stack = new Int32Array(arena.capacity + 1);
    this.#slots = new Int32Array(most);
  }

  copyAfter(shard: TreeShard, after: Key | null, page: RecordPage): boolean {
    const { nodes } = this.#arena;
    const { links } = shard;
    const slots = this.#slots;
    let count = 0;
    this.#held = 0;
    if (after === null) this.#pushLeft(shard.root, links);
    else this.#seek(shard.root, links, after);
    while (this.#held > 0 && count < slots.length) {
      const slot = this.#stack[--this.#held] as number;
      slots[count++] = slot;
      this.#pushLeft(nodes[(slot << NODE_WORDS_LOG2) + links + RIGHT] as number, links);
    }
    for (let n = 0; n < count; n++) {
      const slot = slots[n] as number;
      const words = page.copy(this.#arena, slot, n);
      copyKey(this.#arena, slot, page.words, n * KEY_WORDS, words);
    }
    page.count = count;
    return this.#held === 0;
  }

  /** Holds the nodes on the way to the first key behind this one that come after it. */
  #seek(root: number, links: LinkSet, after: Key): void {
    let node = root;
    while (node !== NONE) {
      const isBehind = compareKey(this.#arena, after, node) < 0;
      if (isBehind) this.#stack[this.#held++] = node;
      node = this.#arena.nodes[
        (node << NODE_WORDS_LOG2) + links + (isBehind ? LEFT : RIGHT)
      ] as number;
    }
  }

  /**
   * Holds a node and all to its left. Reads the node to the right of each, and its record, which
   * will be wanted soon: so the processor fetches several at a time, and the lock is held for less.
   */
  #pushLeft(from: number, links: LinkSet): void {
    const { nodes, records } = this.#arena;
    let node = from;
    let seen = this.prefetched;
    while (node !== NONE) {
      this.#stack[this.#held++] = node;
      const at = (node << NODE_WORDS_LOG2) + links;
      const right = nodes[at + RIGHT] as number;
      const record = node * RECORD_WORDS;
      seen ^= nodes[right << NODE_WORDS_LOG2] as number;
      seen ^= (records[record] as number) ^ (records[record + TAIL] as number);
      node = nodes[at + LEFT] as number;
    }
    this.prefetched = seen;
  }
}
