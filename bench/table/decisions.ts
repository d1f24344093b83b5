/**
 * Nanoseconds a decision, of the table with either engine beside the same arithmetic on a heap Map.
 * The ratio is the median of the turns' own.
 */
import type { Report, Row } from '../support/report.ts';
import { median } from '../support/statistics.ts';
import { DEFAULT_MAX_KEYS } from './limit.ts';
import { ratioOf, type TurnsPlan, takeTurns } from './sides.ts';

export interface DecisionsPlan extends TurnsPlan {
  readonly keyCounts: readonly number[];
}

const MOST_TREE_TO_MAP = 1.3;
/** With few keys, and with many. */
const MOST_HASH_TO_TREE = [1, 0.5] as const;
const MOST_HASH_TO_MAP = 0.65;

export async function measureDecisions(report: Report, plan: DecisionsPlan): Promise<void> {
  const rows: Row[] = [];
  for (const keys of plan.keyCounts) {
    const maxKeys = DEFAULT_MAX_KEYS;
    const sides = (['tree', 'hash', 'map'] as const).map((name) => ({ name, keys, maxKeys }));
    const [tree = [], hash = [], map = []] = await takeTurns(report, sides, plan);
    const ratios = {
      'tree / Map': ratioOf(tree, map),
      'hash / tree': ratioOf(hash, tree),
      'hash / Map': ratioOf(hash, map),
    };
    const ns = { 'tree ns': median(tree), 'hash ns': median(hash), 'Map ns': median(map) };
    rows.push({ keys, ...ns, ...ratios });
    const goal = (over: string, under: string, value: number, most: number) => {
      const words = `a decision of the ${over} over one of the ${under}, ${keys} random keys`;
      report.goal({ words, value, most });
    };
    if (keys === plan.keyCounts[0])
      goal('hash', 'tree', ratios['hash / tree'], MOST_HASH_TO_TREE[0]);
    if (keys !== plan.keyCounts.at(-1)) continue;
    goal('tree', 'Map', ratios['tree / Map'], MOST_TREE_TO_MAP);
    goal('hash', 'tree', ratios['hash / tree'], MOST_HASH_TO_TREE[1]);
    goal('hash', 'Map', ratios['hash / Map'], MOST_HASH_TO_MAP);
  }
  report.table('A decision, one thread, random keys', rows);
}
