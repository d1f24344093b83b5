/** The rebalancer: a worker thread that rebuilds shards until the process ends. */
import { workerData } from 'node:worker_threads';
import { monotonicUs } from '../lib/clock.ts';
import { Cells } from '../metrics/cells.ts';
import { Rebalancer } from '../table/rebalancer.ts';
import type { ThreadData } from './thread-messages.ts';

const { table, cells, row } = workerData as ThreadData;

// It has no event loop to return to: it sleeps in Atomics.wait, and ends with the process.
new Rebalancer(table, monotonicUs, new Cells(cells, row)).runUntil(() => false);
