/**
 * The judge: was one key ever admitted more than capacity + rate x time?
 *
 * A call was decided at some time between the two it noted. So for a window from a to b it counts
 * the calls that lie in it whole: that many at least were decided within it.
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
  const byEnd = admissions.toSorted((a, b) => a.afterUs - b.afterUs);
  let worst: Excess | undefined;
  let mostOver = 0;
  // A window that proves anything starts where a call starts, and ends where one ends.
  for (const { beforeUs: startUs } of admissions) {
    let admitted = 0;
    for (const call of byEnd) {
      if (call.beforeUs < startUs) continue;
      admitted += call.cost;
      const windowUs = call.afterUs - startUs;
      const over = (admitted - capacity) * tokenUs - windowUs;
      if (over > mostOver) {
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
