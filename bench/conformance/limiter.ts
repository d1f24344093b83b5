/** What the scenarios ask: any limiter, set to LIMIT, seen through one function. */

/** What every limiter is set to: 10 every 10 seconds. */
export const LIMIT = 10;
export const INTERVAL_MS = 10_000;

export interface Verdict {
  readonly passes: boolean;
  /** The wait that a denial tells the caller, in milliseconds; null where it tells none. */
  readonly waitMs: number | null;
}

export type Ask = (cost: number) => Promise<Verdict>;

export interface Limiter {
  readonly name: string;
  /** Of the package that is asked. */
  readonly version: string;
  /** What it calls itself, or what its documents say it does. */
  readonly kind: string;
  /** Whether one question may cost more than 1. */
  readonly hasCost: boolean;
  /** A fresh one, which nobody has asked yet. */
  readonly make: () => Ask | Promise<Ask>;
}

/** The wait that a field Retry-After tells, in milliseconds. */
export function waitOf(retryAfter: unknown): number | null {
  return retryAfter === undefined || retryAfter === null ? null : Number(retryAfter) * 1_000;
}
