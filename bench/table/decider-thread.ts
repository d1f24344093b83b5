/** A decider without a network, for threads.ts: decides as fast as it can, when it is told to. */
import { parentPort, workerData } from 'node:worker_threads';
import { monotonicUs } from '../../src/lib/clock.ts';
import { Cells } from '../../src/metrics/cells.ts';
import { Table } from '../../src/table/table.ts';
import type { TableMemory } from '../../src/table/table-memory.ts';
import { parsedKey, randomIndexes, randomKey } from '../support/keys.ts';
import { LIMIT } from './limit.ts';

export interface DeciderData {
  readonly table: TableMemory;
  readonly cells: SharedArrayBuffer;
  readonly row: number;
  readonly keys: number;
}

export type DeciderQuestion =
  | { readonly ask: 'load' }
  /** Makes the keys of the next run. */
  | { readonly ask: 'prepare'; readonly seed: number; readonly decisions: number }
  | { readonly ask: 'run' };

export interface Run {
  /** In nanoseconds of the clock that all threads share. */
  readonly start: bigint;
  readonly end: bigint;
  /** What this thread used of a core, in microseconds. */
  readonly cpuUs: number;
  readonly allowed: number;
}

const data = workerData as DeciderData;
const table = new Table(data.table, new Cells(data.cells, data.row));
let prepared: readonly string[] = [];

function load(): void {
  for (let i = 0; i < data.keys; i++) {
    table.take(parsedKey(randomKey(i)), LIMIT, 1, monotonicUs());
  }
}

function prepare(seed: number, decisions: number): void {
  const next = randomIndexes(seed, data.keys);
  prepared = Array.from({ length: decisions }, () => parsedKey(randomKey(next())));
}

function run(): Run {
  let allowed = 0;
  const before = process.threadCpuUsage();
  const start = process.hrtime.bigint();
  for (const key of prepared) {
    if (table.take(key, LIMIT, 1, monotonicUs()).allowed) allowed++;
  }
  const end = process.hrtime.bigint();
  const { user, system } = process.threadCpuUsage(before);
  return { start, end, cpuUs: user + system, allowed };
}

parentPort?.on('message', (question: DeciderQuestion) => {
  switch (question.ask) {
    case 'load':
      load();
      parentPort?.postMessage('loaded');
      return;
    case 'prepare':
      prepare(question.seed, question.decisions);
      parentPort?.postMessage('prepared');
      return;
    case 'run':
      parentPort?.postMessage(run());
      return;
    default:
      question satisfies never;
  }
});
