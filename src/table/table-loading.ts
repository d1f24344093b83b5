/**
 * Puts buckets into a table that come from elsewhere, before anybody decides by it. What finds no
 * room goes into the bucket that the keys of its shard share: so nobody has more than he had.
 *
 * Thread safety: as a decider, it takes the lock of the shard. One object, in one thread.
 */
import { forgettableFromUs } from '../bucket/kept-limit.ts';
import { join } from '../bucket/shared-bucket.ts';
import { type Bucket, fullBucket } from '../bucket/token-bucket.ts';
import { assert } from '../lib/assert.ts';
import type { Key } from '../memory/key.ts';
import { NONE } from '../memory/layout.ts';
import { BucketRecords } from './bucket-records.ts';
import type { KeyIndex } from './engine.ts';
import { indexOf } from './engines.ts';
import { type HashKey, hashOf } from './keyed-hash.ts';
import type { Shard } from './shard.ts';
import { type TableMemory, viewTable } from './table-memory.ts';

export class TableLoading {
  readonly #shards: readonly Shard[];
  readonly #hashKey: HashKey;
  readonly #index: KeyIndex<Shard>;
  readonly #records: BucketRecords;
  readonly #shared: Bucket = fullBucket();

  constructor(table: TableMemory) {
    const view = viewTable(table);
    assert(view.records instanceof BucketRecords, 'the table was reserved for buckets');
    this.#shards = view.shards;
    this.#hashKey = table.hashKey;
    this.#index = indexOf(view);
    this.#records = view.records;
  }

  /**
   * Gives the key this bucket. False where there was no room: then it is in the one that is shared.
   * REQUIRES: the bucket is not ahead of `nowUs`, but for the end of a window.
   */
  put(key: Key, bucket: Bucket, nowUs: number): boolean {
    const shard = this.#lock(key, nowUs);
    const found = this.#index.find(shard, key);
    const slot = found === NONE ? this.#index.add(shard, key) : NONE;
    if (slot === NONE) {
      this.#share(shard, bucket, nowUs);
    } else {
      this.#records.store(slot, bucket);
      shard.expectFull(forgettableFromUs(bucket));
    }
    shard.unlock();
    return slot !== NONE;
  }

  /** Has the keys of the key's shard share this bucket. REQUIRES: as put(). */
  share(key: Key, bucket: Bucket, nowUs: number): void {
    const shard = this.#lock(key, nowUs);
    this.#share(shard, bucket, nowUs);
    shard.unlock();
  }

  /**
   * The same, of a bucket that was shared in this one of so many shards: those that have its keys
   * now inherit it.
   */
  inherit(
    bucket: Bucket,
    from: { readonly shard: number; readonly of: number },
    nowUs: number,
  ): void {
    const step = Math.min(from.of, this.#shards.length);
    for (let i = from.shard & (step - 1); i < this.#shards.length; i += step) {
      const shard = this.#shards[i] as Shard;
      shard.lock();
      shard.advance(nowUs);
      this.#share(shard, bucket, nowUs);
      shard.unlock();
    }
  }

  /** Locks the shard of the key, and sets its hash. */
  #lock(key: Key, nowUs: number): Shard {
    key.hash = hashOf(this.#hashKey, key);
    const shard = this.#shards[key.hash & (this.#shards.length - 1)] as Shard;
    shard.lock();
    shard.advance(nowUs);
    return shard;
  }

  /** REQUIRES: the shard is locked. */
  #share(shard: Shard, bucket: Bucket, nowUs: number): void {
    this.#records.load(shard.overflow, this.#shared);
    join(this.#shared, bucket, nowUs);
    this.#records.store(shard.overflow, this.#shared);
  }
}
