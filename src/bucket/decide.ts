/**
 * What to tell whoever asked, by the bucket as the question has left it: what remains, and the
 * waits.
 */
import type { Source } from '../contract/sources.ts';
import { ceilQuotient } from '../lib/quotient.ts';
import type { Decision } from './decision.ts';
import type { Limit } from './limit.ts';
import { type Bucket, goesBy, lastPartUs, mostUsed, overUs, tokensUsed } from './token-bucket.ts';

/**
 * What to tell whoever asked. REQUIRES: `bucket` is as take() left it when it returned `allowed`
 * for this limit, cost and time, or as takeShared() left it; `degraded` says which.
 */
export function decide(
  bucket: Bucket,
  limit: Limit,
  question: { readonly cost: number; readonly nowUs: number },
  answer: { readonly allowed: boolean; readonly degraded: boolean; readonly source?: Source },
): Decision {
  const { capacity } = limit;
  const { cost, nowUs } = question;
  const { allowed, degraded, source } = answer;
  const { used, period } = bucket;
  let remaining = capacity;
  let retryAfterMs = 0;
  let resetAfterMs = 0;
  let nextTokenMs = 0;
  // A full bucket goes by no limit, and one that was never asked has none to divide by. A shared
  // bucket goes by another limit and means to.
  if (used !== 0 && (degraded || goesBy(bucket, limit))) {
    // Quotients of whole numbers below 2^53 round to a whole number only if they are one, so
    // Math.ceil is exact here and in the waits.
    remaining = Math.max(0, capacity - Math.ceil(used / period));
    if (!allowed) retryAfterMs = waitMs(bucket, mostUsed(bucket, limit, cost), nowUs);
    resetAfterMs = waitMs(bucket, 0, nowUs);
    if (remaining < capacity) {
      nextTokenMs = waitMs(bucket, (capacity - remaining - 1) * period, nowUs);
    }
  } else if (used !== 0) {
    remaining = Math.max(0, capacity - tokensUsed(bucket, nowUs));
    if (!allowed) retryAfterMs = strangerWaitMs(bucket, capacity - cost, nowUs);
    resetAfterMs = strangerWaitMs(bucket, 0, nowUs);
    if (remaining < capacity) {
      nextTokenMs = strangerWaitMs(bucket, capacity - remaining - 1, nowUs);
    }
  }
  // Field by field: a spread of numbers that may be doubles is a call into V8, dearer than all
  // above.
  return {
    allowed,
    limit: capacity,
    remaining,
    retryAfterMs,
    resetAfterMs,
    nextTokenMs,
    degraded,
    source,
  };
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
 * Milliseconds, rounded up, until no more than `most` tokens are in use as another limit counts
 * them: that sees the part of a tick too.
 */
function strangerWaitMs(bucket: Bucket, most: number, nowUs: number): number {
  const overByUs = overUs(bucket, most, nowUs);
  return overByUs <= 0n ? 0 : Number(ceilQuotient(overByUs, 1_000n));
}
