/**
 * Buckets in the slots of shared memory. A slot can be forgotten when its bucket is full, or its
 * window over.
 *
 * Used by the tables and by eviction. Locking: the lock of the shard that owns the slot.
 */
import { forgettableFromUs } from '../bucket/kept-limit.ts';
import { type Bucket, fullBucket } from '../bucket/token-bucket.ts';
import {
  AT,
  CAPACITY,
  COUNT,
  PERIOD,
  RECORD_DOUBLES,
  RECORD_WORDS,
  type Slots,
  TICK,
  USED,
} from '../memory/layout.ts';
import type { Records } from './records.ts';

export class BucketRecords implements Records<Bucket> {
  readonly #slots: Slots;
  readonly #bucket: Bucket = fullBucket();

  constructor(slots: Slots) {
    this.#slots = slots;
  }

  /** REQUIRES: store() has written this slot since it was handed out, or it was never touched. */
  load(slot: number, into: Bucket): void {
    const base = slot * RECORD_DOUBLES;
    const { doubles, records } = this.#slots;
    into.used = doubles[base + USED] as number;
    into.atUs = doubles[base + AT] as number;
    into.count = doubles[base + COUNT] as number;
    into.period = doubles[base + PERIOD] as number;
    into.capacity = doubles[base + CAPACITY] as number;
    into.tickUs = records[slot * RECORD_WORDS + TICK] as number;
  }

  store(slot: number, bucket: Bucket): void {
    const base = slot * RECORD_DOUBLES;
    const { doubles, records } = this.#slots;
    doubles[base + USED] = bucket.used;
    doubles[base + AT] = bucket.atUs;
    doubles[base + COUNT] = bucket.count;
    doubles[base + PERIOD] = bucket.period;
    doubles[base + CAPACITY] = bucket.capacity ?? 0;
    records[slot * RECORD_WORDS + TICK] = bucket.tickUs;
  }

  forgettableFromUs(slot: number): number {
    this.load(slot, this.#bucket);
    return forgettableFromUs(this.#bucket);
  }

  isShare(): boolean {
    return false;
  }
}
