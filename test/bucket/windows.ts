/** The invariant everything else serves, judged exactly over every stretch of a history. */
import { type AskedLimit, countOf } from './exact-bucket.ts';
import { atMost, fraction, larger, plus, times, ZERO } from './fraction.ts';

export interface Admission {
  readonly nowUs: number;
  readonly asked: AskedLimit;
  /** Tokens taken: 0 for a denial or a look, below 0 what was given back. */
  readonly admitted: number;
}

/**
 * The first stretch, as its first and last question, in which more was admitted than the largest
 * capacity and the largest rate asked in it allow; null where there is none.
 */
export function excessIn(history: readonly Admission[]): readonly [number, number] | null {
  for (let from = 0; from < history.length; from++) {
    const to = excessFrom(history, from);
    if (to !== null) return [from, to];
  }
  return null;
}

function excessFrom(history: readonly Admission[], from: number): number | null {
  const startUs = history[from]?.nowUs ?? 0;
  let sum = 0n;
  let capacity = ZERO;
  let rate = ZERO;
  for (const [offset, { nowUs, asked, admitted }] of history.slice(from).entries()) {
    sum += BigInt(admitted);
    capacity = larger(capacity, fraction(BigInt(asked.capacity)));
    rate = larger(rate, fraction(countOf(asked), BigInt(asked.intervalUs)));
    const refilled = times(rate, fraction(BigInt(nowUs - startUs)));
    if (!atMost(fraction(sum), plus(capacity, refilled))) return from + offset;
  }
  return null;
}
