/**
 * A run of ascending.ts, in a process of its own: keys in ascending order, the worst there is for a
 * plain search tree, as fast as one thread can insert them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { assert } from '../../src/lib/assert.ts';
import { monotonicUs } from '../../src/lib/clock.ts';
import { Cells, EVICTIONS, SWAPS, sumCells } from '../../src/metrics/cells.ts';
import { Table } from '../../src/table/table.ts';
import { reserveTable, viewTable } from '../../src/table/table-memory.ts';
import type { TreeView } from '../../src/table/tree-engine/tree-view.ts';
import { idealMeanDepth } from '../../src/tree/depth.ts';
import { answerWith } from '../support/child.ts';
import { ascendingKey, parsedKey, randomIndexes } from '../support/keys.ts';
import { DEFAULT_MAX_KEYS, LIMIT } from './limit.ts';
import { startRebalancer } from './rebalancer.ts';

export interface AscendingQuestion {
  readonly keys: number;
  readonly rebalancing: boolean;
}

export interface AscendingAnswer {
  readonly size: number;
  /** Mean over samples of how deep a node lies, and the ideal for the same shards. */
  readonly depthWhile: number;
  readonly idealWhile: number;
  /** One second after the last insert. */
  readonly depthAfter: number;
  readonly idealAfter: number;
  readonly usAnInsert: number;
  readonly usALookUp: number;
  readonly swaps: number;
  readonly evictions: number;
  readonly holdsSeconds: readonly number[];
}

const SAMPLES = 50;
const SETTLE_MS = 1_000;
const LOOK_UPS = 100_000;

answerWith(async ({ keys, rebalancing }: AscendingQuestion): Promise<AscendingAnswer> => {
  const memory = reserveTable(DEFAULT_MAX_KEYS);
  const cells = Cells.reserve(2);
  const table = new Table(memory, new Cells(cells, 0));
  const view = viewTable(memory);
  assert(view.engine === 'tree', 'the bench of ascending keys has trees');
  const texts = Array.from({ length: keys }, (_, i) => parsedKey(ascendingKey(i)));
  const rebalancer = rebalancing ? await startRebalancer(memory, cells, 1) : null;

  let insertUs = 0;
  let depthWhile = 0;
  let idealWhile = 0;
  for (let sample = 0; sample < SAMPLES; sample++) {
    const from = Math.floor((keys * sample) / SAMPLES);
    const to = Math.floor((keys * (sample + 1)) / SAMPLES);
    const startUs = monotonicUs();
    for (let i = from; i < to; i++) table.take(texts[i] as string, LIMIT, 1, monotonicUs());
    insertUs += monotonicUs() - startUs;
    const depth = meanDepth(view);
    depthWhile += depth.mean / SAMPLES;
    idealWhile += depth.ideal / SAMPLES;
  }
  if (rebalancer !== null) await sleep(SETTLE_MS);
  const after = meanDepth(view);
  const usALookUp = lookUp(table, texts);
  const holdsSeconds = rebalancer === null ? [] : await rebalancer.stop();
  const sums = sumCells(cells);
  return {
    size: table.size,
    depthWhile,
    idealWhile,
    depthAfter: after.mean,
    idealAfter: after.ideal,
    usAnInsert: insertUs / keys,
    usALookUp,
    swaps: sums[SWAPS] as number,
    evictions: sums[EVICTIONS] as number,
    holdsSeconds,
  };
});

function lookUp(table: Table, texts: readonly string[]): number {
  const next = randomIndexes(1, texts.length);
  const startUs = monotonicUs();
  for (let i = 0; i < LOOK_UPS; i++) table.take(texts[next()] as string, LIMIT, 0, monotonicUs());
  return (monotonicUs() - startUs) / LOOK_UPS;
}

/** How deep the nodes of all shards lie, and how deep they would in perfect trees. */
function meanDepth(view: TreeView): { readonly mean: number; readonly ideal: number } {
  let size = 0;
  let depths = 0;
  let ideal = 0;
  for (const shard of view.shards) {
    shard.lock();
    size += shard.size;
    depths += shard.depthSum;
    ideal += shard.size * idealMeanDepth(shard.size);
    shard.unlock();
  }
  return { mean: depths / size, ideal: ideal / size };
}
