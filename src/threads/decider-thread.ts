/** A decider: a worker thread with its own event loop and listeners, deciding in shared memory. */
import { createServer } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../lib/assert.ts';
import { systemTimers } from '../lib/timers.ts';
import { ACCEPT_OPTIONS, Listener } from '../transport/connection/listener.ts';
import { entriesOf, type Ports, PROTOCOLS, type ProtocolName } from '../transport/protocols.ts';
import { Handshakes } from '../transport/tls/handshakes.ts';
import { createProtocols, type DeciderProtocols } from './decider-protocols.ts';
import { rehearse } from './decider-rehearsal.ts';
import { fail } from './fail.ts';
import { receiveRules } from './receive-rules.ts';
import type { DeciderData, FromDecider, ToDecider } from './thread-messages.ts';
import { openTracing } from './tracing.ts';
import { tellVitals } from './vitals.ts';

/** Connections for probes; whoever opens more has the newest of them closed. */
const MOST_PROBES = 64;

assert(parentPort !== null, 'a decider is a worker thread');
const supervisor = parentPort;
const data = workerData as DeciderData;
const tracing = await openTracing(data);
const protocols = createProtocols(data, fail, tracing);
const handshakes = createHandshakes(protocols);
const listeners = createListeners(protocols);
receiveRules(data.policyPieces, {
  book: protocols.policies.book,
  envoyBook: protocols.envoyBook,
  windows: protocols.windows,
});

supervisor.on('message', (message: ToDecider) => {
  switch (message.kind) {
    case 'listen':
      void listen(message.ports);
      break;
    case 'listen-for-probes':
      listenForProbes();
      break;
    case 'connection':
      listeners[message.protocol].adopt(message.socket);
      break;
    case 'credentials':
      for (const one of Object.values(handshakes)) one?.use(message.credentials);
      break;
    case 'tokens':
      protocols.tokens.replace(message.tokens);
      break;
    case 'close':
      void close();
      break;
    default:
      message satisfies never;
  }
});
void rehearse({ data, timers: systemTimers, fail }).then(() => {
  if (data.config.adminPort !== 0) tellVitals(protocols.listening.cells, systemTimers);
  tell({ kind: 'started' });
});

/** Of each protocol; null where there is no TLS. */
function createHandshakes({
  listening,
}: DeciderProtocols): Readonly<Record<ProtocolName, Handshakes | null>> {
  const { credentials, config } = data;
  const { cells } = listening;
  const timers = systemTimers;
  const of = (name: ProtocolName) =>
    credentials === null
      ? null
      : new Handshakes({ ...config, ...PROTOCOLS[name], credentials, cells, timers });
  return { http: of('http'), resp: of('resp'), grpc: of('grpc') };
}

function createListeners(protocols: DeciderProtocols): Readonly<Record<ProtocolName, Listener>> {
  const listenerOf = (name: ProtocolName) =>
    new Listener(protocols.listening, PROTOCOLS[name].place, protocols.of(name), handshakes[name]);
  return { http: listenerOf('http'), resp: listenerOf('resp'), grpc: listenerOf('grpc') };
}

async function listen(ports: Ports): Promise<void> {
  const reusePort = data.accept === 'each';
  for (const [protocol, port] of entriesOf(ports)) {
    try {
      await listeners[protocol].listen({ host: data.config.host, port, reusePort });
    } catch (error) {
      cannotListen(error, port);
      return;
    }
  }
  tell({ kind: 'listening' });
}

/** The port of probes is that of one decider: they are few, and all deciders know the same. */
function listenForProbes(): void {
  const { host, probePort: port } = data.config;
  const http = protocols.ofProbes();
  const server = createServer(ACCEPT_OPTIONS, (socket) => http.open(socket));
  server.maxConnections = MOST_PROBES;
  server
    .once('error', (error) => cannotListen(error, port))
    .listen({ host, port, exclusive: true }, () => tell({ kind: 'probes-listening' }));
}

function cannotListen(error: unknown, port: number): void {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  tell({ kind: 'cannot-listen', code, port });
}

async function close(): Promise<void> {
  await Promise.all(Object.values(listeners).map((listener) => listener.close()));
  await tracing?.spans.close();
  tell({ kind: 'closed' });
}

function tell(message: FromDecider): void {
  supervisor.postMessage(message);
}
