/**
 * A thread that takes one token of each of some keys, all or none, in an order of its own each
 * time.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Cells } from '../../src/metrics/cells.ts';
import { Table } from '../../src/table/table.ts';
import type { TableMemory } from '../../src/table/table-memory.ts';
import { limitOf } from './tables.ts';

export interface TakeAllData {
  readonly table: TableMemory;
  readonly cells: SharedArrayBuffer;
  readonly row: number;
  readonly keys: readonly string[];
  readonly rounds: number;
  /** How many threads have begun: all begin at once. */
  readonly started: SharedArrayBuffer;
}

const { table: memory, cells, row, keys, rounds, started } = workerData as TakeAllData;
const table = new Table(memory, new Cells(cells, row));
/** None comes back while this runs. */
const limit = limitOf(10_000, 366 * 86_400);
const words = new Int32Array(started);

Atomics.add(words, 0, 1);
while (Atomics.load(words, 0) < 2) Atomics.pause();

let allowed = 0;
for (let i = 0; i < rounds; i++) {
  const at = (i * 7 + row) % keys.length;
  const turned = [...keys.slice(at), ...keys.slice(0, at)];
  const order = row === 0 ? turned : turned.reverse();
  const takings = order.map((key) => ({ key, limit, cost: 1 }));
  if (table.takeAll(takings, 1).allowed) allowed++;
}
parentPort?.postMessage(allowed);
