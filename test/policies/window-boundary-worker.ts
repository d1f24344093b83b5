/** A thread that takes from one window as fast as it can, until it is told to end. */
import { parentPort, workerData } from 'node:worker_threads';
import { monotonicUs, wallUs } from '../../src/lib/clock.ts';
import { Cells } from '../../src/metrics/cells.ts';
import { LivePolicy } from '../../src/policies/live-policy.ts';
import { OpenWindows } from '../../src/policies/open-windows.ts';
import type { Policy } from '../../src/policies/policy.ts';
import { Table } from '../../src/table/table.ts';
import type { TableMemory } from '../../src/table/table-memory.ts';

export interface BoundaryData {
  readonly table: TableMemory;
  readonly cells: SharedArrayBuffer;
  readonly row: number;
  readonly windows: SharedArrayBuffer;
  readonly policy: Policy;
  /** How many threads have begun, all of which begin at once; and whether they are to end. */
  readonly state: SharedArrayBuffer;
  readonly threads: number;
}

const data = workerData as BoundaryData;
const table = new Table(data.table, new Cells(data.cells, data.row));
const windows = new OpenWindows(data.windows);
const limit = new LivePolicy(data.policy, { windows, wall: wallUs, places: [0] }).limits[0];
const state = new Int32Array(data.state);

Atomics.add(state, 0, 1);
while (Atomics.load(state, 0) < data.threads) Atomics.pause();

let allowed = 0;
while (limit !== undefined && Atomics.load(state, 1) === 0) {
  const nowUs = monotonicUs();
  const taking = { key: `${limit.bucketsOf}a`, kept: limit.at(nowUs), cost: 1, overdraft: false };
  if (table.takeKept(taking, nowUs).allowed) allowed++;
}
parentPort?.postMessage(allowed);
