/**
 * A lease: tokens of a bucket that is elsewhere, which this instance may spend without asking.
 * Arithmetic on one lease at one time. No memory, no clock.
 *
 * Beside it goes a picture of that bucket, as of the last exchange and refilled since, in which
 * what this instance may spend is not yet taken. It says what remains; only the lease says what may
 * be taken. While the store is away, and the lease is spent, the bucket stands in for it: then it
 * is this instance's share of the limit (see share.ts).
 *
 * Invariants, after every call:
 *   1. `left` is never more than the store takes this instance to hold, and counts for nothing from
 *      the deadline on, which comes before the store's.
 *   2. A token that is given back has left the lease first.
 *   3. Every token that was spent from a share is owed, until an exchange has taken that over.
 *   4. A note denies what the store would: under the lease's own limit for as long as whoever was
 *      denied was told, under any other while the picture has no room. That shows no more in use
 *      than the store has, and refills at the rate of the store's bucket, whatever the limit asked
 *      under.
 */

import type { Bucket } from '../../bucket/token-bucket.ts';
import { endWithWindow, stillOwed } from './kept-share.ts';
import type { Collected, Outlook, Settlement } from './lease-exchange.ts';
import { hasLease, isShare, type Lease, wasSaid } from './lease-state.ts';
import { bringUp, isBy, isFullFor, unitsOf } from './picture.ts';
import type { SharedLimit } from './shared-limit.ts';

/** An exchange is due when this part of a lease is left. */
const LOW_PART = 0.3;
const SAID = -1;

/**
 * From when on the lease can be forgotten, if nothing is done with it until then. A share only once
 * it has ended: though all has come back under one limit, another counts the time that this took.
 */
export function forgettableFromUs(lease: Lease): number {
  const { owed, deadlineUs, deniedUntilUs } = lease;
  if (isShare(lease) || owed > 0) return Number.POSITIVE_INFINITY;
  return Math.max(deadlineUs, deniedUntilUs);
}

/**
 * Takes `cost` tokens from the lease if they are there. Returns where the decision came from: the
 * lease allows, the note denies; null where neither can tell, and the store must.
 *
 * REQUIRES: cost <= limit.capacity.
 */
export function spend(
  lease: Lease,
  bucket: Bucket,
  limit: SharedLimit,
  cost: number,
  nowUs: number,
): 'lease' | 'denied-until' | null {
  if (cost < 0) return null;
  const isLive = nowUs < lease.deadlineUs;
  if (isLive && cost <= lease.left && isFor(lease, bucket, limit)) {
    bringUp(bucket, nowUs);
    bucket.used += cost * unitsOf(bucket);
    lease.left -= cost;
    lease.demand += cost;
    return 'lease';
  }
  if (cost === 0 || nowUs >= lease.deniedUntilUs) return null;
  bringUp(bucket, nowUs);
  const isDenied = isFor(lease, bucket, limit)
    ? lease.deniedCost > 0 && cost >= lease.deniedCost
    : isFullFor(bucket, limit, cost, nowUs);
  if (!isDenied) return null;
  lease.demand += cost;
  return 'denied-until';
}

/** How long who is denied by a note under this limit is told to wait at least. */
export function noteMs(lease: Lease, bucket: Bucket, limit: SharedLimit, nowUs: number): number {
  return isFor(lease, bucket, limit) ? Math.ceil((lease.deniedUntilUs - nowUs) / 1_000) : 0;
}

/**
 * Whether an exchange is due for a lease that was just spent from: says so once, and not while a
 * note says that there is nothing to be had.
 */
export function becomesDue(lease: Lease, nowUs: number): boolean {
  const isNoted = nowUs < lease.deniedUntilUs && lease.deniedCost > 0;
  if (wasSaid(lease) || lease.left > lease.low || isNoted) return false;
  lease.low = SAID;
  return true;
}

/**
 * Takes the lease into an exchange under `limit`: all but `keepMost` tokens leave it; all, where
 * the lease is for another limit.
 */
export function collect(
  lease: Lease,
  bucket: Bucket,
  limit: SharedLimit,
  keepMost: number,
  nowUs: number,
): Collected {
  endWithWindow(lease, bucket, limit, nowUs);
  const { left, demand } = lease;
  const owed = stillOwed(lease, bucket, nowUs);
  const isLive = nowUs < lease.deadlineUs;
  const keep = isLive && isFor(lease, bucket, limit) ? Math.min(left, keepMost) : 0;
  lease.left = keep;
  lease.owed = 0;
  lease.owedBefore = 0;
  lease.demand = 0;
  lease.low = SAID;
  const [back, ended] = isLive ? [left - keep, 0] : [0, left];
  return { keep, back, ended, owed, demand, hasRoom: true };
}

/** Tokens that a lease should have, to last until it is looked after again and not much longer. */
export function tokensToKeep(
  outlook: Outlook | null,
  demand: number,
  { capacity }: SharedLimit,
): number {
  if (outlook === null || (demand === 0 && !outlook.isAskedFor)) return 0;
  const expected = outlook.expected + demand;
  return expected >= outlook.worthFrom ? Math.min(Math.ceil(expected), capacity) : 0;
}

/**
 * Puts into the lease what an exchange brought. What was spent meanwhile was still the old lease's.
 */
export function settle(lease: Lease, bucket: Bucket, settlement: Settlement): void {
  const { limit, keep, kept, grant, deadlineUs } = settlement;
  const spent = keep - lease.left;
  Object.assign(bucket, settlement.bucket);
  bucket.used += Math.max(0, spent) * unitsOf(bucket);
  lease.left = Math.max(0, kept - spent) + grant;
  lease.deadlineUs = kept + grant > 0 ? deadlineUs : 0;
  lease.capacity = isBy(bucket, limit) ? limit.capacity : 0;
  lease.owed += lease.owedBefore;
  lease.owedBefore = 0;
  noteDenial(lease, settlement);
  lease.low = Math.floor(lease.left * LOW_PART);
}

/**
 * An exchange that denied nothing leaves a note its time: another limit may have been denied, and
 * the picture, which is new, tells of that.
 */
function noteDenial(lease: Lease, { deniedCost, deniedUntilUs }: Settlement): void {
  lease.deniedCost = deniedCost;
  if (deniedCost > 0) lease.deniedUntilUs = deniedUntilUs;
}

function isFor(lease: Lease, bucket: Bucket, limit: SharedLimit): boolean {
  return hasLease(lease) && lease.capacity === limit.capacity && isBy(bucket, limit);
}
