/**
 * Goes through all records of a table, a few at a time: each time it copies those that come next in
 * one shard, under that shard's lock, and whoever walks reads the copies without it.
 *
 * Between two pieces anything may happen to the table. What is in it from the begin to the end is
 * seen just once, whatever is added, swapped or swept meanwhile: keys of a shard have an order that
 * never changes, and a walk goes on after the last key that it saw.
 *
 * Thread safety: an object a thread, which holds no lock when it calls.
 */
import { type Bucket, fullBucket } from '../bucket/token-bucket.ts';
import type { Clock } from '../lib/clock.ts';
import { Key } from '../memory/key.ts';
import { BucketRecords } from './bucket-records.ts';
import type { KeyWalk } from './engine.ts';
import { walkOf } from './engines.ts';
import { type HashKey, hashOf } from './keyed-hash.ts';
import { LeaseRecords } from './lease-records.ts';
import { RecordPage } from './record-page.ts';
import type { Shard } from './shard.ts';
import { type TableMemory, type TableView, viewTable } from './table-memory.ts';

/** Records that are copied under one lock: a few tens of microseconds. */
const MOST_A_HOLD = 128;

export interface WalkParts {
  readonly table: TableMemory;
  readonly clock: Clock;
  /**
   * Whether shards stay locked once they have been copied, for ever: then what was copied is the
   * last that ever becomes of the table. The process must be about to end.
   */
  readonly seals: boolean;
}

export class TableWalk {
  /** The records that were copied. */
  readonly page: RecordPage;
  /** The shard that they are of, and whether they are its last. */
  shard = 0;
  isShardsLast = false;
  /** The bucket of that shard that keys share. */
  readonly overflow: Bucket = fullBucket();
  /** For how long the lock was held. */
  heldUs = 0;
  readonly #shards: readonly Shard[];
  readonly #hashKey: HashKey;
  readonly #walk: KeyWalk<Shard>;
  readonly #clock: Clock;
  readonly #seals: boolean;
  readonly #records: BucketRecords;
  readonly #after = new Key();
  #next = 0;
  #isWithinShard = false;

  constructor({ table, clock, seals }: WalkParts) {
    const view = viewTable(table);
    this.page = new RecordPage(MOST_A_HOLD, leasesOf(view));
    this.#shards = view.shards;
    this.#hashKey = table.hashKey;
    this.#walk = walkOf(view, MOST_A_HOLD);
    this.#clock = clock;
    this.#seals = seals;
    this.#records = new BucketRecords(view.arena);
  }

  /** How many shards there are. */
  get shardCount(): number {
    return this.#shards.length;
  }

  /**
   * Goes on with the keys of this shard that come after this one, or with its first where it is
   * null. The key need not be there, nor its hash be set.
   */
  startAt(shard: number, after: Key | null): void {
    this.#next = shard;
    this.#isWithinShard = after !== null;
    if (after === null) return;
    this.#after.copy(after);
    this.#after.hash = hashOf(this.#hashKey, this.#after);
  }

  /** Copies the records that come next. False where all have been seen. */
  next(): boolean {
    const shard = this.#shards[this.#next];
    if (shard === undefined) return false;
    const isSealed = this.#seals && this.#isWithinShard;
    if (!isSealed) shard.lock();
    const lockedUs = this.#clock();
    this.isShardsLast = this.#walk.copyAfter(
      shard,
      this.#isWithinShard ? this.#after : null,
      this.page,
    );
    this.#records.load(shard.overflow, this.overflow);
    if (!this.#seals) shard.unlock();
    this.heldUs = this.#clock() - lockedUs;
    this.shard = shard.index;
    this.#isWithinShard = !this.isShardsLast;
    if (this.isShardsLast) this.#next++;
    else this.#goOnAfterLast();
    return true;
  }

  #goOnAfterLast(): void {
    const last = this.#after;
    this.page.key(this.page.count - 1, last);
    last.hash = hashOf(this.#hashKey, last);
  }
}

function leasesOf({ records }: TableView): LeaseRecords | null {
  return records instanceof LeaseRecords ? records : null;
}
