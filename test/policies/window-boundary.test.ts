/** Threads that ask at the very boundary of windows, as windows pass by. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { wallUs } from '../../src/lib/clock.ts';
import { Cells } from '../../src/metrics/cells.ts';
import { OpenWindows } from '../../src/policies/open-windows.ts';
import type { Policy } from '../../src/policies/policy.ts';
import { ENGINES, reserveTable } from '../../src/table/table-memory.ts';
import type { BoundaryData } from './window-boundary-worker.ts';

const LENGTH_US = 20_000;
const CAPACITY = 50;
const THREADS = 3;
const WINDOWS = 40;

const POLICY: Policy = {
  name: 'p',
  description: '',
  limits: [
    {
      name: 'all',
      capacity: CAPACITY,
      cost: null,
      kind: 'window',
      windows: { by: 'length', lengthUs: LENGTH_US },
    },
  ],
  overrides: [],
  dryRun: false,
  forward: null,
};

const windowAt = (us: number) => Math.floor(us / LENGTH_US);

test.each(ENGINES)('the %s engine: no window gives more than its capacity', async (engine) => {
  const shared = {
    table: reserveTable(16, { shards: 16, engine }),
    cells: Cells.reserve(THREADS),
    windows: OpenWindows.reserve(),
    policy: POLICY,
    state: new SharedArrayBuffer(8),
    threads: THREADS,
  };
  const state = new Int32Array(shared.state);
  const workers = Array.from({ length: THREADS }, (_, row) => {
    const workerData: BoundaryData = { ...shared, row };
    return new Worker(new URL('./window-boundary-worker.ts', import.meta.url), { workerData });
  });
  const answers = workers.map(async (worker) => ((await once(worker, 'message')) as [number])[0]);
  while (Atomics.load(state, 0) < THREADS) await new Promise(setImmediate);
  const first = windowAt(wallUs());
  await new Promise((resolve) => setTimeout(resolve, (WINDOWS * LENGTH_US) / 1_000));
  Atomics.store(state, 1, 1);
  const allowed = (await Promise.all(answers)).reduce((sum, one) => sum + one, 0);
  // Those before the first that was seen, and after the last, may have been opened too.
  const windows = windowAt(wallUs()) - first + 2;
  expect(allowed).toBeLessThanOrEqual(windows * CAPACITY);
  expect(allowed).toBeGreaterThan(CAPACITY);
});
