/**
 * The token bucket: arithmetic on one bucket at one time. No memory, no clock.
 *
 * Time is an argument, in whole microseconds, and never earlier than the bucket's own.
 *
 * A bucket refills by the limit that it was last charged under. Whoever asks under another sees the
 * same tokens in use; only taking some makes the bucket go by that one.
 *
 * Invariants, after every call:
 *   1. `used` is a whole number from 0 to 2^53 - 1; 0 is full, whatever the other fields say.
 *   2. Over any stretch of time w at most C + w x R tokens are taken, less those given back: C is
 *      the largest capacity and R the fastest rate of the limits charged under in that time, and of
 *      the last before it. For `used` is never less than what a bucket refilled continuously at the
 *      bucket's own rate would have in use, it is 0 as soon as that is, and a change of limits
 *      rounds it up.
 *   3. A bucket whose `used` is 0 answers every question as a bucket that was never made.
 *   4. A look and a denial change no later answer: the bucket is refilled, and nothing else.
 */
import { assert } from '../lib/assert.ts';
import { ceilQuotient } from '../lib/quotient.ts';
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
  /**
   * Of the limit that it was last charged under: for people who ask, nothing is decided by it. 0,
   * or left out, where that is not known.
   */
  capacity?: number;
}

export function fullBucket(): Bucket {
  return { used: 0, atUs: 0, count: 1, period: 1, tickUs: 1, capacity: 0 };
}

/** Field by field: a spread of numbers that may be doubles is a call into V8. */
export function copyOf({ used, atUs, count, period, tickUs, capacity = 0 }: Bucket): Bucket {
  return { used, atUs, count, period, tickUs, capacity };
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
 * Refills the bucket and takes `cost` tokens if they are there: then it goes by `limit` from now
 * on. Returns whether they were; a cost of 0 takes nothing, one below 0 gives tokens back that were
 * taken, and both are always allowed and leave the bucket its limit.
 *
 * REQUIRES: cost <= limit.capacity, a whole number.
 */
export function take(bucket: Bucket, limit: Limit, cost: number, nowUs: number): boolean {
  refill(bucket, nowUs);
  if (cost < 0) giveBack(bucket, -cost * bucket.period, nowUs);
  if (cost <= 0) return true;
  if (!isWithin(bucket, limit, limit.capacity - cost, nowUs)) return false;
  adopt(bucket, limit, nowUs);
  bucket.used += cost * bucket.period;
  return true;
}

/**
 * Gives units back that were taken. REQUIRES: the bucket was just refilled; `units` is exact as
 * long as it is no more than is used.
 */
export function giveBack(bucket: Bucket, units: number, nowUs: number): void {
  if (bucket.used === 0) return;
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
export const lastPartUs = ({ used, count, tickUs }: Bucket): number =>
  Math.ceil(((used % count) * tickUs) / count);

/**
 * The most units that may be in use for `cost` tokens to pass. Not `used + cost x period <=
 * capacity x period`: the left side could pass 2^53. The second bound only tells in a shared
 * bucket, whose units are not the limit's: there the sum itself must not.
 */
export function mostUsed(bucket: Bucket, limit: Limit, cost: number): number {
  const most = Number.MAX_SAFE_INTEGER - cost * bucket.period;
  return Math.max(0, Math.min((limit.capacity - cost) * bucket.period, most));
}

/** Whether a limit gives tokens back more slowly than the bucket does now. Exact. */
function isSlower(limit: Limit, bucket: Bucket): boolean {
  return !goesBy(bucket, limit) && gain(limit, bucket) < gain(bucket, limit);
}

/** Whether it gives them back faster. Exact. */
export function isFaster(limit: Rate, bucket: Rate): boolean {
  return !goesBy(bucket, limit) && gain(limit, bucket) > gain(bucket, limit);
}

/**
 * Whether the bucket is to go by a limit that an operator has written, whatever is taken: where
 * that is faster, but not while more is in use than its capacity, which nobody has forgiven.
 * REQUIRES: the bucket was just refilled.
 */
export function isToGoBy(bucket: Bucket, limit: Limit, nowUs: number): boolean {
  if (!isFaster(limit, bucket)) return false;
  return bucket.used === 0 || tokensUsed(bucket, nowUs) <= limit.capacity;
}

/** How fast one gives tokens back, in a measure for these two alone. */
function gain(one: Rate, other: Rate): bigint {
  return BigInt(one.count) * BigInt(other.period) * BigInt(other.tickUs);
}

type Rate = Pick<Bucket, 'count' | 'period' | 'tickUs'>;

/**
 * Whether no more than `most` tokens are in use as a question under `limit` finds them. REQUIRES:
 * the bucket was just refilled; 0 <= most <= limit.capacity.
 */
export function isWithin(bucket: Bucket, limit: Limit, most: number, nowUs: number): boolean {
  if (bucket.used === 0) return true;
  if (goesBy(bucket, limit)) return bucket.used <= most * bucket.period;
  return overUs(bucket, most, nowUs) === 0n;
}

/** Whole tokens in use, rounded up, to the microsecond: the part of a tick counts too. */
export function tokensUsed(bucket: Bucket, nowUs: number): number {
  const aToken = BigInt(bucket.tickUs) * BigInt(bucket.period);
  return Number(ceilQuotient(partsUsed(bucket, nowUs), aToken));
}

/**
 * How long the bucket refills, in whole microseconds, until no more than `most` tokens are in use
 * as another limit counts them; 0 where they are not. BigInt, because the products pass 2^53: few
 * ask for one key under several limits.
 */
export function overUs(bucket: Bucket, most: number, nowUs: number): bigint {
  const parts = partsUsed(bucket, nowUs);
  // In units of the limit the tokens are rounded up, and `most` is whole: that changes nothing.
  const over = parts - BigInt(most) * BigInt(bucket.tickUs) * BigInt(bucket.period);
  return over <= 0n ? 0n : ceilQuotient(over, BigInt(bucket.count));
}

/**
 * What is in use, in parts of a unit: so many a tick has microseconds, of which some have passed.
 */
function partsUsed(bucket: Bucket, nowUs: number): bigint {
  const sinceTickUs = nowUs - bucket.atUs;
  const parts =
    BigInt(bucket.used) * BigInt(bucket.tickUs) - BigInt(sinceTickUs) * BigInt(bucket.count);
  return parts > 0n ? parts : 0n;
}

/**
 * Lets the bucket go by `limit`: counts the tokens that are used in its units, rounded up, so that
 * a change of limits forgives nothing. REQUIRES: the bucket was just refilled, and no more is used
 * than the limit's capacity.
 */
export function adopt(bucket: Bucket, limit: Limit, nowUs: number): void {
  const { count, period, tickUs, capacity } = limit;
  bucket.capacity = capacity;
  if (bucket.used !== 0) {
    if (goesBy(bucket, limit)) return;
    const divisor = BigInt(bucket.tickUs) * BigInt(bucket.period);
    bucket.used = Number(ceilQuotient(partsUsed(bucket, nowUs) * BigInt(period), divisor));
    bucket.atUs = nowUs;
  }
  bucket.count = count;
  bucket.period = period;
  bucket.tickUs = tickUs;
}

/** Whether the bucket refills as this limit says. */
export function goesBy(bucket: Rate, limit: Rate): boolean {
  const { count, period, tickUs } = bucket;
  return count === limit.count && period === limit.period && tickUs === limit.tickUs;
}
