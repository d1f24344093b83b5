/**
 * A limit as instances share it: whoever asks has brought it, or the service keeps it.
 *
 * A bucket goes by the limit that it was last charged under. Where an operator wrote that, and not
 * whoever asks, it goes by the one in force at once, if that gives tokens back faster.
 */
import { isSameLimit, type Limit } from '../../bucket/limit.ts';

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
