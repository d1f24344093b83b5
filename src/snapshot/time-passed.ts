/**
 * How much time has passed between two runs of a service, so that buckets refill by it. Never more
 * than has: what refills too much is admitted twice.
 */

/** A time by both clocks. */
export interface Moment {
  /** Since the machine was started, as a rule. */
  readonly monotonicUs: number;
  readonly wallUs: number;
  /** Which start of the machine the monotonic clock counts from; empty where nobody can tell. */
  readonly bootId: string;
}

/** The wall clock is read in whole milliseconds. */
const WALL_STEP_US = 1_000;

/**
 * By the monotonic clock, which nobody sets, where it is the same; else by the wall clock, and
 * where that has gone back none has passed.
 */
export function timePassedUs(then: Moment, now: Moment): number {
  const isSameBoot = then.bootId !== '' && then.bootId === now.bootId;
  if (isSameBoot && now.monotonicUs >= then.monotonicUs) return now.monotonicUs - then.monotonicUs;
  return Math.max(0, now.wallUs - then.wallUs - WALL_STEP_US);
}
