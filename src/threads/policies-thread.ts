/**
 * The thread of the policies: reads their files, which may take seconds of CPU, and gives deciders
 * what they say.
 */
import { constants, setPriority } from 'node:os';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { EnvoyPiece } from '../envoy/envoy-pieces.ts';
import { assert } from '../lib/assert.ts';
import { wallUs } from '../lib/clock.ts';
import { createLog } from '../lib/log.ts';
import { systemTimers } from '../lib/timers.ts';
import { Cells } from '../metrics/cells.ts';
import { faultText } from '../policies/file/fault.ts';
import { lookAt } from '../policies/file/rules-watch.ts';
import type { SendPiece } from '../policies/policy-pieces.ts';
import { PolicyLoading } from './policy-loading.ts';
import type { FromPoliciesThread, PoliciesData, ToPoliciesThread } from './thread-messages.ts';

assert(parentPort !== null, 'policies are read in a worker thread');
const supervisor = parentPort;
const { config, cells, row, deciders } = workerData as PoliciesData;

const loading = new PolicyLoading({
  look: () => lookAt(config.policies),
  deciders: deciders.map(sendOver),
  algorithm: config.envoyAlgorithm,
  cells: new Cells(cells, row),
  log: createLog(config.logLevel),
  wall: wallUs,
  timers: systemTimers,
});

supervisor.on('message', (message: ToPoliciesThread) => {
  switch (message.kind) {
    case 'reload':
      loading.reload();
      break;
    default:
      message.kind satisfies never;
  }
});
void loading.start().then((faults) => {
  yieldToQuestions();
  if (faults.length === 0) tell({ kind: 'loaded' });
  else tell({ kind: 'bad-policies', faults: faults.map(faultText) });
});

/**
 * From the first reading on, when threads that all share have been started: those that this one
 * starts have its priority. Linux alone has one for each thread; elsewhere it is the process's.
 */
function yieldToQuestions(): void {
  if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_LOW);
}

/** A decider answers each piece, and says nothing else. */
function sendOver(port: MessagePort): SendPiece<EnvoyPiece> {
  return (piece) =>
    new Promise((resolve) => {
      port.once('message', () => resolve());
      port.postMessage(piece);
    });
}

function tell(message: FromPoliciesThread): void {
  supervisor.postMessage(message);
}
