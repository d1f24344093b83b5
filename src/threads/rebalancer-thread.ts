/** The rebalancer: a worker thread that rebuilds shards until the process ends. */
import { workerData } from 'node:worker_threads';
import { monotonicUs } from '../lib/clock.ts';
import { Cells } from '../metrics/cells.ts';
import { Rebalancer } from '../table/rebalancer.ts';
import type { ThreadData } from './thread-messages.ts';
import { vitalsOfLoop } from './vitals.ts';

const data = workerData as ThreadData;
const cells = new Cells(data.cells, data.row);
const tell = data.config.adminPort === 0 ? () => undefined : vitalsOfLoop(cells, monotonicUs);

// It has no event loop to return to: it sleeps in Atomics.wait, and ends with the process.
new Rebalancer(data.table, monotonicUs, cells).runUntil(() => {
  tell();
  return false;
});
