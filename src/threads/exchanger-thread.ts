/** The exchanger: a worker thread that talks to the store for all deciders of this instance. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { FromExchanger } from '../lease/ask-messages.ts';
import { rehearse } from '../lease/fetcher/rehearsal.ts';
import { StoreCalendar } from '../lease/fetcher/store-calendar.ts';
import { StoreLink } from '../lease/fetcher/store-link.ts';
import { LeaseTable } from '../lease/lease-table.ts';
import { type PackedAsks, packAnswers, unpackAsks } from '../lease/packed.ts';
import { redisAccessOf } from '../lease/store/redis-access.ts';
import { RedisStore } from '../lease/store/redis-store.ts';
import { StoreStatus } from '../lease/store-status.ts';
import { assert } from '../lib/assert.ts';
import { monotonicUs, wallUs } from '../lib/clock.ts';
import { createLog } from '../lib/log.ts';
import { systemTimers } from '../lib/timers.ts';
import { Cells } from '../metrics/cells.ts';
import { endsAround, windowKind } from '../policies/calendar.ts';
import type { ExchangerData, FromExchangerThread, ToExchangerThread } from './thread-messages.ts';
import { tellVitals } from './vitals.ts';

assert(parentPort !== null, 'the exchanger is a worker thread');
const supervisor = parentPort;
const {
  table,
  config,
  cells: cellMemory,
  row,
  store: statusMemory,
  deciders,
} = workerData as ExchangerData;
assert(statusMemory !== null, 'limits are shared');

const cells = new Cells(cellMemory, row);
const store = new RedisStore({
  access: redisAccessOf(config),
  prefix: config.redisPrefix,
  timeoutMs: config.storeTimeoutMs,
  instance: `${hostname()}-${randomUUID().slice(0, 8)}`,
  log: createLog(config.logLevel),
  lost: () => link.lost(),
  usable: (part) => link.usable(part),
});
const calendar = new StoreCalendar({
  wall: wallUs,
  endsAround: (windows, atUs) => endsAround(windowKind(windows), atUs),
});
const link: StoreLink = new StoreLink({
  settings: config,
  leases: new LeaseTable(table, cells),
  store,
  status: new StoreStatus(statusMemory),
  calendar,
  cells,
  clock: monotonicUs,
  timers: systemTimers,
  random: Math.random,
  rehearse: () =>
    rehearse({
      settings: config,
      engine: config.engine,
      store: store.apart,
      calendar,
      clock: monotonicUs,
      timers: systemTimers,
    }),
});

for (const port of deciders) {
  let answers: FromExchanger[] = [];
  const answer = (message: FromExchanger) => {
    if (answers.push(message) > 1) return;
    // Answers that came in one piece go in one message.
    queueMicrotask(() => {
      port.postMessage(packAnswers(answers));
      answers = [];
    });
  };
  port.on('message', (packed: PackedAsks) => {
    for (const message of unpackAsks(packed)) link.receive(message, answer);
  });
}

supervisor.on('message', (message: ToExchangerThread) => {
  switch (message.kind) {
    case 'drain':
      void drain();
      break;
    default:
      message.kind satisfies never;
  }
});
if (config.adminPort !== 0) tellVitals(cells, systemTimers);
void link.tried.then(() => tell({ kind: 'tried' }));

async function drain(): Promise<void> {
  await link.drain();
  await store.close();
  tell({ kind: 'drained' });
}

function tell(message: FromExchangerThread): void {
  supervisor.postMessage(message);
}
