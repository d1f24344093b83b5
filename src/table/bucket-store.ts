/**
 * Moves buckets between slots of shared memory and the plain objects that bucket/ reckons with.
 *
 * Locking: the lock of the shard that owns the slot.
 */
import type { Bucket } from '../bucket/token-bucket.ts';
import {
  AT,
  COUNT,
  PERIOD,
  RECORD_DOUBLES,
  RECORD_WORDS,
  type Slots,
  TICK,
  USED,
} from '../memory/layout.ts';

/** REQUIRES: storeBucket has written this slot since it was handed out, or it was never touched. */
export function loadBucket(slots: Slots, slot: number, into: Bucket): void {
  const base = slot * RECORD_DOUBLES;
  const { doubles } = slots;
  into.used = doubles[base + USED] as number;
  into.atUs = doubles[base + AT] as number;
  into.count = doubles[base + COUNT] as number;
  into.period = doubles[base + PERIOD] as number;
  into.tickUs = slots.records[slot * RECORD_WORDS + TICK] as number;
}

export function storeBucket(slots: Slots, slot: number, bucket: Bucket): void {
  const base = slot * RECORD_DOUBLES;
  const { doubles } = slots;
  doubles[base + USED] = bucket.used;
  doubles[base + AT] = bucket.atUs;
  doubles[base + COUNT] = bucket.count;
  doubles[base + PERIOD] = bucket.period;
  slots.records[slot * RECORD_WORDS + TICK] = bucket.tickUs;
}
