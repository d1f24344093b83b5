/**
 * The window bucket: what was used since its window began, all of which comes back when it ends. It
 * lies in the record of a token bucket. No memory, no clock.
 *
 * A window has two ends. The one by the clock of decisions says whether it is open: that clock
 * never steps. The one by the calendar names it, and so no window is opened twice.
 *
 * Invariants, after every call:
 *   1. `used` is a whole number from 0 to 2^53 - 1.
 *   2. In one window of one kind at most the capacity is taken, less what is given back.
 *   3. The windows of a bucket never go back in the calendar, unless the calendar has gone back by
 *      more than a window can last: then what is used stays used.
 */
import { assert } from '../lib/assert.ts';
import type { Decision } from './decision.ts';
import type { Limit } from './limit.ts';
import type { Bucket } from './token-bucket.ts';

export type CalendarUnit = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';

/**
 * When windows of a limit begin: by the calendar of a time zone, or every `lengthUs` from the
 * epoch.
 */
export type Windows =
  | { readonly by: 'calendar'; readonly unit: CalendarUnit; readonly timezone: string }
  | { readonly by: 'length'; readonly lengthUs: number };

/**
 * By the calendar, in microseconds since 1970, four ends that follow each other: the two before a
 * time, and the two after it.
 */
export type EndsAround = readonly [number, number, number, number];

/** The window that is open now, as whoever reads the clocks works it out. */
export interface Window {
  readonly windows: Windows;
  /** Tells kinds of windows apart: a whole number below 2^53. */
  readonly kind: number;
  /** By the clock of decisions, in microseconds; not later than when it was opened. */
  readonly beginUs: number;
  /** By the clock of decisions, in microseconds. */
  readonly endUs: number;
  /** By the calendar, in microseconds since 1970. */
  readonly calendarEndUs: number;
  /** How long a window of this kind can be open. */
  readonly longestUs: number;
}

/** In a record of a window the place of the tick, which no token bucket has. */
const NO_TICK = 0;

/** Whether a record was last used by a window. */
export function isWindow({ tickUs }: Pick<Bucket, 'tickUs'>): boolean {
  return tickUs === NO_TICK;
}

/**
 * Brings a bucket to the window that is open now. What is used under another kind of window, or as
 * a token bucket, is used in this one, as far as it has room.
 *
 * REQUIRES: a token bucket was just refilled.
 */
export function enter(bucket: Bucket, window: Window, capacity: number, nowUs: number): void {
  const isOver = isWindow(bucket) && endOf(bucket) <= nowUs;
  if (!isWindow(bucket)) {
    adopt(bucket, window, inTokens(bucket, capacity));
  } else if (bucket.period !== window.kind) {
    adopt(bucket, window, isOver ? 0 : Math.min(bucket.used, capacity));
  } else if (isOver && window.calendarEndUs > calendarEndOf(bucket)) {
    adopt(bucket, window, 0);
  } else if (isOver) {
    goOn(bucket, window, nowUs);
  }
}

/**
 * The calendar was set back: the same window goes on, until the calendar says that it is over. One
 * that would go on for longer than a window can is opened anew, with what is used.
 */
function goOn(bucket: Bucket, window: Window, nowUs: number): void {
  const endUs = window.endUs + (calendarEndOf(bucket) - window.calendarEndUs);
  if (endUs - nowUs > window.longestUs) adopt(bucket, window, bucket.used);
  else bucket.atUs = endUs;
}

/**
 * Takes `cost` tokens if they are there; one below 0 gives back. REQUIRES: enter() was just called;
 * cost <= capacity, a whole number.
 */
export function takeInWindow(bucket: Bucket, capacity: number, cost: number): boolean {
  // Not the sum: it might pass 2^53.
  if (cost > 0 && bucket.used > capacity - cost) return false;
  bucket.used = Math.max(0, bucket.used + cost);
  if (cost > 0) bucket.capacity = capacity;
  return true;
}

/** What to tell whoever asked. REQUIRES: as takeInWindow() has left the bucket, at `nowUs`. */
export function decideInWindow(
  bucket: Bucket,
  capacity: number,
  allowed: boolean,
  nowUs: number,
): Decision {
  const waitMs = bucket.used === 0 ? 0 : Math.ceil((endOf(bucket) - nowUs) / 1_000);
  return {
    allowed,
    limit: capacity,
    remaining: Math.max(0, capacity - bucket.used),
    retryAfterMs: allowed ? 0 : waitMs,
    resetAfterMs: waitMs,
    nextTokenMs: waitMs,
    degraded: false,
    source: undefined,
  };
}

/** When a window that is used can be forgotten. REQUIRES: isWindow(). */
export function endOf({ atUs }: Bucket): number {
  return atUs;
}

/** By the calendar. REQUIRES: isWindow(). */
export function calendarEndOf({ count }: Bucket): number {
  return count;
}

/**
 * A record of a window as the full token bucket, or the one with so many tokens in use, that a
 * token bucket of this limit begins with.
 */
export function leaveWindow(bucket: Bucket, limit: Limit, nowUs: number): void {
  const tokens = endOf(bucket) <= nowUs ? 0 : Math.min(bucket.used, limit.capacity);
  bucket.used = tokens * limit.period;
  bucket.atUs = nowUs;
  bucket.count = limit.count;
  bucket.period = limit.period;
  bucket.tickUs = limit.tickUs;
  bucket.capacity = limit.capacity;
}

function adopt(bucket: Bucket, { kind, endUs, calendarEndUs }: Window, used: number): void {
  assert(kind < Number.MAX_SAFE_INTEGER, 'a kind of windows is a whole number');
  bucket.used = used;
  bucket.atUs = endUs;
  bucket.count = calendarEndUs;
  bucket.period = kind;
  bucket.tickUs = NO_TICK;
}

/** Whole tokens in use of a token bucket, rounded up, at most `capacity`. */
function inTokens({ used, period }: Bucket, capacity: number): number {
  return Math.min(capacity, Math.ceil(used / period));
}
