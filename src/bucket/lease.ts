/**
 * A lease: tokens of a bucket that is elsewhere, which this instance may spend without asking.
 * Arithmetic on one lease at one time. No memory, no clock.
 *
 * Beside it goes a picture of that bucket, as of the last exchange and refilled since, in which what
 * this instance may spend is not yet taken. It says what remains; only the lease says what may be
 * taken. While the store is away, and the lease is spent, the bucket stands in for it: then it is
 * this instance's share of the limit (see share.ts).
 *
 * Invariants, after every call:
 *   1. `left` is never more than the store takes this instance to hold, and counts for nothing from
 *      the deadline on, which comes before the store's.
 *   2. A token that is given back has left the lease first.
 *   3. Every token that was spent from a share is owed, until an exchange has taken that over.
 *   4. A note denies what the store would: under the lease's own limit for as long as whoever was
 *      denied was told, under any other while the picture has no room. That shows no more in use than
 *      the store has, and refills at the rate of the store's bucket, whatever the limit asked under.
 */
import type { Collected, Outlook, Settlement } from './lease-exchange.ts';
import type { Limit } from './limit.ts';
import { comeBack, putBack, type Share } from './share.ts';
import { type Bucket, fill, fullBucket, goesBy, isWithin, refill } from './token-bucket.ts';

export interface Lease {
  /** Tokens that may be spent, while it is before the deadline; of a share: that were, as it began. */
  left: number;
  /** Until when; of a share: since when it fills. */
  deadlineUs: number;
  /**
   * The capacity of the limit that the lease is for; the rest of that limit is the bucket's. 0 where
   * there is no lease (hasLease()); -n where the bucket stands in for a store that is away for the n-th
   * time (isShare(), isShareOf()).
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
  /** With so few left an exchange is due; below 0 once that was said (wasSaid()). Nothing to a share. */
  low: number;
}

/** A time in which the store is away: the n-th, from 1, and since when. */
export interface Outage {
  readonly number: number;
  readonly sinceUs: number;
}

/** An exchange is due when this part of a lease is left. */
const LOW_PART = 0.3;
const SAID = -1;

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

/**
 * From when on the lease can be forgotten, if nothing is done with it until then. A share only once it
 * has ended: though all has come back under one limit, another counts the time that this took.
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
  limit: Limit,
  cost: number,
  nowUs: number,
): 'lease' | 'denied-until' | null {
  if (cost < 0) return null;
  const isLive = nowUs < lease.deadlineUs;
  if (isLive && cost <= lease.left && isFor(lease, bucket, limit)) {
    refill(bucket, nowUs);
    bucket.used += cost * bucket.period;
    lease.left -= cost;
    lease.demand += cost;
    return 'lease';
  }
  if (cost === 0 || nowUs >= lease.deniedUntilUs) return null;
  refill(bucket, nowUs);
  const isDenied = isFor(lease, bucket, limit)
    ? lease.deniedCost > 0 && cost >= lease.deniedCost
    : !isWithin(bucket, limit, limit.capacity - cost, nowUs);
  if (!isDenied) return null;
  lease.demand += cost;
  return 'denied-until';
}

/** How long who is denied by a note under this limit is told to wait at least. */
export function noteMs(lease: Lease, bucket: Bucket, limit: Limit, nowUs: number): number {
  return isFor(lease, bucket, limit) ? Math.ceil((lease.deniedUntilUs - nowUs) / 1_000) : 0;
}

/**
 * Whether an exchange is due for a lease that was just spent from: says so once, and not while a note
 * says that there is nothing to be had.
 */
export function becomesDue(lease: Lease, nowUs: number): boolean {
  const isNoted = nowUs < lease.deniedUntilUs && lease.deniedCost > 0;
  if (wasSaid(lease) || lease.left > lease.low || isNoted) return false;
  lease.low = SAID;
  return true;
}

/**
 * Takes the lease into an exchange under `limit`: all but `keepMost` tokens leave it; all, where the
 * lease is for another limit.
 */
export function collect(
  lease: Lease,
  bucket: Bucket,
  limit: Limit,
  keepMost: number,
  nowUs: number,
): Collected {
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
export function tokensToKeep(outlook: Outlook | null, demand: number, { capacity }: Limit): number {
  if (outlook === null || (demand === 0 && !outlook.isAskedFor)) return 0;
  const expected = outlook.expected + demand;
  return expected >= outlook.worthFrom ? Math.min(Math.ceil(expected), capacity) : 0;
}

/** Puts into the lease what an exchange brought. What was spent meanwhile was still the old lease's. */
export function settle(lease: Lease, bucket: Bucket, settlement: Settlement): void {
  const { limit, keep, kept, grant, deadlineUs } = settlement;
  const spent = keep - lease.left;
  Object.assign(bucket, settlement.bucket);
  bucket.used += Math.max(0, spent) * bucket.period;
  lease.left = Math.max(0, kept - spent) + grant;
  lease.deadlineUs = kept + grant > 0 ? deadlineUs : 0;
  lease.capacity = goesBy(bucket, limit) ? limit.capacity : 0;
  lease.owed += lease.owedBefore;
  lease.owedBefore = 0;
  noteDenial(lease, settlement);
  lease.low = Math.floor(lease.left * LOW_PART);
}

/**
 * An exchange that denied nothing leaves a note its time: another limit may have been denied, and the
 * picture, which is new, tells of that.
 */
function noteDenial(lease: Lease, { deniedCost, deniedUntilUs }: Settlement): void {
  lease.deniedCost = deniedCost;
  if (deniedCost > 0) lease.deniedUntilUs = deniedUntilUs;
}

/** The share of this outage: as it stands, or empty since there was neither store nor lease. A copy. */
export function shareOf(lease: Lease, bucket: Bucket, outage: Outage, nowUs: number): Share {
  if (isShareOf(lease, outage)) return { sinceUs: lease.deadlineUs, bucket: { ...bucket } };
  // What was leased until then was this instance's part of what came back; and the store may have
  // answered after whoever says since when it did not.
  const pictureUs = isShare(lease) ? 0 : bucket.atUs;
  const sinceUs = Math.max(outage.sinceUs, lease.deadlineUs, pictureUs);
  return { sinceUs: Math.min(sinceUs, nowUs), bucket: fullBucket() };
}

/** What a share that was just asked has become, and what it stands for. */
export interface ShareSpent {
  readonly outage: Outage;
  readonly cost: number;
  readonly nowUs: number;
}

/**
 * Keeps a share of which `cost` tokens were taken, and owes them. What the lease has left can only be
 * given back from now on.
 */
export function keepShare(lease: Lease, bucket: Bucket, share: Share, spent: ShareSpent): void {
  const { outage, cost, nowUs } = spent;
  // Beside a bucket of its own the debt of another share would be lost.
  const { owed, owedBefore } = isShareOf(lease, outage)
    ? lease
    : { owed: 0, owedBefore: stillOwed(lease, bucket, nowUs) };
  const { left } = lease;
  const capacity = markOf(outage);
  const deadlineUs = share.sinceUs;
  Object.assign(lease, noLease(), { left, capacity, deadlineUs, owed: owed + cost, owedBefore });
  Object.assign(bucket, share.bucket);
}

/** Takes back what keepShare() owes; false where an exchange has taken that over already. */
export function unspendShare(lease: Lease, bucket: Bucket, cost: number, outage: Outage): boolean {
  if (!isShareOf(lease, outage) || lease.owed < cost) return false;
  lease.owed -= cost;
  putBack({ sinceUs: lease.deadlineUs, bucket }, cost);
  return true;
}

/** Ends a share of which the store need not be told: one that owes nothing. */
export function endShare(lease: Lease, bucket: Bucket, nowUs: number): void {
  if (!isShare(lease) || lease.owed + lease.owedBefore > 0) return;
  Object.assign(lease, noLease());
  Object.assign(bucket, fullBucket());
  fill(bucket, nowUs);
}

/**
 * What the store is to be told of a share: no more than a bucket would still have in use that had been
 * charged at once. Shares refill at the rate at which the store has given tokens back meanwhile.
 */
function stillOwed(lease: Lease, bucket: Bucket, nowUs: number): number {
  const { owed, owedBefore } = lease;
  if (!isShare(lease)) return owed;
  const whole = { sinceUs: 0, bucket: withDebt(lease, bucket) };
  const share = { sinceUs: lease.deadlineUs, bucket };
  comeBack(whole, nowUs);
  comeBack(share, nowUs);
  lease.deadlineUs = share.sinceUs;
  return Math.min(owed + owedBefore, Math.ceil(whole.bucket.used / whole.bucket.period));
}

/** A share's bucket, had what was owed before been spent from it too. */
function withDebt({ owedBefore }: Lease, bucket: Bucket): Bucket {
  const used = bucket.used + owedBefore * bucket.period;
  return { ...bucket, used: Math.min(used, Number.MAX_SAFE_INTEGER) };
}

/** Whether there is a lease, be it spent or over. */
export function hasLease({ capacity }: Lease): boolean {
  return capacity > 0;
}

/** Whether the bucket is a share, of whichever outage. */
export function isShare({ capacity }: Lease): boolean {
  return capacity < 0;
}

/** Whether the bucket beside the lease stands in for a store that is away, or that is silent for it. */
export function isShareOf({ capacity }: Lease, outage: Outage): boolean {
  return capacity === markOf(outage);
}

function markOf({ number }: Outage): number {
  return -number;
}

/** Whether it was said that an exchange is due, or one is under way. */
export function wasSaid({ low }: Lease): boolean {
  return low < 0;
}

function isFor(lease: Lease, bucket: Bucket, limit: Limit): boolean {
  return hasLease(lease) && lease.capacity === limit.capacity && goesBy(bucket, limit);
}
