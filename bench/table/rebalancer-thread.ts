/**
 * The rebalancer as the service runs it, but for noting the exact time that each swap held the
 * lock: the service's own histogram has only a few buckets.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { monotonicUs } from '../../src/lib/clock.ts';
import { Rebalancer } from '../../src/table/rebalancer.ts';
import type { TableMemory } from '../../src/table/table-memory.ts';
import { RecordingCells } from './recording-cells.ts';

export interface RebalancerData {
  readonly table: TableMemory;
  readonly cells: SharedArrayBuffer;
  readonly row: number;
  /** Word 0: not 0 when it should stop. */
  readonly stop: SharedArrayBuffer;
}

const data = workerData as RebalancerData;
const cells = new RecordingCells(data.cells, data.row);
const stop = new Int32Array(data.stop);
const rebalancer = new Rebalancer(data.table, monotonicUs, cells);
parentPort?.postMessage('ready');
rebalancer.runUntil(() => Atomics.load(stop, 0) !== 0);
parentPort?.postMessage(cells.holds);
