/**
 * The thread of the snapshots: reads the last one into the table before anybody asks, and writes
 * them from then on. It has the priority of all others: it holds locks that they wait for.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../lib/assert.ts';
import { bootId } from '../lib/boot-id.ts';
import { monotonicUs, wallUs } from '../lib/clock.ts';
import { createLog } from '../lib/log.ts';
import { systemTimers } from '../lib/timers.ts';
import { Cells } from '../metrics/cells.ts';
import { OpenWindows } from '../policies/open-windows.ts';
import { systemFiles } from '../snapshot/file-system.ts';
import { SnapshotKeeper } from '../snapshot/snapshot-keeper.ts';
import type { FromSnapshotThread, ThreadData, ToSnapshotThread } from './thread-messages.ts';
import { tellVitals } from './vitals.ts';

assert(parentPort !== null, 'snapshots are written in a worker thread');
const supervisor = parentPort;
const { config, table, cells: memory, row, policies } = workerData as ThreadData;
const cells = new Cells(memory, row);

const keeper = new SnapshotKeeper({
  files: systemFiles,
  path: config.snapshot,
  intervalMs: config.snapshotIntervalMs,
  isRequired: config.snapshotRequired === 'true',
  table,
  windows: new OpenWindows(policies.windows),
  clock: monotonicUs,
  wall: wallUs,
  bootId: bootId(),
  timers: systemTimers,
  random: Math.random,
  cells,
  log: createLog(config.logLevel),
});

supervisor.on('message', (message: ToSnapshotThread) => {
  switch (message.kind) {
    case 'begin':
      keeper.begin();
      break;
    case 'seal':
      keeper.seal();
      tell({ kind: 'sealed' });
      break;
    default:
      message satisfies never;
  }
});
const fault = keeper.restore();
if (config.adminPort !== 0) tellVitals(cells, systemTimers);
tell(fault === null ? { kind: 'restored' } : { kind: 'bad-snapshot', fault });

function tell(message: FromSnapshotThread): void {
  supervisor.postMessage(message);
}
