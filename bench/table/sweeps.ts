/**
 * How long each step of a sweep of the hash table holds a shard, where half of its keys are
 * evicted.
 */
import { limitOf } from '../../src/bucket/limit.ts';
import { assert } from '../../src/lib/assert.ts';
import { monotonicUs } from '../../src/lib/clock.ts';
import { Cells, EVICTIONS, sumCells } from '../../src/metrics/cells.ts';
import { Rebalancer } from '../../src/table/rebalancer.ts';
import { Table } from '../../src/table/table.ts';
import { reserveTable } from '../../src/table/table-memory.ts';
import { parsedKey, randomKey } from '../support/keys.ts';
import type { Report } from '../support/report.ts';
import { quantile } from '../support/statistics.ts';
import { LIMIT } from './limit.ts';
import { RecordingCells } from './recording-cells.ts';

const MOST_HOLD_MS = 0.2;
/** Full again after a millisecond. */
const BRIEF = limitOf({ capacity: 1, count: 1, periodUs: 1_000 });

export function measureSweeps(report: Report, keys: number): void {
  assert(BRIEF !== null, 'the limit of the bench can be counted');
  const memory = reserveTable(keys, { engine: 'hash' });
  const cells = Cells.reserve(2);
  const table = new Table(memory, new Cells(cells, 0));
  for (let i = 0; i < keys; i++) {
    table.take(parsedKey(randomKey(i)), i % 2 === 0 ? BRIEF : LIMIT, 1, monotonicUs());
  }
  const recording = new RecordingCells(cells, 1);
  const endUs = monotonicUs() + 2_000;
  while (monotonicUs() < endUs);
  new Rebalancer(memory, monotonicUs, recording).sweep();
  const evicted = sumCells(cells)[EVICTIONS] as number;
  report.check(evicted === Math.ceil(keys / 2), `half of ${keys} keys are evicted: ${evicted}`);

  const holdsMs = recording.holds.map((seconds) => seconds * 1_000);
  const p99 = quantile(holdsMs, 0.99);
  report.table(`A sweep of ${keys} keys in a hash table, of which half are evicted`, [
    {
      'locks taken': holdsMs.length,
      'held ms p50': quantile(holdsMs, 0.5),
      p99,
      max: quantile(holdsMs, 1),
    },
  ]);
  report.goal({
    words: 'ms a step of a sweep holds the lock, p99',
    value: p99,
    most: MOST_HOLD_MS,
  });
}
