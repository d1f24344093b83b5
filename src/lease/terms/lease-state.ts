/**
 * What a slot says of a lease, or of the share that stands in its place while the store is away.
 */

export interface Lease {
  /**
   * Tokens that may be spent, while it is before the deadline; of a share: that were, as it began.
   */
  left: number;
  /** Until when; of a share: since when it fills. */
  deadlineUs: number;
  /**
   * The capacity of the limit that the lease is for; the rest of that limit is the bucket's. 0
   * where there is no lease (hasLease()); -n where the bucket stands in for a store that is away
   * for the n-th time (isShare(), isShareOf()).
   */
  capacity: number;
  /** Until then a note holds. */
  deniedUntilUs: number;
  /** Under the limit of the lease it denies this cost and more; 0 where it denies none. */
  deniedCost: number;
  /** Tokens spent from a share, of which the store has not been told. */
  owed: number;
  /** Of a share: tokens that were owed when it began; 0 where there is none. */
  owedBefore: number;
  /** Tokens asked for since the last exchange. */
  demand: number;
  /**
   * With so few left an exchange is due; below 0 once that was said (wasSaid()). Nothing to a
   * share.
   */
  low: number;
}

/** A time in which the store is away: the n-th, from 1, and since when. */
export interface Outage {
  readonly number: number;
  readonly sinceUs: number;
}

export function noLease(): Lease {
  return {
    left: 0,
    deadlineUs: 0,
    capacity: 0,
    deniedUntilUs: 0,
    deniedCost: 0,
    owed: 0,
    owedBefore: 0,
    demand: 0,
    low: 0,
  };
}

/** Whether there is a lease, be it spent or over. */
export function hasLease({ capacity }: Lease): boolean {
  return capacity > 0;
}

/** Whether the bucket is a share, of whichever outage. */
export function isShare({ capacity }: Lease): boolean {
  return capacity < 0;
}

/**
 * Whether the bucket beside the lease stands in for a store that is away, or that is silent for it.
 */
export function isShareOf({ capacity }: Lease, outage: Outage): boolean {
  return capacity === markOf(outage);
}

export function markOf({ number }: Outage): number {
  return -number;
}

/** Whether it was said that an exchange is due, or one is under way. */
export function wasSaid({ low }: Lease): boolean {
  return low < 0;
}
