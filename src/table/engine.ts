/**
 * What a table asks of its engine, the part that leads from a key to its slot: an index that
 * deciders search, upkeep by a thread beside them, and a walk over all keys of a shard.
 */
import type { Key } from '../memory/key.ts';
import type { RecordPage } from './record-page.ts';
import type { Shard } from './shard.ts';

/** One object a thread: between find() and add() it remembers where the search ended. */
export interface KeyIndex<S extends Shard> {
  /**
   * Reads what find() will read first, before the lock is taken: so the processor fetches both at a
   * time. What it reads means nothing, for another thread may be writing it.
   */
  prefetch(key: Key): void;
  /** The key's slot, or NONE. Counts the search. REQUIRES: the shard is locked, and the key's. */
  find(shard: S, key: Key): number;
  /**
   * A new slot for the key, which is written into it; NONE where there is none left for it.
   * REQUIRES: the last call was the find() that missed this key, under the same lock.
   */
  add(shard: S, key: Key): number;
  /** Whether add() would return NONE now. REQUIRES: as add(). */
  isFullFor(shard: S, key: Key): boolean;
}

/**
 * Goes through a shard in pieces, in an order of its keys that never changes: whatever happens
 * between two pieces, no key that stays is missed or seen twice. One object a thread.
 */
export interface KeyWalk<S extends Shard> {
  /**
   * Copies the records of the keys that come next after this one, or of the first where it is null:
   * at most as many as it was made for. Returns whether they are the last. REQUIRES: the shard is
   * locked; `after` has its hash.
   */
  copyAfter(shard: S, after: Key | null, page: RecordPage): boolean;
}

/** One object, in one thread of the process, which holds no lock when it calls. */
export interface Upkeep {
  /** Does what deciders asked for. */
  serve(): void;
  /** Looks at every shard, does what is due, and publishes how long searches were. */
  check(): void;
  /** Forgets what can be forgotten, in every shard. */
  sweep(): void;
}
