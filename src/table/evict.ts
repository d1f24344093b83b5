/**
 * Eviction: forgetting buckets that are full again, which changes no answer. Where slots hold leases,
 * those that have ended are what is forgotten, and what is said here of full buckets is said of them.
 *
 * Used by the rebalancer in one swap: what is full when the shadow is begun is set aside, and what
 * was used since is put back before the swap.
 *
 * Locking: the shard's lock. Nothing is allocated under it.
 */
import { type Bucket, fullAtUs, fullBucket, refill } from '../bucket/token-bucket.ts';
import type { Arena } from '../memory/arena.ts';
import { loadBucket } from './bucket-store.ts';
import type { LeaseRecords } from './lease-records.ts';

export class Eviction {
  /** The slots that are set aside: the first `count`. */
  readonly slots: Int32Array;
  count = 0;
  /** The earliest time at which one of those that stayed can be full. */
  fullFromUs: number = Number.POSITIVE_INFINITY;
  readonly #arena: Arena;
  readonly #leases: LeaseRecords | null;
  readonly #bucket: Bucket = fullBucket();

  constructor(arena: Arena, leases: LeaseRecords | null = null) {
    this.#arena = arena;
    this.#leases = leases;
    this.slots = new Int32Array(arena.capacity + 1);
  }

  /** Sets the full ones of `list` aside, closes up the rest, and returns how many are left. */
  setAside(list: Int32Array, count: number, nowUs: number): number {
    let staying = 0;
    this.count = 0;
    this.fullFromUs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const slot = list[i] as number;
      if (this.#isFull(slot, nowUs)) {
        this.slots[this.count++] = slot;
      } else {
        list[staying++] = slot;
        this.fullFromUs = Math.min(this.fullFromUs, this.#fullAtUs(slot));
      }
    }
    return staying;
  }

  /** Moves what is no longer full from what was set aside into `into`. Returns how many. */
  putBack(into: Int32Array, nowUs: number): number {
    let left = 0;
    let back = 0;
    for (let i = 0; i < this.count; i++) {
      const slot = this.slots[i] as number;
      if (this.#isFull(slot, nowUs)) this.slots[left++] = slot;
      else into[back++] = slot;
    }
    this.count = left;
    return back;
  }

  #isFull(slot: number, nowUs: number): boolean {
    loadBucket(this.#arena, slot, this.#bucket);
    if (this.#leases !== null) return this.#leases.forgettableFromUs(slot, this.#bucket) <= nowUs;
    refill(this.#bucket, nowUs);
    return this.#bucket.used === 0;
  }

  /** REQUIRES: #isFull() was just asked of this slot. */
  #fullAtUs(slot: number): number {
    return this.#leases?.forgettableFromUs(slot, this.#bucket) ?? fullAtUs(this.#bucket);
  }
}
