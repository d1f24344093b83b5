/** How limits are shared: what an operator chose, and what follows from it. */
import { type Limit, limitOf } from '../bucket/limit.ts';

export interface SharingSettings {
  readonly sharing: 'leased' | 'strict';
  readonly onStoreDown: 'local' | 'open' | 'closed';
  /** The longest that anything waits for the store. */
  readonly storeTimeoutMs: number;
}

/** How long a lease lasts. */
export const LEASE_US = 500_000;
/** An instance stops spending so much earlier, should its clock run more slowly than the store's. */
export const LEASE_SAFE_PART = 0.999;
/** A lease is looked after this often: made larger or smaller, or given back. */
export const CHECK_EVERY_US: number = LEASE_US / 2;

/** However many share what is left, a lease is for so many questions if there is enough. */
export const LEAST_LEASE = 8;

/** Below so many tokens an instance, a bucket is too small to be leased. */
const LEAST_CAPACITY = 8;
/** And below so many tokens an instance in this time, it refills too slowly. */
const LEAST_REFILL = 2;
const REFILL_US = 100_000;

/** Whether leases of a bucket would be too small to be of use: it is decided in the store then. */
export function isSmall(limit: Limit, instances: number): boolean {
  const { capacity, count, period, tickUs } = limit;
  if (capacity < LEAST_CAPACITY * instances) return true;
  return ((REFILL_US / tickUs) * count) / period < LEAST_REFILL * instances;
}

/**
 * An instance's share of a limit, rounded down: null where that is less than a token, or cannot be
 * counted. All shares together are at most the limit.
 */
export function shareOf(limit: Limit, instances: number): Limit | null {
  if (instances === 1) return limit;
  const capacity = Math.floor(limit.capacity / instances);
  const periodUs = limit.period * limit.tickUs * instances;
  if (capacity < 1 || periodUs > Number.MAX_SAFE_INTEGER) return null;
  return limitOf({ capacity, count: limit.count, periodUs });
}
