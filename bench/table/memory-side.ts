/**
 * One side of memory.ts, in a fresh process: what its resident memory grows by as keys come in. The
 * table's includes the rebalancer: its thread, and what it reserves for a rebuild.
 */
import { type Bucket, fullBucket, take } from '../../src/bucket/token-bucket.ts';
import { monotonicUs } from '../../src/lib/clock.ts';
import { Cells } from '../../src/metrics/cells.ts';
import { Table } from '../../src/table/table.ts';
import { type Engine, reserveTable } from '../../src/table/table-memory.ts';
import { answerWith } from '../support/child.ts';
import { parsedKey, randomKey } from '../support/keys.ts';
import { LIMIT } from './limit.ts';
import { startRebalancer } from './rebalancer.ts';

export interface MemoryQuestion {
  readonly side: Engine['kind'] | 'map';
  readonly keys: number;
}

export interface MemoryAnswer {
  readonly size: number;
  readonly bytes: number;
}

const WARM_UP_KEYS = 1_000;
const WARM_UP_ROUNDS = 200;

const residentBytes = (): number => process.memoryUsage.rss();

answerWith(({ side, keys }: MemoryQuestion) =>
  side === 'map' ? ofMap(keys) : ofTable(side, keys),
);

async function ofTable(engine: Engine['kind'], keys: number): Promise<MemoryAnswer> {
  const cells = Cells.reserve(2);
  // A process that serves has long grown its heap by what comes and goes with a request.
  const other = new Table(reserveTable(WARM_UP_KEYS, { engine }), new Cells(cells, 0));
  for (let i = 0; i < WARM_UP_ROUNDS; i++) fillTable(other, WARM_UP_KEYS);

  const before = residentBytes();
  const memory = reserveTable(keys, { engine });
  const table = new Table(memory, new Cells(cells, 0));
  const rebalancer = await startRebalancer(memory, cells, 1);
  fillTable(table, keys);
  const bytes = residentBytes() - before;
  await rebalancer.stop();
  return { size: table.size, bytes };
}

function ofMap(keys: number): MemoryAnswer {
  const other = new Map<string, Bucket>();
  for (let i = 0; i < WARM_UP_ROUNDS; i++) fillMap(other, WARM_UP_KEYS);

  const before = residentBytes();
  const map = new Map<string, Bucket>();
  fillMap(map, keys);
  return { size: map.size, bytes: residentBytes() - before };
}

function fillTable(table: Table, keys: number): void {
  for (let i = 0; i < keys; i++) table.take(parsedKey(randomKey(i)), LIMIT, 1, monotonicUs());
}

function fillMap(map: Map<string, Bucket>, keys: number): void {
  for (let i = 0; i < keys; i++) {
    const key = parsedKey(randomKey(i));
    let bucket = map.get(key);
    if (bucket === undefined) {
      bucket = fullBucket();
      map.set(key, bucket);
    }
    take(bucket, LIMIT, 1, monotonicUs());
  }
}
