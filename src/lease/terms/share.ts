/**
 * A share: what an instance may spend of a limit by itself while the store does not answer.
 * Arithmetic on one share at one time. No memory, no clock.
 *
 * Used by lease.ts and the table of leases. "Empty" says nothing without a limit. So a share is
 * kept as since when it fills, and what was spent since; then it means something under every limit.
 * The limits here are this instance's part of what clients ask for: C is the capacity, R the rate.
 *
 * Invariants:
 *   1. Under any limit a share holds no more than min(C, R x time since) - spent.
 *   2. What was spent comes back at the rate of the limit that was charged last, and not before a
 *      share of that limit would be full; `sinceUs` then moves on by the time that this took. So
 *      all that was ever spent is at most the fastest R times the time since the share began.
 *      Whoever forgets a share must not begin it again with the same time.
 *   3. A look and a denial change no later answer; but under a limit that the service keeps, what
 *      was spent comes back by that one from then on, if it is faster.
 */

import type { Decision } from '../../bucket/decision.ts';
import type { Limit } from '../../bucket/limit.ts';
import {
  adopt,
  type Bucket,
  fullAtUs,
  goesBy,
  isToGoBy,
  refill,
} from '../../bucket/token-bucket.ts';
import type { Source } from '../../contract/sources.ts';
import { ceilQuotient } from '../../lib/quotient.ts';
import { isKept, type SharedLimit } from './shared-limit.ts';

export interface Share {
  /** Since when it fills. */
  sinceUs: number;
  /**
   * What was spent and has not come back, in units of the limit last charged. Nothing comes back
   * before its time, which may be later than now.
   */
  readonly bucket: Bucket;
}

/** Gives back what has come back until now. */
export function comeBack(share: Share, nowUs: number): void {
  const { bucket } = share;
  const fromUs = bucket.atUs;
  if (bucket.used === 0 || nowUs <= fromUs) return;
  const fullUs = fullAtUs(bucket);
  refill(bucket, nowUs);
  share.sinceUs += (bucket.used === 0 ? fullUs : bucket.atUs) - fromUs;
}

/**
 * Gives back what has come back, and lets the rest come back by a limit that the service keeps
 * where that is faster. Returns whether it does so from now on.
 */
export function follow(share: Share, limit: SharedLimit, nowUs: number): boolean {
  comeBack(share, nowUs);
  const { bucket } = share;
  if (bucket.used === 0 || !isKept(limit)) return false;
  if (!isToGoBy(bucket, limit, Math.max(bucket.atUs, nowUs))) return false;
  goBy(share, limit, nowUs);
  waitUntilFull(share, limit);
  return true;
}

/**
 * Takes `cost` tokens if the share holds them. Returns whether it does.
 *
 * REQUIRES: 0 <= cost.
 */
export function takeOfShare(share: Share, limit: Limit, cost: number, nowUs: number): boolean {
  comeBack(share, nowUs);
  if (cost === 0) return true;
  if (held(share, limit, nowUs) < cost) return false;
  const { bucket } = share;
  if (bucket.used === 0 || !goesBy(bucket, limit)) goBy(share, limit, nowUs);
  bucket.used += cost * limit.period;
  waitUntilFull(share, limit);
  return true;
}

/**
 * Takes `cost` tokens that it does not hold, until at most `most` tokens are in use. They come back
 * before anything else is held.
 */
export function overdraw(
  share: Share,
  limit: Limit,
  { cost, most }: { readonly cost: number; readonly most: number },
  nowUs: number,
): void {
  const { bucket } = share;
  if (bucket.used === 0) goBy(share, limit, nowUs);
  const top = Math.max(bucket.used, Math.min(most * bucket.period, Number.MAX_SAFE_INTEGER));
  bucket.used = Math.min(bucket.used + cost * bucket.period, top);
  if (goesBy(bucket, limit)) waitUntilFull(share, limit);
}

/** Nothing comes back before a share of this limit would be full. */
function waitUntilFull({ sinceUs, bucket }: Share, limit: Limit): void {
  bucket.atUs = Math.max(bucket.atUs, sinceUs + earningUs(limit, limit.capacity));
}

/**
 * What comes back does so at the rate of this limit from now on. What the part of a tick that has
 * passed gave back counts, and so does the time that it took.
 */
function goBy(share: Share, limit: Limit, nowUs: number): void {
  const { bucket } = share;
  const fromUs = Math.max(bucket.atUs, nowUs);
  if (bucket.used > 0) share.sinceUs += fromUs - bucket.atUs;
  adopt(bucket, limit, fromUs);
  bucket.atUs = nowUs;
}

/** Puts back tokens that were just taken. */
export function putBack({ bucket }: Share, cost: number): void {
  bucket.used = Math.max(0, bucket.used - cost * bucket.period);
}

/**
 * What to tell whoever asked. REQUIRES: takeOfShare() returned `allowed` for this limit, cost,
 * time.
 */
export function decideByShare(
  share: Share,
  limit: Limit,
  { cost, nowUs }: { readonly cost: number; readonly nowUs: number },
  { allowed, source }: { readonly allowed: boolean; readonly source: Source },
): Decision {
  const { capacity } = limit;
  const remaining = held(share, limit, nowUs);
  const waitMs = (tokens: number) =>
    Math.ceil((holdsAtUs(share, limit, tokens, nowUs) - nowUs) / 1_000);
  return {
    allowed,
    limit: capacity,
    remaining,
    retryAfterMs: allowed ? 0 : waitMs(cost),
    resetAfterMs: waitMs(capacity),
    nextTokenMs: remaining < capacity ? waitMs(remaining + 1) : 0,
    degraded: true,
    source,
  };
}

/** Whole tokens that it holds under `limit`. REQUIRES: comeBack() was just called. */
function held(share: Share, limit: Limit, nowUs: number): number {
  const { bucket } = share;
  const aToken = BigInt(limit.tickUs) * BigInt(limit.period) * BigInt(bucket.period);
  const earned = BigInt(filledUs(share, nowUs)) * BigInt(limit.count) * BigInt(bucket.period);
  const most = BigInt(limit.capacity) * aToken;
  const spent = BigInt(bucket.used) * BigInt(limit.tickUs) * BigInt(limit.period);
  const left = (earned < most ? earned : most) - spent;
  return left > 0n ? Number(left / aToken) : 0;
}

/** For how long it has filled. While something comes back, only until what has come back by now. */
function filledUs({ sinceUs, bucket }: Share, nowUs: number): number {
  return (bucket.used === 0 ? nowUs : Math.min(nowUs, bucket.atUs)) - sinceUs;
}

/**
 * When it will hold so many tokens if nobody takes any. REQUIRES: as held(); tokens <= capacity.
 */
function holdsAtUs(share: Share, limit: Limit, tokens: number, nowUs: number): number {
  const { sinceUs, bucket } = share;
  const { used, atUs, count, period, tickUs } = bucket;
  if (used === 0) return atLeast(nowUs, sinceUs + earningUs(limit, tokens));
  // Before anything comes back it fills.
  const fillsUs = sinceUs + earningUs(limit, tokens, bucket);
  const isRoom = used <= (limit.capacity - tokens) * period;
  if (isRoom && fillsUs <= Math.max(atUs, nowUs)) return atLeast(nowUs, fillsUs);
  // Then it does not, and what was spent comes back; when all has, it goes on filling.
  const fullUs = fullAtUs(bucket);
  const filled = Math.max(atUs, nowUs) === atUs ? atUs - sinceUs : filledUs(share, nowUs);
  const aToken = BigInt(limit.tickUs) * BigInt(limit.period);
  const spare = BigInt(filled) * BigInt(limit.count) - BigInt(tokens) * aToken;
  if (spare < 0n) return atLeast(nowUs, sinceUs + (fullUs - atUs) + earningUs(limit, tokens));
  const byTime = Number((spare * BigInt(period)) / aToken);
  const most = Math.min(byTime, (limit.capacity - tokens) * period);
  return atLeast(nowUs, Math.min(atUs + Math.ceil((used - most) / count) * tickUs, fullUs));
}

function atLeast(nowUs: number, us: number): number {
  return Math.min(Math.max(nowUs, us), Number.MAX_SAFE_INTEGER);
}

/** How long it takes to earn so many tokens, and as many as `spent` says, rounded up. */
function earningUs(limit: Limit, tokens: number, spent?: Bucket): number {
  const { used, period } = spent ?? { used: 0, period: 1 };
  const units = (BigInt(tokens) * BigInt(period) + BigInt(used)) * BigInt(limit.period);
  return Number(ceilQuotient(units * BigInt(limit.tickUs), BigInt(limit.count) * BigInt(period)));
}
