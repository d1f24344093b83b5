/** What a decision says, and that its numbers are numbers. */
import type { Source } from '../contract/sources.ts';
import { assert } from '../lib/assert.ts';

/** The answer to a question: may this key do this now? A denial is a decision, not a failure. */
export interface Decision {
  readonly allowed: boolean;
  /** The capacity that was asked under. */
  readonly limit: number;
  /** Whole tokens left, rounded down, from 0 to `limit`. */
  readonly remaining: number;
  /** Until this cost passes, rounded up; 0 exactly when allowed. */
  readonly retryAfterMs: number;
  /** Until the bucket is full, rounded up. */
  readonly resetAfterMs: number;
  /** Until `remaining` next grows, rounded up; 0 when full. */
  readonly nextTokenMs: number;
  /** Whether a fallback answered: the table had no slot for the key, or the store was away. */
  readonly degraded: boolean;
  /** Left out where limits are not shared: everything is local then. */
  readonly source?: Source | undefined;
}

declare const CHECKED: unique symbol;
/**
 * One whose numbers were looked at: what writes decisions takes no other. Only checked() makes it.
 */
export type CheckedDecision = Decision & { readonly [CHECKED]: true };

/**
 * The same decision, wherever it was made, once its numbers are seen to be whole and at least 0:
 * they are written as they are, and JSON has no word for what is not a number.
 */
export function checked(decision: Decision): CheckedDecision {
  const { limit, remaining, retryAfterMs, resetAfterMs, nextTokenMs } = decision;
  assert(isWhole(limit) && isWhole(remaining), 'tokens are whole numbers');
  assert(isWhole(retryAfterMs), 'a wait for tokens is a whole number');
  assert(isWhole(resetAfterMs) && isWhole(nextTokenMs), 'a wait to be full is a whole number');
  return decision as CheckedDecision;
}

function isWhole(number: number): boolean {
  return Number.isInteger(number) && number >= 0;
}
