/**
 * Looks at the record of one key, and changes it, for operators: by the key as slots hold it, of
 * which the text may not be known.
 *
 * No key is given a slot here, and no lock is held for more than a search.
 *
 * Thread safety: an object a thread, which holds no lock when it calls.
 */
import { forgettableFromUs } from '../bucket/kept-limit.ts';
import { type Bucket, copyOf, fullBucket } from '../bucket/token-bucket.ts';
import { type Lease, noLease } from '../lease/terms/lease-state.ts';
import { assert } from '../lib/assert.ts';
import type { Key } from '../memory/key.ts';
import { NONE } from '../memory/layout.ts';
import { BucketRecords } from './bucket-records.ts';
import type { KeyIndex } from './engine.ts';
import { indexOf } from './engines.ts';
import { type HashKey, hashOf } from './keyed-hash.ts';
import { LeaseRecords } from './lease-records.ts';
import type { Shard } from './shard.ts';
import { type TableMemory, type TableView, viewTable } from './table-memory.ts';

/** Copies: nothing that is done to them changes the table. */
export interface RecordCopy {
  readonly bucket: Bucket;
  /** Null where the table holds buckets. */
  readonly lease: Lease | null;
}

export class RecordDesk {
  readonly #view: TableView;
  readonly #hashKey: HashKey;
  readonly #index: KeyIndex<Shard>;
  readonly #overflow: BucketRecords;

  constructor(table: TableMemory) {
    this.#view = viewTable(table);
    this.#hashKey = table.hashKey;
    this.#index = indexOf(this.#view);
    this.#overflow = new BucketRecords(this.#view.arena);
  }

  /** Null for a key that has no record. */
  look(key: Key): RecordCopy | null {
    const shard = this.#lock(key);
    const slot = this.#index.find(shard, key);
    const copy = slot === NONE ? null : this.#copyOf(slot);
    shard.unlock();
    return copy;
  }

  /**
   * Changes the bucket of a key as `change` does, which is told the time, and returns whether it is
   * to be. Null for a key that has no record. REQUIRES: the table holds buckets.
   */
  change(
    key: Key,
    nowUs: number,
    change: (bucket: Bucket, atUs: number) => boolean,
  ): boolean | null {
    const { records } = this.#view;
    assert(records instanceof BucketRecords, 'only buckets are changed by a hand');
    const shard = this.#lock(key);
    const atUs = shard.advance(nowUs);
    const slot = this.#index.find(shard, key);
    const isChanged = slot === NONE ? null : changeSlot(records, slot, shard, { atUs, change });
    shard.unlock();
    return isChanged;
  }

  /** A copy of the bucket that keys share which have none in the key's shard. */
  overflowOf(key: Key): Bucket {
    const shard = this.#lock(key);
    const bucket = fullBucket();
    this.#overflow.load(shard.overflow, bucket);
    shard.unlock();
    return bucket;
  }

  #copyOf(slot: number): RecordCopy {
    const { records } = this.#view;
    const bucket = fullBucket();
    if (!(records instanceof LeaseRecords)) {
      records.load(slot, bucket);
      return { bucket, lease: null };
    }
    const lease = noLease();
    records.load(slot, { lease, bucket });
    return { bucket, lease };
  }

  #lock(key: Key): Shard {
    key.hash = hashOf(this.#hashKey, key);
    const { shards } = this.#view;
    const shard = shards[key.hash & (shards.length - 1)] as Shard;
    shard.lock();
    return shard;
  }
}

/** REQUIRES: the shard is locked. */
function changeSlot(
  records: BucketRecords,
  slot: number,
  shard: Shard,
  { atUs, change }: { atUs: number; change: (bucket: Bucket, atUs: number) => boolean },
): boolean {
  const bucket = fullBucket();
  records.load(slot, bucket);
  const changed = copyOf(bucket);
  if (!change(changed, atUs)) return false;
  records.store(slot, changed);
  shard.expectFull(forgettableFromUs(changed));
  return true;
}
