/**
 * What a decision costs with very many keys beside one with few, in tables that have memory for
 * all.
 */
import { ENGINES } from '../../src/table/table-memory.ts';
import type { Report, Row } from '../support/report.ts';
import { median } from '../support/statistics.ts';
import { ratioOf, type TurnsPlan, takeTurns } from './sides.ts';

export interface ManyKeysPlan extends TurnsPlan {
  readonly few: number;
  readonly many: number;
}

const MOST_RATIO = 2;

export async function measureManyKeys(report: Report, plan: ManyKeysPlan): Promise<void> {
  const rows: Row[] = [];
  for (const name of ENGINES) {
    const sides = [plan.few, plan.many].map((keys) => ({ name, keys, maxKeys: plan.many }));
    const [few = [], many = []] = await takeTurns(report, sides, plan);
    const ratio = ratioOf(many, few);
    rows.push({
      engine: name,
      [`${plan.few} keys, ns`]: median(few),
      [`${plan.many} keys, ns`]: median(many),
      ratio,
    });
    if (name === 'tree') continue;
    const words = `a decision of the hash with ${plan.many} keys over one with ${plan.few}`;
    report.goal({ words, value: ratio, most: MOST_RATIO });
  }
  report.table('A decision with many keys, one thread, random keys', rows);
}
