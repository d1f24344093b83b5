/**
 * Ascending keys that arrive all at once while one shard is being rebuilt: the most that a journal
 * has to catch. How long does the rebuild hold the lock, each time it takes it?
 */
import { assert } from '../../src/lib/assert.ts';
import { monotonicUs } from '../../src/lib/clock.ts';
import { Cells, EVICTIONS, sumCells } from '../../src/metrics/cells.ts';
import { Table } from '../../src/table/table.ts';
import { reserveTable, viewTable } from '../../src/table/table-memory.ts';
import { Rebuild } from '../../src/table/tree-engine/rebuild.ts';
import type { TreeShard } from '../../src/table/tree-engine/tree-shard.ts';
import { checkTree } from '../../test/tree/tree-check.ts';
import { ascendingKey, parsedKey } from '../support/keys.ts';
import type { Report } from '../support/report.ts';
import { quantile, range } from '../support/statistics.ts';
import { LIMIT } from './limit.ts';

export interface FloodPlan {
  /** In the shard before. */
  readonly keys: number;
  readonly arriving: number;
  readonly runs: number;
}

const MOST_HOLD_MS = 1;
/** The first rebuilds are not counted: code is still being compiled. */
const WARM_UP_RUNS = 2;

export function measureFlood(report: Report, plan: FloodPlan): void {
  const holdsMs = range(WARM_UP_RUNS + plan.runs)
    .map(() => flood(report, plan))
    .slice(WARM_UP_RUNS)
    .flat();
  const p99 = quantile(holdsMs, 0.99);
  report.table(
    `${plan.arriving} ascending keys arrive during one rebuild of a shard of ${plan.keys}`,
    [
      {
        rebuilds: plan.runs,
        'locks taken': holdsMs.length,
        'held ms p50': quantile(holdsMs, 0.5),
        p99,
        max: quantile(holdsMs, 1),
      },
    ],
  );
  const words = `ms a rebuild holds the lock while ${plan.arriving} keys arrive, p99`;
  report.goal({ words, value: p99, most: MOST_HOLD_MS });
}

/** Returns the milliseconds of each time that the rebuild held the lock. */
function flood(report: Report, plan: FloodPlan): readonly number[] {
  const total = plan.keys + plan.arriving;
  const memory = reserveTable(total, { shards: 1 });
  const cells = Cells.reserve(2);
  const table = new Table(memory, new Cells(cells, 0));
  const view = viewTable(memory);
  assert(view.engine === 'tree', 'the bench of a rebuild has a tree');
  const shard = view.shards[0] as TreeShard;

  // A rebuild reads the clock when it has got the lock and when it has given it back.
  const readMs: number[] = [];
  const clock = (): number => {
    readMs.push(performance.now());
    return monotonicUs();
  };
  const rebuild = new Rebuild(view, clock, new Cells(cells, 1));
  insert(table, 0, plan.keys);
  rebuild.run(shard);

  readMs.length = 0;
  rebuild.begin(shard);
  insert(table, plan.keys, total);
  let rounds = 1;
  while (!rebuild.finish(shard)) rounds++;

  report.check(readMs.length === 2 * (1 + rounds), 'the clock is read twice each time');
  report.check(sumCells(cells)[EVICTIONS] === 0, 'no bucket that is in use is evicted');
  const { slots } = checkTree(view.arena, shard.root, shard.links);
  report.check(slots.length === total, `${total} keys are in, the tree has ${slots.length}`);
  return range(1 + rounds).map((i) => (readMs[2 * i + 1] as number) - (readMs[2 * i] as number));
}

function insert(table: Table, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    table.take(parsedKey(ascendingKey(i)), LIMIT, 1, monotonicUs());
  }
}
