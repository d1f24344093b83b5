/**
 * Eviction: forgetting buckets that are full again, which changes no answer. Where slots hold
 * leases, those that have ended are what is forgotten, and what is said here of full buckets is
 * said of them.
 *
 * Used by the rebalancer in one swap: what is full when the shadow is begun is set aside, and what
 * was used since is put back before the swap.
 *
 * Locking: the shard's lock. Nothing is allocated under it.
 */
import type { Forgettable } from '../records.ts';

export class Eviction {
  /** The slots that are set aside: the first `count`. */
  readonly slots: Int32Array;
  count = 0;
  /** The earliest time at which one of those that stayed can be full. */
  fullFromUs: number = Number.POSITIVE_INFINITY;
  readonly #records: Forgettable;

  /** `slots`: the most that there are. */
  constructor(records: Forgettable, slots: number) {
    this.#records = records;
    this.slots = new Int32Array(slots);
  }

  /** Sets the full ones of `list` aside, closes up the rest, and returns how many are left. */
  setAside(list: Int32Array, count: number, nowUs: number): number {
    let staying = 0;
    this.count = 0;
    this.fullFromUs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const slot = list[i] as number;
      const fullUs = this.#records.forgettableFromUs(slot);
      if (fullUs <= nowUs) {
        this.slots[this.count++] = slot;
      } else {
        list[staying++] = slot;
        this.fullFromUs = Math.min(this.fullFromUs, fullUs);
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
      if (this.#records.forgettableFromUs(slot) <= nowUs) this.slots[left++] = slot;
      else into[back++] = slot;
    }
    this.count = left;
    return back;
  }
}
