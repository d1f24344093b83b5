/**
 * A limit as instances share it: whoever asks has brought it, or the service keeps it.
 *
 * A bucket goes by the limit that it was last charged under. Where an operator wrote that, and not
 * whoever asks, it goes by the one in force at once, if that gives tokens back faster.
 */
import { isSameLimit, type Limit } from '../../bucket/limit.ts';
import type { Window } from '../../bucket/window.ts';

export interface SharedLimit extends Limit {
  /** Whether the service keeps it; left out where whoever asks has chosen it. */
  readonly isKept?: boolean;
  /**
   * Where tokens come back as a window ends, the one that is open by this instance's clocks; the
   * limit itself is then the slowest token bucket that gives as many, for shares of it.
   */
  readonly window?: Window;
}

/** The same limit, as one that the service keeps. */
export function keptBy(limit: Limit, window: Window | null = null): SharedLimit {
  return window === null ? { ...limit, isKept: true } : { ...limit, isKept: true, window };
}

export function isKept(limit: SharedLimit): boolean {
  return limit.isKept === true;
}

/** Whether two say the same, and of the same kind of bucket. */
export function isSameShared(one: SharedLimit, other: SharedLimit): boolean {
  return (
    one === other ||
    (isSameLimit(one, other) &&
      isKept(one) === isKept(other) &&
      one.window?.kind === other.window?.kind)
  );
}
