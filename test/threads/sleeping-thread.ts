/** Sleeps as the rebalancer does: it never comes back to an event loop. */
import { parentPort } from 'node:worker_threads';
import { RebuildRequests } from '../../src/table/rebuild-requests.ts';

const requests = new RebuildRequests(RebuildRequests.reserve(32));
parentPort?.postMessage('begun');
for (;;) requests.sleepUntilRung(200);
