/**
 * Finds the shard and the slot of a key, and has slots made for new keys.
 *
 * Used by the tables, one a thread.
 *
 * Locking: find(), add() and isFullFor() need the lock of the key's shard. Whoever holds several
 * shards' locks took them in the order of their indices.
 */
import type { Arena } from '../memory/arena.ts';
import type { Key } from '../memory/key.ts';
import { NONE } from '../memory/layout.ts';
import { type Cells, LOCK_CONTENDED, TABLE_FULL } from '../metrics/cells.ts';
import type { KeyIndex } from './engine.ts';
import { indexOf } from './engines.ts';
import type { HashedKeys } from './hashed-keys.ts';
import type { RebuildRequests } from './rebuild-requests.ts';
import type { Shard } from './shard.ts';
import type { TableView } from './table-memory.ts';

export class Lookup {
  readonly #arena: Arena;
  readonly #shards: readonly Shard[];
  readonly #requests: RebuildRequests;
  readonly #keys: HashedKeys;
  readonly #cells: Cells;
  readonly #index: KeyIndex<Shard>;

  constructor(view: TableView, keys: HashedKeys, cells: Cells) {
    this.#arena = view.arena;
    this.#shards = view.shards;
    this.#requests = view.requests;
    this.#keys = keys;
    this.#cells = cells;
    this.#index = indexOf(view);
  }

  /**
   * The key that other calls ask for. It holds, and REQUIRES of `text`, what HashedKeys.key() says.
   */
  key(text: string): Key {
    const key = this.#keys.key(text);
    this.#index.prefetch(key);
    return key;
  }

  /** The keys of several texts, as HashedKeys.keys() has them. */
  keys(texts: readonly string[]): readonly Key[] {
    const keys = this.#keys.keys(texts);
    for (const key of keys) this.#index.prefetch(key);
    return keys;
  }

  shardOf(key: Key): Shard {
    return this.#shards[key.hash & (this.#shards.length - 1)] as Shard;
  }

  lock(shard: Shard): void {
    if (shard.lock()) this.#cells.add(LOCK_CONTENDED, 1);
  }

  /** Locks the shards of all the keys, each once, and returns them. */
  lockAll(keys: readonly Key[]): readonly Shard[] {
    const inOrder: Shard[] = [];
    for (const key of keys) {
      const shard = this.shardOf(key);
      if (!inOrder.includes(shard)) inOrder.push(shard);
    }
    inOrder.sort((one, other) => one.index - other.index);
    for (const shard of inOrder) this.lock(shard);
    return inOrder;
  }

  /** The key's slot, or NONE. REQUIRES: `shard` is the key's, here and below. */
  find(shard: Shard, key: Key): number {
    return this.#index.find(shard, key);
  }

  /** A new slot for the key, or NONE where none is left. REQUIRES: find() has just found none. */
  add(shard: Shard, key: Key): number {
    const slot = this.#index.add(shard, key);
    if (slot === NONE) this.#lacksSlot();
    return slot;
  }

  /**
   * Whether add() would find one. Where it would not, one is asked for as if it had been tried: so
   * that there will be. REQUIRES: find() has just found none.
   */
  hasRoomFor(shard: Shard, key: Key): boolean {
    const hasRoom = !this.isFullFor(shard, key);
    if (!hasRoom) this.#lacksSlot();
    return hasRoom;
  }

  /** Whether add() would find none. REQUIRES: find() has just found none. */
  isFullFor(shard: Shard, key: Key): boolean {
    return this.#index.isFullFor(shard, key);
  }

  /**
   * Slots of keys that are in use. Needs no lock, and may be a moment old. Clients may ask for it
   * as often as they like, so it is never counted out: a large table has 262,144 shards.
   */
  get size(): number {
    return this.#arena.used - this.#shards.length;
  }

  #lacksSlot(): void {
    this.#cells.add(TABLE_FULL, 1);
    this.#requests.askAll();
  }
}
