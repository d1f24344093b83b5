/**
 * The thread of the policies: reads their files, which may take seconds of CPU, and gives deciders
 * what they say.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { EnvoyPiece } from '../envoy/envoy-pieces.ts';
import { assert } from '../lib/assert.ts';
import { wallUs } from '../lib/clock.ts';
import { createLog } from '../lib/log.ts';
import { systemTimers } from '../lib/timers.ts';
import { Cells } from '../metrics/cells.ts';
import { faultText } from '../policies/file/fault.ts';
import { lookAt } from '../policies/file/sources.ts';
import type { SendPiece } from '../policies/policy-pieces.ts';
import { PolicyLoading } from './policy-loading.ts';
import type { FromPoliciesThread, PoliciesData, ToPoliciesThread } from './thread-messages.ts';
import { tellVitals } from './vitals.ts';
import { yieldToQuestions } from './yield-to-questions.ts';

assert(parentPort !== null, 'policies are read in a worker thread');
const supervisor = parentPort;
const { config, cells: memory, row, deciders } = workerData as PoliciesData;
const cells = new Cells(memory, row);

const loading = new PolicyLoading({
  look: () => lookAt(config.policies),
  deciders: deciders.map(sendOver),
  algorithm: config.envoyAlgorithm,
  cells,
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
  // From the first reading on: what all threads share has been started by then.
  yieldToQuestions();
  if (config.adminPort !== 0) tellVitals(cells, systemTimers);
  if (faults.length === 0) tell({ kind: 'loaded' });
  else tell({ kind: 'bad-policies', faults: faults.map(faultText) });
});

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
