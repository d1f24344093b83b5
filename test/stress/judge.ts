/**
 * The judge: was one key ever admitted more than capacity + rate x time?
 *
 * A call was decided at some time between the two it noted. So for a window from a to b it counts
 * the calls that lie in it whole, that many at least were decided within it, less what was given
 * back by calls of which a part lies in it: no more was.
 */
import type { Admission } from './log.ts';
import type { Rule } from './plan.ts';

export interface Excess {
  readonly admitted: number;
  readonly capacity: number;
  readonly windowUs: number;
}

/** The worst of the windows in which more was admitted than the largest of the rules lets pass. */
export function findExcess(
  admissions: readonly Admission[],
  rules: readonly Rule[],
): Excess | undefined {
  const capacity = Math.max(...rules.map((rule) => rule.capacity));
  const tokenUs = Math.min(...rules.map((rule) => rule.tokenUs));
  // When a call first matters to a window that ends then. What is given back comes first.
  const calls = admissions
    .map((call) => ({ ...call, atUs: call.cost > 0 ? call.afterUs : call.beforeUs }))
    .sort((a, b) => a.atUs - b.atUs || a.cost - b.cost);
  let worst: Excess | undefined;
  let mostOver = 0;
  // A window that proves anything starts where a call starts, and ends where one ends.
  for (const { beforeUs: startUs, cost: first } of admissions) {
    if (first < 0) continue;
    let admitted = 0;
    for (const { cost, beforeUs, afterUs, atUs } of calls) {
      if ((cost > 0 ? beforeUs : afterUs) < startUs) continue;
      admitted += cost;
      const windowUs = atUs - startUs;
      const over = (admitted - capacity) * tokenUs - windowUs;
      if (cost > 0 && over > mostOver) {
        mostOver = over;
        worst = { admitted, capacity, windowUs };
      }
    }
  }
  return worst;
}

export function totalCost(admissions: readonly Admission[]): number {
  return admissions.reduce((sum, { cost }) => sum + cost, 0);
}
