/**
 * A limit as instances share it: whoever asks has brought it, or the service keeps it.
 *
 * A bucket goes by the limit that it was last charged under. Where an operator wrote that, and not
 * whoever asks, it goes by the one in force at once, if that gives tokens back faster.
 */
import { isSameLimit, type Limit } from '../../bucket/limit.ts';
import { type Bucket, isFaster, tokensUsed } from '../../bucket/token-bucket.ts';

export interface SharedLimit extends Limit {
  /** Whether the service keeps it; left out where whoever asks has chosen it. */
  readonly isKept?: boolean;
}

/** The same limit, as one that the service keeps. */
export function keptBy(limit: Limit): SharedLimit {
  return { ...limit, isKept: true };
}

export function isKept(limit: SharedLimit): boolean {
  return limit.isKept === true;
}

/** Whether two say the same, and of the same kind of bucket. */
export function isSameShared(one: SharedLimit, other: SharedLimit): boolean {
  return one === other || (isSameLimit(one, other) && isKept(one) === isKept(other));
}

/**
 * Whether the bucket is to go by this limit from now on, whatever is taken: not while more is in
 * use than its capacity, which nobody has forgiven. REQUIRES: the bucket was just refilled.
 */
export function isToGoBy(bucket: Bucket, limit: SharedLimit, nowUs: number): boolean {
  if (!isKept(limit) || !isFaster(limit, bucket)) return false;
  return bucket.used === 0 || tokensUsed(bucket, nowUs) <= limit.capacity;
}
