/**
 * Finds the shard and the slot of a key, and hangs in slots for new keys.
 *
 * Used by the tables, one a thread. It means one key at a time: the last that shardOf() was given.
 *
 * Locking: find() and add() need the lock of the shard that shardOf() returned. Whoever holds several
 * shards' locks took them in the order of their indices.
 */
import type { Arena } from '../memory/arena.ts';
import { NONE } from '../memory/layout.ts';
import { type Cells, LOCK_CONTENDED, TABLE_FULL } from '../metrics/cells.ts';
import { deepestInsertion } from '../tree/depth.ts';
import { Key, writeKey } from '../tree/key.ts';
import { LiveTree } from '../tree/live-tree.ts';
import { type HashKey, keyedHash } from './keyed-hash.ts';
import type { RebuildRequests } from './rebuild-requests.ts';
import type { Shard } from './shard.ts';
import type { TableView } from './table-memory.ts';

export class Lookup {
  readonly #arena: Arena;
  readonly #shards: readonly Shard[];
  readonly #requests: RebuildRequests;
  readonly #hashKey: HashKey;
  readonly #cells: Cells;
  readonly #tree: LiveTree;
  readonly #key = new Key();

  constructor(view: TableView, hashKey: HashKey, cells: Cells) {
    this.#arena = view.arena;
    this.#shards = view.shards;
    this.#requests = view.requests;
    this.#hashKey = hashKey;
    this.#cells = cells;
    this.#tree = new LiveTree(view.arena);
  }

  /** REQUIRES: `key` is well formed and 1 to 256 bytes of UTF-8. */
  shardOf(key: string): Shard {
    this.#key.set(key);
    const { words, wordCount, length } = this.#key;
    const hash = keyedHash(this.#hashKey, words, wordCount, length);
    return this.#shards[hash & (this.#shards.length - 1)] as Shard;
  }

  lock(shard: Shard): void {
    if (shard.lock()) this.#cells.add(LOCK_CONTENDED, 1);
  }

  /** Locks the shards of all the keys, each once, and returns them. */
  lockAll(keys: readonly string[]): readonly Shard[] {
    const shards = new Set(keys.map((key) => this.shardOf(key)));
    const inOrder = [...shards].sort((one, other) => one.index - other.index);
    for (const shard of inOrder) this.lock(shard);
    return inOrder;
  }

  /** The key's slot, or NONE. */
  find(shard: Shard): number {
    const slot = this.#tree.find(shard.root, shard.links, this.#key);
    shard.countSearch(this.#tree.depth);
    return slot;
  }

  /** A new slot for the key, or NONE where none is left. REQUIRES: find() has just found none. */
  add(shard: Shard): number {
    const slot = this.#arena.allocate();
    if (slot === NONE) {
      this.#cells.add(TABLE_FULL, 1);
      this.#requests.askAll();
      return NONE;
    }
    const depth = this.#tree.depth + 1;
    writeKey(this.#arena, slot, this.#key);
    shard.root = this.#tree.hang(shard.root, shard.links, slot);
    shard.added(slot, depth);
    if (depth > deepestInsertion(shard.size)) this.#requests.ask(shard.index);
    return slot;
  }

  /**
   * Slots of keys that are in use. Needs no lock, and may be a moment old. Clients may ask for it
   * as often as they like, so it is never counted out: a large table has 262,144 shards.
   */
  get size(): number {
    return this.#arena.used - this.#shards.length;
  }
}
