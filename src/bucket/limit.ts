/**
 * A limit as whole numbers, never a quotient: `capacity` tokens at most, `count` tokens back every
 * `period` ticks of the clock.
 *
 * One token is `period` units, and each tick gives back `count` units. Everything a bucket counts
 * is whole units below 2^53, which a double holds exactly: nothing is ever rounded away.
 */

export interface Limit {
  /** Most tokens the bucket holds: the largest burst. */
  readonly capacity: number;
  /** Units given back each tick. */
  readonly count: number;
  /** Units to a token. */
  readonly period: number;
  /** The length of a tick: 1, 1,000 or 1,000,000 microseconds. */
  readonly tickUs: number;
  /** The time in which `capacity` tokens come back: whole where a client asked for it by that. */
  readonly intervalUs: number;
}

/** A limit by its rate: `count` tokens come back every `periodUs` microseconds. */
export interface AskedLimit {
  readonly capacity: number;
  readonly count: number;
  readonly periodUs: number;
}

/**
 * The most units that may come back in a tick: times the microseconds of one they are below 2^53.
 */
export const MOST_COUNT = 1e9;
const MS = 1_000;
const SECOND = 1_000_000;

const TICKS = [1, MS, SECOND] as const;

/**
 * The limit that is asked for, counted in the finest ticks that keep it exact: microseconds, else
 * milliseconds, else seconds. Null where none does, and where more than MOST_COUNT units come back
 * in such a tick.
 *
 * REQUIRES: capacity and count are from 1 to MOST_CAPACITY, periodUs from 1 to MOST_INTERVAL_US,
 * all whole.
 */
export function limitOf({ capacity, count, periodUs }: AskedLimit): Limit | null {
  for (const tickUs of TICKS) {
    if (periodUs % tickUs !== 0) return null;
    const ticks = periodUs / tickUs;
    const divisor = greatestCommonDivisor(count, ticks);
    const period = ticks / divisor;
    const aTick = count / divisor;
    // In longer ticks more comes back.
    if (aTick > MOST_COUNT) return null;
    if (capacity * period <= Number.MAX_SAFE_INTEGER) {
      const intervalUs = count === capacity ? periodUs : (capacity * periodUs) / count;
      return { capacity, count: aTick, period, tickUs, intervalUs };
    }
  }
  return null;
}

/** Whether two limits say the same, be they one object or not. */
export function isSameLimit(one: Limit, other: Limit): boolean {
  return (
    one === other ||
    (one.capacity === other.capacity &&
      one.count === other.count &&
      one.period === other.period &&
      one.tickUs === other.tickUs)
  );
}

function greatestCommonDivisor(one: number, other: number): number {
  let a = one;
  let b = other;
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}
