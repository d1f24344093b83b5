/** Finds keys in the live trees of shards, and hangs in slots for new ones. */
import type { Arena } from '../../memory/arena.ts';
import type { Key } from '../../memory/key.ts';
import { NONE } from '../../memory/layout.ts';
import { deepestInsertion } from '../../tree/depth.ts';
import { LiveTree } from '../../tree/live-tree.ts';
import { writeKey } from '../../tree/node-key.ts';
import type { KeyIndex } from '../engine.ts';
import type { RebuildRequests } from '../rebuild-requests.ts';
import type { TreeShard } from './tree-shard.ts';
import type { TreeView } from './tree-view.ts';

export class TreeIndex implements KeyIndex<TreeShard> {
  readonly #arena: Arena;
  readonly #requests: RebuildRequests;
  readonly #tree: LiveTree;

  constructor({ arena, requests }: TreeView) {
    this.#arena = arena;
    this.#requests = requests;
    this.#tree = new LiveTree(arena);
  }

  /** The root stands beside the lock. */
  prefetch(): void {}

  find(shard: TreeShard, key: Key): number {
    const slot = this.#tree.find(shard.root, shard.links, key);
    shard.countSearch(this.#tree.depth);
    return slot;
  }

  add(shard: TreeShard, key: Key): number {
    const slot = this.#arena.allocate();
    if (slot === NONE) return NONE;
    const depth = this.#tree.depth + 1;
    writeKey(this.#arena, slot, key);
    shard.root = this.#tree.hang(shard.root, shard.links, slot);
    shard.added(slot, depth);
    if (depth > deepestInsertion(shard.size)) this.#requests.ask(shard.index);
    return slot;
  }

  isFullFor(): boolean {
    return this.#arena.isFull;
  }
}
