/** Starts and stops the rebalancer's thread beside a bench. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { RebuildRequests } from '../../src/table/rebuild-requests.ts';
import type { TableMemory } from '../../src/table/table-memory.ts';
import type { RebalancerData } from './rebalancer-thread.ts';

export interface RunningRebalancer {
  /** Returns how long each swap held the lock, in seconds. */
  stop(): Promise<readonly number[]>;
}

/** Resolves once it watches the table. It writes to this row of the cells. */
export async function startRebalancer(
  table: TableMemory,
  cells: SharedArrayBuffer,
  row: number,
): Promise<RunningRebalancer> {
  const stop = new SharedArrayBuffer(4);
  const workerData: RebalancerData = { table, cells, row, stop };
  const worker = new Worker(new URL('./rebalancer-thread.ts', import.meta.url), { workerData });
  await once(worker, 'message');
  return {
    stop: async () => {
      const told = once(worker, 'message');
      Atomics.store(new Int32Array(stop), 0, 1);
      new RebuildRequests(table.requests).ring();
      const [holds] = await told;
      await worker.terminate();
      return holds as readonly number[];
    },
  };
}
