/**
 * What was decided under each limit of each policy: a row of doubles a thread in shared memory, as
 * cells.ts has for all else. Where a limit is counted is told with its policy.
 */
import { assert } from '../lib/assert.ts';

/** `exempt`: an override decided, without asking a limit. */
export const POLICY_OUTCOMES = ['allowed', 'denied', 'would_deny', 'exempt'] as const;
export type PolicyOutcome = (typeof POLICY_OUTCOMES)[number];

/** Limits that can be counted, those of policies that are no longer there among them. */
export const MOST_PLACES = 16_384;

const ROW_DOUBLES = MOST_PLACES * POLICY_OUTCOMES.length;

/** One thread's counts. REQUIRES: no other thread writes to this row. */
export class PolicyCounts {
  readonly #row: Float64Array;

  constructor(memory: SharedArrayBuffer, row: number) {
    this.#row = new Float64Array(memory, row * ROW_DOUBLES * 8, ROW_DOUBLES);
  }

  /** Memory for so many threads: reserved now, taken from the machine as it is touched. */
  static reserve(rows: number): SharedArrayBuffer {
    return new SharedArrayBuffer(rows * ROW_DOUBLES * 8);
  }

  add(place: number, outcome: PolicyOutcome): void {
    assert(place < MOST_PLACES, 'a limit is counted where there is a place');
    const cell = place * POLICY_OUTCOMES.length + POLICY_OUTCOMES.indexOf(outcome);
    this.#row[cell] = (this.#row[cell] as number) + 1;
  }
}

/** What all threads have counted of one limit. */
export function policyCount(
  memory: SharedArrayBuffer,
  place: number,
  outcome: PolicyOutcome,
): number {
  const all = new Float64Array(memory);
  const cell = place * POLICY_OUTCOMES.length + POLICY_OUTCOMES.indexOf(outcome);
  let sum = 0;
  for (let at = cell; at < all.length; at += ROW_DOUBLES) sum += all[at] as number;
  return sum;
}
