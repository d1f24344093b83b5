/** How limits are shared: what an operator chose, and what follows from it. */
import { type Limit, limitOf } from '../bucket/limit.ts';
import { isKept, keptBy, type SharedLimit } from './terms/shared-limit.ts';

export interface SharingSettings {
  readonly sharing: 'leased' | 'strict';
  readonly onStoreDown: 'local' | 'open' | 'closed';
  /** The store is doubted once it has been silent for this time while it is asked something. */
  readonly storeTimeoutMs: number;
  /** The longest that a question waits for its decision, whatever it waits for. */
  readonly decideWithinMs: number;
}

/**
 * The exchanger gives up a question in this part of its time: what it then says, and why, is there
 * before the decider gives it up itself.
 */
const GIVEN_UP_PART = 0.9;
/** Most keys on their way to the store, of those that it has not been silent about. */
export const MOST_UNDER_WAY = 128;
/** Most keys in one call: the first answers come soon, and no call holds the store for long. */
export const MOST_TOGETHER = 32;

/** When the exchanger gives up a question, after it was asked. */
export function givenUpUs({ decideWithinMs }: SharingSettings): number {
  return decideWithinMs * 1_000 * GIVEN_UP_PART;
}

/**
 * How long a store that is doubted has to break its silence. Half of a question's time is the
 * longest silence in all, so that whoever asked as it began is still told in his.
 */
export function doubtMs({ storeTimeoutMs, decideWithinMs }: SharingSettings): number {
  return Math.max(storeTimeoutMs, decideWithinMs / 2 - storeTimeoutMs);
}

/** What a reset goes by where nobody has asked for the key yet. */
export const ANY_LIMIT: Limit = limitOf({ capacity: 1, count: 1, periodUs: 1 }) as Limit;

/** How long a lease lasts. */
export const LEASE_US = 500_000;
/**
 * The part of a lease's time in which it is spent, should our clock run more slowly than the
 * store's.
 */
export const LEASE_SAFE_PART = 0.999;
/** A lease is looked after this often: made larger or smaller, or given back. */
export const CHECK_EVERY_US: number = LEASE_US / 2;

/**
 * What was leased for all or none stays in the lease for at least this long, for whoever asked to
 * take it: the key's next exchange would return it first, where the bucket is too small to be
 * leased, or under another limit.
 */
export const LEAST_HELD_US = 2_000;

/**
 * The least questions that a lease is for where there is enough, however many share what is left.
 */
export const LEAST_LEASE = 8;

/** A bucket with fewer tokens an instance is too small to be leased. */
const LEAST_CAPACITY = 8;
/** One that gets fewer tokens an instance in this time refills too slowly. */
const LEAST_REFILL = 2;
const REFILL_US = 100_000;
/** Of a window a lease is given a hundredth of what is left. */
const LEAST_WINDOW = 100 * LEAST_CAPACITY;

/** Whether leases of a bucket would be too small to be of use: it is decided in the store then. */
export function isSmall(limit: SharedLimit, instances: number): boolean {
  const { capacity, count, period, tickUs, window } = limit;
  if (window !== undefined) return capacity < LEAST_WINDOW;
  if (capacity < LEAST_CAPACITY * instances) return true;
  return ((REFILL_US / tickUs) * count) / period < LEAST_REFILL * instances;
}

/**
 * An instance's share of a limit, rounded down: null where that is less than a token, or cannot be
 * counted. All shares together are at most the limit.
 */
export function shareOf(limit: SharedLimit, instances: number): SharedLimit | null {
  if (instances === 1) return limit;
  const capacity = Math.floor(limit.capacity / instances);
  const periodUs = sharePeriodUs(limit, instances);
  if (capacity < 1 || periodUs > Number.MAX_SAFE_INTEGER) return null;
  const share = limitOf({ capacity, count: limit.count, periodUs });
  return share !== null && isKept(limit) ? keptBy(share, limit.window ?? null) : share;
}

/**
 * By what a debt comes back where an instance's share is less than a token: at the rate that a
 * share would have.
 */
export function debtShareOf(limit: SharedLimit, instances: number): SharedLimit {
  const periodUs = sharePeriodUs(limit, instances);
  const isExact = periodUs <= Number.MAX_SAFE_INTEGER;
  return (isExact && limitOf({ capacity: 1, count: limit.count, periodUs })) || limit;
}

function sharePeriodUs(limit: Limit, instances: number): number {
  return limit.period * limit.tickUs * instances;
}
