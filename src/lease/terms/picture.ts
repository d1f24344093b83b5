/**
 * The picture of a bucket that is elsewhere, as it lies beside a lease: a token bucket, or a
 * window. Arithmetic on one picture at one time. No memory, no clock.
 */
import { decide } from '../../bucket/decide.ts';
import type { Decision } from '../../bucket/decision.ts';
import { type Bucket, goesBy, isWithin, refill } from '../../bucket/token-bucket.ts';
import { decideInWindow, endOf, isWindow } from '../../bucket/window.ts';
import type { Source } from '../../contract/sources.ts';
import type { SharedLimit } from './shared-limit.ts';

/** Brings the picture to now: nothing is used of a window that is over. */
export function bringUp(bucket: Bucket, nowUs: number): void {
  if (!isWindow(bucket)) refill(bucket, nowUs);
  else if (endOf(bucket) <= nowUs) bucket.used = 0;
}

/** Units to a token. */
export function unitsOf(bucket: Pick<Bucket, 'period' | 'tickUs'>): number {
  return isWindow(bucket) ? 1 : bucket.period;
}

/** Whether it is of a bucket that goes by this limit. */
export function isBy(
  bucket: Pick<Bucket, 'count' | 'period' | 'tickUs'>,
  limit: SharedLimit,
): boolean {
  const { window } = limit;
  if (window === undefined) return goesBy(bucket, limit);
  return isWindow(bucket) && bucket.period === window.kind;
}

/**
 * Whether the picture has no room for `cost` tokens under a limit that it does not go by. Of
 * windows it cannot tell. REQUIRES: bringUp() was just called.
 */
export function isFullFor(
  bucket: Bucket,
  limit: SharedLimit,
  cost: number,
  nowUs: number,
): boolean {
  if (limit.window !== undefined || isWindow(bucket)) return false;
  return !isWithin(bucket, limit, limit.capacity - cost, nowUs);
}

/** What to tell whoever asked. REQUIRES: as decide(); a window is one of the limit's. */
export function decideBy(
  bucket: Bucket,
  limit: SharedLimit,
  question: { readonly cost: number; readonly nowUs: number },
  answer: { readonly allowed: boolean; readonly source: Source },
): Decision {
  const { allowed, source } = answer;
  if (!isWindow(bucket)) {
    return decide(bucket, limit, question, { allowed, degraded: false, source });
  }
  return { ...decideInWindow(bucket, limit.capacity, allowed, question.nowUs), source };
}
