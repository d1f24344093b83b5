/**
 * Leases in shared memory, a cache line a slot, and moved between it and the plain objects that
 * bucket/ reckons with.
 *
 * Used by LeaseTable and by eviction. Locking: the lock of the shard that owns the slot.
 */

import { forgettableFromUs, isShare, type Lease, noLease } from '../bucket/lease.ts';
import type { Bucket } from '../bucket/token-bucket.ts';

const DOUBLES_LOG2 = 3;

const LEFT = 0;
const DEADLINE_US = 1;
const CAPACITY = 2;
const DENIED_UNTIL_US = 3;
const DENIED_COST = 4;
const OWED = 5;
const DEMAND = 6;
const LOW = 7;

export class LeaseRecords {
  readonly #doubles: Float64Array;
  readonly #lease: Lease = noLease();

  constructor(memory: SharedArrayBuffer) {
    this.#doubles = new Float64Array(memory);
  }

  /** Memory for slots 1 to `slots`. */
  static reserve(slots: number): SharedArrayBuffer {
    return new SharedArrayBuffer(((slots + 1) << DOUBLES_LOG2) * 8);
  }

  load(slot: number, into: Lease): void {
    const base = slot << DOUBLES_LOG2;
    const doubles = this.#doubles;
    into.left = doubles[base + LEFT] as number;
    into.deadlineUs = doubles[base + DEADLINE_US] as number;
    into.capacity = doubles[base + CAPACITY] as number;
    into.deniedUntilUs = doubles[base + DENIED_UNTIL_US] as number;
    into.deniedCost = doubles[base + DENIED_COST] as number;
    into.owed = doubles[base + OWED] as number;
    into.demand = doubles[base + DEMAND] as number;
    into.low = doubles[base + LOW] as number;
  }

  store(slot: number, lease: Lease): void {
    const base = slot << DOUBLES_LOG2;
    const doubles = this.#doubles;
    doubles[base + LEFT] = lease.left;
    doubles[base + DEADLINE_US] = lease.deadlineUs;
    doubles[base + CAPACITY] = lease.capacity;
    doubles[base + DENIED_UNTIL_US] = lease.deniedUntilUs;
    doubles[base + DENIED_COST] = lease.deniedCost;
    doubles[base + OWED] = lease.owed;
    doubles[base + DEMAND] = lease.demand;
    doubles[base + LOW] = lease.low;
  }

  /** From when on the slot can be forgotten, if nothing is done with it until then. */
  forgettableFromUs(slot: number, bucket: Bucket): number {
    this.load(slot, this.#lease);
    return forgettableFromUs(this.#lease, bucket);
  }

  /** Whether a share is in the slot's bucket. */
  isShare(slot: number): boolean {
    this.load(slot, this.#lease);
    return isShare(this.#lease);
  }
}
