/**
 * What a table keeps of a key in its slot: a bucket, or a lease and a bucket.
 *
 * Locking: the lock of the shard that owns the slot.
 */

/** What eviction needs to know of slots. */
export interface Forgettable {
  /** From when on the slot can be forgotten, if nothing is done with it until then. */
  forgettableFromUs(slot: number): number;
}

export interface Records<T> extends Forgettable {
  /** Copies what is in the slot into an object that bucket/ reckons with. */
  load(slot: number, into: T): void;
  store(slot: number, record: T): void;
  /** Whether the slot's bucket is a share: what was spent of one begins to come back later. */
  isShare(slot: number): boolean;
}
