/**
 * The token bucket: arithmetic on one bucket at one time. No memory, no clock.
 *
 * Time is an argument, in whole microseconds, and never earlier than the bucket's own.
 *
 * Invariants, after every call:
 *   1. `used` is a whole number from 0 to 2^53 - 1; 0 is full, whatever the other fields say.
 *   2. Over any stretch of time w that ends now, at most capacity + w x count / period tokens were
 *      taken: `used` is never less than what a bucket refilled continuously would have in use, and
 *      it is 0 as soon as that is.
 *   3. A bucket whose `used` is 0 answers every question as a bucket that was never made.
 */
import { assert } from '../lib/assert.ts';
import type { Decision, Source } from './decision.ts';
import type { Limit } from './limit.ts';

/** A bucket, and of the limit it goes by all that its refilling needs. */
export interface Bucket {
  /** Units taken and not yet refilled. */
  used: number;
  /** When `used` was last brought up to date: a whole number of ticks since it left 0. */
  atUs: number;
  count: number;
  period: number;
  tickUs: number;
}

export function fullBucket(): Bucket {
  return { used: 0, atUs: 0, count: 1, period: 1, tickUs: 1 };
}

/** Gives back all that is in use. REQUIRES: `nowUs` is no earlier than the bucket's time. */
export function fill(bucket: Bucket, nowUs: number): void {
  bucket.used = 0;
  bucket.atUs = nowUs;
}

/** Gives back what the time since the last call has earned. */
export function refill(bucket: Bucket, nowUs: number): void {
  if (bucket.used === 0) {
    bucket.atUs = nowUs;
    return;
  }
  assert(nowUs >= bucket.atUs, 'time does not run backwards');
  const elapsedUs = nowUs - bucket.atUs;
  const ticks = bucket.tickUs === 1 ? elapsedUs : Math.floor(elapsedUs / bucket.tickUs);
  // Exact below 2^53, and a product beyond that is rounded to something that is beyond it too.
  const back = ticks * bucket.count;
  if (back < bucket.used) {
    bucket.used -= back;
    bucket.atUs += ticks * bucket.tickUs;
    if (bucket.tickUs === 1 || !isFullWithinTick(bucket, nowUs)) return;
  }
  fill(bucket, nowUs);
}

/**
 * Whether the part of a tick that has passed would fill the bucket. If it were not full from then
 * on, the whole tick would later be credited to tokens that were taken after only a part of it.
 */
function isFullWithinTick(bucket: Bucket, nowUs: number): boolean {
  // The right side is below 2^53: fewer than 10^6 microseconds times at most 10^9 units.
  return bucket.used * bucket.tickUs <= (nowUs - bucket.atUs) * bucket.count;
}

/**
 * Refills the bucket, lets it go by `limit` from now on, and takes `cost` tokens if they are there.
 * Returns whether they were; a cost of 0 takes nothing, one below 0 gives tokens back that were
 * taken, and both are always allowed.
 *
 * REQUIRES: cost <= limit.capacity, a whole number.
 */
export function take(bucket: Bucket, limit: Limit, cost: number, nowUs: number): boolean {
  refill(bucket, nowUs);
  if (!adopt(bucket, limit, nowUs)) return cost <= 0;
  if (cost < 0) giveBack(bucket, -cost * bucket.period, nowUs);
  if (cost <= 0) return true;
  if (bucket.used > mostUsed(bucket, limit, cost)) return false;
  bucket.used += cost * bucket.period;
  return true;
}

/**
 * Gives units back that were taken. REQUIRES: the bucket was just refilled; `units` is exact as long as
 * it is no more than is used.
 */
export function giveBack(bucket: Bucket, units: number, nowUs: number): void {
  bucket.used -= units;
  // A bucket is not fuller than full, and what the passed part of a tick gives back counts too.
  if (isFullWithinTick(bucket, nowUs)) fill(bucket, nowUs);
}

/**
 * As take(), for a bucket that several keys share, each under a limit of its own: it refills at the
 * slowest rate that tokens were taken under since it was full, so that no key's tokens come back
 * sooner than its own limit says. A denial changes nothing, nor does a cost below 0: what would be
 * given back may be another key's.
 */
export function takeShared(bucket: Bucket, limit: Limit, cost: number, nowUs: number): boolean {
  refill(bucket, nowUs);
  if (cost <= 0) return true;
  if (bucket.used === 0) return take(bucket, limit, cost, nowUs);
  if (bucket.used > mostUsed(bucket, limit, cost)) return false;
  if (isSlower(limit, bucket)) return take(bucket, limit, cost, nowUs);
  bucket.used += cost * bucket.period;
  return true;
}

/** When the bucket will be full again if nobody takes from it. REQUIRES: it was just refilled. */
export function fullAtUs(bucket: Bucket): number {
  const { atUs, used, count, tickUs } = bucket;
  // One that was never asked goes by no limit.
  if (used === 0) return atUs;
  // Beyond 2^53 a sum is rounded, and not always to the same: that is centuries away, or never.
  const fullUs =
    tickUs === 1
      ? atUs + Math.ceil(used / count)
      : atUs + Math.floor(used / count) * tickUs + lastPartUs(bucket);
  return fullUs <= Number.MAX_SAFE_INTEGER ? fullUs : Number.POSITIVE_INFINITY;
}

/** How far into the tick in which it will be full a bucket is full. */
function lastPartUs({ used, count, tickUs }: Bucket): number {
  return Math.ceil(((used % count) * tickUs) / count);
}

/**
 * What to tell whoever asked.
 *
 * REQUIRES: `bucket` is as take() left it when it returned `allowed` for this limit, cost and time,
 * or as takeShared() left it; `degraded` says which.
 */
export function decide(
  bucket: Bucket,
  limit: Limit,
  question: { readonly cost: number; readonly nowUs: number },
  answer: { readonly allowed: boolean; readonly degraded: boolean; readonly source?: Source },
): Decision {
  const { capacity } = limit;
  const { period } = bucket;
  const { nowUs } = question;
  // Quotients of whole numbers below 2^53 round to a whole number only if they are one, so
  // Math.ceil is exact here and in the waits.
  const remaining = Math.max(0, capacity - Math.ceil(bucket.used / period));
  // A shared bucket goes by another limit and means to: it changes only as it lets somebody take.
  const wait = answer.degraded || goesBy(bucket, limit) ? waitMs : waitToAdoptMs;
  return {
    allowed: answer.allowed,
    limit: capacity,
    remaining,
    retryAfterMs: answer.allowed ? 0 : wait(bucket, mostUsed(bucket, limit, question.cost), nowUs),
    resetAfterMs: wait(bucket, 0, nowUs),
    nextTokenMs:
      remaining === capacity ? 0 : wait(bucket, (capacity - remaining - 1) * period, nowUs),
    degraded: answer.degraded,
    source: answer.source,
  };
}

/**
 * The most units that may be in use for `cost` tokens to pass. Not `used + cost x period <= capacity
 * x period`: the left side could pass 2^53. The second bound only tells in a shared bucket, whose
 * units are not the limit's: there the sum itself must not.
 */
function mostUsed(bucket: Bucket, limit: Limit, cost: number): number {
  const most = Number.MAX_SAFE_INTEGER - cost * bucket.period;
  return Math.max(0, Math.min((limit.capacity - cost) * bucket.period, most));
}

/** Whether a limit gives tokens back more slowly than the bucket does now. Exact. */
function isSlower(limit: Limit, bucket: Bucket): boolean {
  const { count, period, tickUs } = limit;
  if (count === bucket.count && period === bucket.period && tickUs === bucket.tickUs) return false;
  return (
    BigInt(count) * BigInt(bucket.period) * BigInt(bucket.tickUs) <
    BigInt(bucket.count) * BigInt(period) * BigInt(tickUs)
  );
}

/** Milliseconds, rounded up, until no more than `target` units are used. */
function waitMs(bucket: Bucket, target: number, nowUs: number): number {
  const over = bucket.used - target;
  if (over <= 0) return 0;
  const ticks = Math.ceil(over / bucket.count);
  if (bucket.tickUs === 1) return Math.ceil(ticks / 1_000);
  // Not in microseconds: a bucket far beyond its capacity waits for more than 2^53 of them, and a
  // large one that gets few back even for more milliseconds: that is only near.
  const tickMs = bucket.tickUs / 1_000;
  const sinceUs = nowUs - bucket.atUs;
  const wholeTicks = Math.floor(bucket.used / bucket.count);
  return Math.min(
    ticks * tickMs - Math.floor(sinceUs / 1_000),
    // It is full, and has room for any cost, at a part of a tick.
    wholeTicks * tickMs + Math.ceil((lastPartUs(bucket) - sinceUs) / 1_000),
  );
}

/**
 * As waitMs, where the bucket did not go by the limit it was asked under: when it is asked again it
 * is about to change its limit, and then the part of a tick counts too.
 */
function waitToAdoptMs(bucket: Bucket, target: number, nowUs: number): number {
  const over = bucket.used - target;
  if (over <= 0) return 0;
  const sinceTickUs = nowUs - bucket.atUs;
  const left = BigInt(over) * BigInt(bucket.tickUs) - BigInt(sinceTickUs) * BigInt(bucket.count);
  return Number(ceilQuotient(left, BigInt(bucket.count) * 1_000n));
}

/**
 * Counts the tokens that are used in the units of another limit, rounded up, so that a change of
 * limits forgives nothing. False where that number would pass 2^53: then more is used than the
 * new capacity holds, and the bucket stays as it is.
 *
 * REQUIRES: the bucket was just refilled.
 */
export function adopt(bucket: Bucket, limit: Limit, nowUs: number): boolean {
  const { count, period, tickUs } = limit;
  if (bucket.used !== 0) {
    if (goesBy(bucket, limit)) return true;
    const used = converted(bucket, limit, nowUs);
    if (used > BigInt(Number.MAX_SAFE_INTEGER)) return false;
    bucket.used = Number(used);
    bucket.atUs = nowUs;
  }
  bucket.count = count;
  bucket.period = period;
  bucket.tickUs = tickUs;
  return true;
}

/**
 * The units of `limit` in use, exactly, rounded up. The part of a tick that has passed counts too.
 * BigInt, because the products pass 2^53; limits change seldom.
 */
function converted(bucket: Bucket, limit: Limit, nowUs: number): bigint {
  const sinceTickUs = nowUs - bucket.atUs;
  const used =
    BigInt(bucket.used) * BigInt(bucket.tickUs) - BigInt(sinceTickUs) * BigInt(bucket.count);
  if (used <= 0n) return 0n;
  const divisor = BigInt(bucket.tickUs) * BigInt(bucket.period);
  return ceilQuotient(used * BigInt(limit.period), divisor);
}

/** Whether the bucket refills as this limit says. */
export function goesBy(bucket: Bucket, limit: Limit): boolean {
  return (
    bucket.count === limit.count && bucket.period === limit.period && bucket.tickUs === limit.tickUs
  );
}

/** REQUIRES: both are above 0. */
function ceilQuotient(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}
