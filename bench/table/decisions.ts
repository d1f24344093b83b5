/**
 * Nanoseconds a decision, of the table beside the same arithmetic on a heap Map.
 *
 * Each side has a process of its own, so that each pays for its own garbage, has its own compiled
 * code, and evicts only its own cache lines. They share one core and take short turns on it, so
 * that whatever else the machine does meets both alike. The ratio is the median of the turns' own.
 */
import { Child } from '../support/child.ts';
import { allowedCores } from '../support/pinned.ts';
import type { Report, Row } from '../support/report.ts';
import { median, range } from '../support/statistics.ts';
import { KEYS_A_BATCH, type SideName, type SideQuestion, type Turn } from './decisions-side.ts';

export interface DecisionsPlan {
  readonly keyCounts: readonly number[];
  readonly turns: number;
  readonly batchesATurn: number;
}

const MOST_RATIO = 1.3;
/** The first turns are not counted: code is still being compiled. */
const WARM_UP_TURNS = 5;

export async function measureDecisions(report: Report, plan: DecisionsPlan): Promise<void> {
  const rows: Row[] = [];
  for (const keys of plan.keyCounts) {
    const turns = await takeTurns(report, keys, plan);
    const ratio = median(turns.map(({ table, map }) => table / map));
    rows.push({
      keys,
      'table ns': median(turns.map(({ table }) => table)),
      'Map ns': median(turns.map(({ map }) => map)),
      ratio,
    });
    if (keys === plan.keyCounts.at(-1)) {
      const words = `a decision of the table over one of a Map, ${keys} random keys`;
      report.goal({ words, value: ratio, most: MOST_RATIO });
    }
  }
  report.table('A decision, one thread, random keys', rows);
}

async function takeTurns(
  report: Report,
  keys: number,
  plan: DecisionsPlan,
): Promise<readonly { readonly table: number; readonly map: number }[]> {
  const table = startSide('table');
  const map = startSide('map');
  const ask = async (side: Child, question: SideQuestion): Promise<Turn> => {
    const turn = await side.ask<Turn>(question);
    report.check(turn.size === keys, `${keys} keys are in, but ${turn.size} are counted`);
    return turn;
  };
  try {
    await ask(table, { ask: 'load', keys });
    await ask(map, { ask: 'load', keys });
    const turns: { table: number; map: number }[] = [];
    for (const seed of range(WARM_UP_TURNS + plan.turns)) {
      const question: SideQuestion = { ask: 'turn', seed, batches: plan.batchesATurn };
      const first = seed % 2 === 0 ? table : map;
      const one = await ask(first, question);
      const other = await ask(first === table ? map : table, question);
      const agree = one.allowed === other.allowed && one.remaining === other.remaining;
      report.check(agree, `the table and the Map decide alike at ${keys} keys`);
      report.check(one.allowed === plan.batchesATurn * KEYS_A_BATCH, 'the bench denies nobody');
      const [ours, theirs] = first === table ? [one, other] : [other, one];
      turns.push({ table: ours.nsADecision, map: theirs.nsADecision });
    }
    return turns.slice(WARM_UP_TURNS);
  } finally {
    await Promise.all([table.end(), map.end()]);
  }
}

function startSide(name: SideName): Child {
  return new Child({
    script: new URL('./decisions-side.ts', import.meta.url),
    arguments: [name],
    core: allowedCores()[0],
  });
}
