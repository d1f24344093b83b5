/**
 * Limits that the service keeps: an operator wrote them, and no caller chooses. A bucket under one
 * is a token bucket or a window, may be overdrawn, and goes by what the operator says now.
 *
 * Arithmetic on one bucket at one time. No memory, no clock.
 *
 * Invariants, after every call:
 *   1. What is taken without overdraft is within what a bucket or window of the limit admits, had
 *      nothing been overdrawn.
 *   2. A bucket is never fuller than full, and overdrawn by at most its capacity.
 *   3. A change of the limit forgives nothing: tokens in use stay in use, and come back at the
 *      faster of the two rates, or with the window that is open. Where the kind changes, at most
 *      the capacity of the new one is in use.
 */
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import type { Limit } from './limit.ts';
import {
  adopt,
  type Bucket,
  fullAtUs,
  isToGoBy,
  refill,
  take,
  takeShared,
} from './token-bucket.ts';
import {
  decideInWindow,
  endOf,
  enter,
  isWindow,
  leaveWindow,
  takeInWindow,
  type Window,
} from './window.ts';

export interface KeptLimit {
  /**
   * The token bucket; of a window the slowest that never gives more, for where keys share a bucket.
   */
  readonly rate: Limit;
  /** The window that is open now; null where tokens come back steadily. */
  readonly window: Window | null;
  /**
   * Whether whoever asks has chosen it: then the bucket refills by the limit that it was last
   * charged under, as for all questions that bring their limits.
   */
  readonly isAskers?: boolean;
  /** The limit as it is at a later time, at which another window may be open. */
  readonly renewed?: (nowUs: number) => KeptLimit;
}

/**
 * The taking as it has to be at `nowUs`, which may be later than when it was asked: in a window
 * that is over nothing is taken any more, for its record may have been forgotten.
 */
export function current<T extends KeptTaking>(taking: T, nowUs: number): T {
  const { window, renewed } = taking.kept;
  if (window === null || renewed === undefined || nowUs < window.endUs) return taking;
  return { ...taking, kept: renewed(nowUs) };
}

export interface KeptTaking {
  readonly kept: KeptLimit;
  /** Whole tokens; below 0 gives back. At most twice the capacity. */
  readonly cost: number;
  /** Takes them in any case. */
  readonly overdraft: boolean;
}

/** Brings the bucket to now, as the limit has it. */
export function bringUp(
  bucket: Bucket,
  { rate, window, isAskers }: KeptLimit,
  nowUs: number,
): void {
  if (isWindow(bucket)) {
    if (window === null) leaveWindow(bucket, rate, nowUs);
    else enter(bucket, window, rate.capacity, nowUs);
    return;
  }
  refill(bucket, nowUs);
  if (window !== null) enter(bucket, window, rate.capacity, nowUs);
  else if (isAskers !== true && isToGoBy(bucket, rate, nowUs)) adopt(bucket, rate, nowUs);
}

/**
 * Takes the tokens if they are there, or in any case. Returns whether they were there. REQUIRES:
 * bringUp() was just called.
 */
export function takeKept(bucket: Bucket, taking: KeptTaking, nowUs: number): boolean {
  const { kept, cost, overdraft } = taking;
  const { rate, window } = kept;
  const isThere = cost <= rate.capacity && takeWithin(bucket, kept, cost, nowUs);
  if (isThere || !overdraft) return isThere;
  if (window === null && bucket.used === 0) adopt(bucket, rate, nowUs);
  // What is used already is counted as the bucket does.
  const unit = window === null ? bucket.period : 1;
  bucket.capacity = rate.capacity;
  const most = Math.max(bucket.used, Math.min(2 * rate.capacity * unit, Number.MAX_SAFE_INTEGER));
  bucket.used = Math.min(bucket.used + cost * unit, most);
  return false;
}

function takeWithin(
  bucket: Bucket,
  { rate, window }: KeptLimit,
  cost: number,
  nowUs: number,
): boolean {
  return window === null
    ? take(bucket, rate, cost, nowUs)
    : takeInWindow(bucket, rate.capacity, cost);
}

/** What to tell whoever asked. REQUIRES: takeKept() returned `isThere` for this taking and time. */
export function decideKept(
  bucket: Bucket,
  { kept: { rate, window }, cost }: KeptTaking,
  isThere: boolean,
  nowUs: number,
): Decision {
  if (window !== null) return decideInWindow(bucket, rate.capacity, isThere, nowUs);
  const asked = Math.min(cost, rate.capacity);
  return decide(bucket, rate, { cost: asked, nowUs }, { allowed: isThere, degraded: false });
}

/**
 * The same, for a bucket that keys share: it is a token bucket under every limit, gives nothing
 * back, and is never overdrawn.
 */
export function takeKeptShared(bucket: Bucket, taking: KeptTaking, nowUs: number): boolean {
  const { rate } = taking.kept;
  return taking.cost <= rate.capacity && takeShared(bucket, rate, taking.cost, nowUs);
}

export function decideKeptShared(
  bucket: Bucket,
  { kept: { rate }, cost }: KeptTaking,
  isThere: boolean,
  nowUs: number,
): Decision {
  const asked = Math.min(cost, rate.capacity);
  return decide(bucket, rate, { cost: asked, nowUs }, { allowed: isThere, degraded: true });
}

/** From when on the bucket can be forgotten. REQUIRES: bringUp() was just called. */
export function forgettableFromUs(bucket: Bucket): number {
  if (!isWindow(bucket)) return fullAtUs(bucket);
  return bucket.used === 0 ? 0 : endOf(bucket);
}
