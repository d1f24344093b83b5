/**
 * The thread of the admin port: answers operators, from memory that all threads share. It asks no
 * other thread anything, and yields its core to those that decide.
 */
import { createServer } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { TokenBook } from '../access/token-book.ts';
import { instancesReport } from '../admin/instances-report.ts';
import { KeyAsker } from '../admin/keys/key-asker.ts';
import type { AnsweredKeys } from '../admin/keys/key-questions.ts';
import { Live } from '../admin/live.ts';
import { pprofFile } from '../admin/profiles/pprof-file.ts';
import { ProfileAsker } from '../admin/profiles/profile-asker.ts';
import { threadsReport } from '../admin/threads-report.ts';
import { topReport } from '../admin/top-report.ts';
import { assert } from '../lib/assert.ts';
import { monotonicUs, wallUs } from '../lib/clock.ts';
import { createLog } from '../lib/log.ts';
import { systemTimers } from '../lib/timers.ts';
import { Cells } from '../metrics/cells.ts';
import { keysIn } from '../table/table-memory.ts';
import { AdminToken } from '../transport/access/admin-token.ts';
import { TokenGuard } from '../transport/access/token-guard.ts';
import { ClientBytes } from '../transport/connection/client-bytes.ts';
import { ACCEPT_OPTIONS } from '../transport/connection/listener.ts';
import { Turns } from '../transport/connection/turns.ts';
import { EventStreams } from '../transport/http/admin/event-streams.ts';
import { createAdminHttp } from '../transport/http/admin-protocol.ts';
import { PROTOCOLS } from '../transport/protocols.ts';
import { ServiceState } from '../transport/service-state.ts';
import { Handshakes } from '../transport/tls/handshakes.ts';
import { fail } from './fail.ts';
import type { AdminData, FromAdminThread, ToAdminThread } from './thread-messages.ts';
import { tellVitals } from './vitals.ts';
import { yieldToQuestions } from './yield-to-questions.ts';

/** Operators are few; whoever opens more has the newest of them closed. */
const MOST_CONNECTIONS = 64;

assert(parentPort !== null, 'operators are answered in a worker thread');
const supervisor = parentPort;
const data = workerData as AdminData;
const { config, version, row, sketches, store, threads, credentials } = data;
assert(sketches !== null, 'keys are counted where there is an admin port');

const cells = new Cells(data.cells, row);
const book = new TokenBook(data.tokens);
const shared = {
  cells,
  clock: monotonicUs,
  timers: systemTimers,
  log: createLog(config.logLevel),
};
const state = new ServiceState(data.state, config.maxConnections);
const live = new Live({
  ...shared,
  cells: data.cells,
  store,
  keys: () => keysIn(data.table),
  maxKeys: data.table.maxKeys,
  hasSnapshots: config.snapshot !== '',
  isDraining: () => state.phase === 'draining' || state.phase === 'closing',
  wall: wallUs,
});
const streams = new EventStreams(live);
const keys = new KeyAsker({ ...shared, send: (asked) => data.keys.postMessage(asked) });
data.keys.on('message', (answered: AnsweredKeys) => keys.receive(answered));
const profiles = new ProfileAsker({
  send: tell,
  fileOf: (taken) => pprofFile(taken, version),
});
const http = createAdminHttp({
  ...shared,
  times: config,
  version,
  reports: {
    top: (by, most) => topReport(sketches, { by, most, nowUs: monotonicUs() }),
    threads: () => threadsReport(data.cells, threads),
    instances: () => instancesReport(store, monotonicUs()),
  },
  streams,
  keys,
  profiles,
  tokenGuard: new TokenGuard({ ...shared, book, adminToken: new AdminToken(config.adminToken) }),
  turns: new Turns(monotonicUs),
  clientBytes: new ClientBytes({ ...shared, mostBytes: config.maxClientBytes }),
  fail,
});
const handshakes =
  credentials === null
    ? null
    : new Handshakes({ ...config, ...PROTOCOLS.http, ...shared, credentials });
const server = createServer(ACCEPT_OPTIONS, (accepted) => {
  if (handshakes === null) http.open(accepted);
  else handshakes.begin(accepted, (socket) => http.open(socket));
});
server.maxConnections = MOST_CONNECTIONS;

supervisor.on('message', (message: ToAdminThread) => {
  switch (message.kind) {
    case 'listen':
      listen();
      break;
    case 'close':
      streams.end();
      void profiles.end().then(() => tell({ kind: 'admin-closed' }));
      break;
    case 'credentials':
      handshakes?.use(message.credentials);
      break;
    case 'tokens':
      book.replace(message.tokens);
      // Who still may listen comes back.
      streams.hangUp();
      break;
    case 'profiled':
      profiles.receive(message.taken);
      break;
    default:
      message satisfies never;
  }
});

function listen(): void {
  const { adminHost: host, adminPort: port } = config;
  server.once('error', (error: NodeJS.ErrnoException) => {
    tell({ kind: 'cannot-listen', code: error.code ?? String(error), port });
  });
  server.listen({ host, port }, () => {
    yieldToQuestions();
    live.begin(() => streams.tell());
    tellVitals(cells, systemTimers);
    tell({ kind: 'admin-listening' });
  });
}

function tell(message: FromAdminThread): void {
  supervisor.postMessage(message);
}
