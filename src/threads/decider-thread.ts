/** A decider: a worker thread with its own event loop and listeners, deciding in shared memory. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../lib/assert.ts';
import { monotonicUs } from '../lib/clock.ts';
import { createLog } from '../lib/log.ts';
import { systemTimers } from '../lib/timers.ts';
import { Cells } from '../metrics/cells.ts';
import { Exposition } from '../metrics/exposition.ts';
import { AdminGuard } from '../transport/access/admin-guard.ts';
import { AdminToken } from '../transport/access/admin-token.ts';
import { ClientBytes } from '../transport/connection/client-bytes.ts';
import { Crowd } from '../transport/connection/crowd.ts';
import { Listener, type Protocol } from '../transport/connection/listener.ts';
import { Turns } from '../transport/connection/turns.ts';
import { createHttp, type HttpParts } from '../transport/http/http-protocol.ts';
import {
  entriesOf,
  type Ports,
  PROTOCOLS,
  type ProtocolName,
  servedBy,
} from '../transport/protocols.ts';
import { RespServer } from '../transport/resp/resp-protocol.ts';
import { ServiceState } from '../transport/service-state.ts';
import { createLimiter } from './limiter.ts';
import type { DeciderData, FromDecider, ToDecider } from './thread-messages.ts';

/** Who makes each protocol. */
const MAKERS: Readonly<Record<ProtocolName, (parts: HttpParts) => Protocol>> = {
  http: createHttp,
  resp: (parts) => new RespServer(parts),
};

assert(parentPort !== null, 'a decider is a worker thread');
const supervisor = parentPort;
const data = workerData as DeciderData;
const listeners = createListeners(data);

supervisor.on('message', (message: ToDecider) => {
  switch (message.kind) {
    case 'listen':
      void listen(message.ports);
      break;
    case 'connection':
      listeners[message.protocol].adopt(message.socket);
      break;
    case 'close':
      void close();
      break;
    default:
      message satisfies never;
  }
});
tell({ kind: 'started' });

function createListeners(data: DeciderData): Readonly<Record<ProtocolName, Listener>> {
  const { config, version } = data;
  const cells = new Cells(data.cells, data.row);
  const limiter = createLimiter(data, cells);
  const state = new ServiceState(data.state, config.maxConnections, servedBy(config).length);
  const exposition = new Exposition({
    cells: data.cells,
    version,
    maxKeys: limiter.maxKeys,
    keys: () => limiter.size,
    isSharing: data.store !== null,
  });
  const clock = monotonicUs;
  const turns = new Turns(clock);
  const log = createLog(config.logLevel);
  const { maxConnections } = config;
  const crowd = new Crowd({ state, cells, timers: systemTimers, log, maxConnections });
  const adminGuard = new AdminGuard({
    token: new AdminToken(config.adminToken),
    cells,
    clock,
    timers: systemTimers,
    log,
  });
  const clientBytes = new ClientBytes({
    mostBytes: config.maxClientBytes,
    cells,
    clock,
    timers: systemTimers,
    log,
  });
  const own = { limiter, cells, clock, state, turns, adminGuard, clientBytes };
  const parts = { ...own, config, version, exposition, fail };
  const listenerOf = (name: ProtocolName) =>
    new Listener({ state, cells, crowd }, PROTOCOLS[name].place, MAKERS[name](parts));
  return { http: listenerOf('http'), resp: listenerOf('resp') };
}

async function listen(ports: Ports): Promise<void> {
  const reusePort = data.accept === 'each';
  for (const [protocol, port] of entriesOf(ports)) {
    try {
      await listeners[protocol].listen({ host: data.config.host, port, reusePort });
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      tell({ kind: 'cannot-listen', code, port });
      return;
    }
  }
  tell({ kind: 'listening' });
}

async function close(): Promise<void> {
  await Promise.all(Object.values(listeners).map((listener) => listener.close()));
  tell({ kind: 'closed' });
}

function tell(message: FromDecider): void {
  supervisor.postMessage(message);
}

/** Outside of whatever caught the error, so that nothing catches it again: the thread ends of it. */
function fail(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
