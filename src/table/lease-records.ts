/**
 * Leases in shared memory, a cache line a slot, and the buckets beside them. A slot can be
 * forgotten when its lease has ended.
 *
 * Used by LeaseTable and by eviction. Locking: the lock of the shard that owns the slot.
 */

import type { Bucket } from '../bucket/token-bucket.ts';
import { forgettableFromUs } from '../lease/terms/lease.ts';
import { isShare, type Lease, noLease } from '../lease/terms/lease-state.ts';
import type { Slots } from '../memory/layout.ts';
import { BucketRecords } from './bucket-records.ts';
import type { Records } from './records.ts';

const DOUBLES_LOG2 = 3;

const LEFT = 0;
const DEADLINE_US = 1;
const CAPACITY = 2;
const DENIED_UNTIL_US = 3;
const DENIED_COST = 4;
const OWED = 5;
const DEMAND = 6;
/** Of a lease; or what was owed before a share, to which that is nothing. */
const LOW_OR_OWED_BEFORE = 7;

/** What a slot says of a key. */
export interface LeaseRecord {
  readonly lease: Lease;
  readonly bucket: Bucket;
}

/** Memory of a thread's own for so many leases. */
export function leaseCopies(most: number): Float64Array {
  return new Float64Array(most << DOUBLES_LOG2);
}

/** The n-th lease of such memory, or of that of all slots. */
export function leaseIn(doubles: Float64Array, n: number, into: Lease): void {
  const base = n << DOUBLES_LOG2;
  into.left = doubles[base + LEFT] as number;
  into.deadlineUs = doubles[base + DEADLINE_US] as number;
  into.capacity = doubles[base + CAPACITY] as number;
  into.deniedUntilUs = doubles[base + DENIED_UNTIL_US] as number;
  into.deniedCost = doubles[base + DENIED_COST] as number;
  into.owed = doubles[base + OWED] as number;
  into.demand = doubles[base + DEMAND] as number;
  const last = doubles[base + LOW_OR_OWED_BEFORE] as number;
  const isOfShare = isShare(into);
  into.low = isOfShare ? 0 : last;
  into.owedBefore = isOfShare ? last : 0;
}

export class LeaseRecords implements Records<LeaseRecord> {
  readonly #doubles: Float64Array;
  readonly #buckets: BucketRecords;
  readonly #lease: Lease = noLease();

  /** `memory` is what reserve() made for as many slots as `slots` has. */
  constructor(memory: SharedArrayBuffer, slots: Slots) {
    this.#doubles = new Float64Array(memory);
    this.#buckets = new BucketRecords(slots);
  }

  /** Memory for slots 1 to `slots`. */
  static reserve(slots: number): SharedArrayBuffer {
    return new SharedArrayBuffer(((slots + 1) << DOUBLES_LOG2) * 8);
  }

  load(slot: number, into: LeaseRecord): void {
    this.#loadLease(slot, into.lease);
    this.#buckets.load(slot, into.bucket);
  }

  /** Copies the lease of a slot to the n-th place of memory of a thread's own. */
  copyLease(slot: number, into: Float64Array, n: number): void {
    const from = slot << DOUBLES_LOG2;
    const to = n << DOUBLES_LOG2;
    for (let i = 0; i < 1 << DOUBLES_LOG2; i++) into[to + i] = this.#doubles[from + i] as number;
  }

  #loadLease(slot: number, into: Lease): void {
    leaseIn(this.#doubles, slot, into);
  }
  store(slot: number, { lease, bucket }: LeaseRecord): void {
    this.#buckets.store(slot, bucket);
    const base = slot << DOUBLES_LOG2;
    const doubles = this.#doubles;
    doubles[base + LEFT] = lease.left;
    doubles[base + DEADLINE_US] = lease.deadlineUs;
    doubles[base + CAPACITY] = lease.capacity;
    doubles[base + DENIED_UNTIL_US] = lease.deniedUntilUs;
    doubles[base + DENIED_COST] = lease.deniedCost;
    doubles[base + OWED] = lease.owed;
    doubles[base + DEMAND] = lease.demand;
    doubles[base + LOW_OR_OWED_BEFORE] = isShare(lease) ? lease.owedBefore : lease.low;
  }

  forgettableFromUs(slot: number): number {
    this.#loadLease(slot, this.#lease);
    return forgettableFromUs(this.#lease);
  }

  isShare(slot: number): boolean {
    this.#loadLease(slot, this.#lease);
    return isShare(this.#lease);
  }
}
