/** A decider: a worker thread with its own event loop and HTTP server, deciding in shared memory. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../lib/assert.ts';
import { monotonicUs } from '../lib/clock.ts';
import { LocalLimiter } from '../limiter/local.ts';
import { Cells } from '../metrics/cells.ts';
import { Exposition } from '../metrics/exposition.ts';
import { LimitRoute } from '../transport/http/limit-route.ts';
import { Replies } from '../transport/http/reply.ts';
import { createRoutes } from '../transport/http/routes.ts';
import { HttpServer } from '../transport/http/server.ts';
import { ServiceState } from '../transport/service-state.ts';
import type { FromDecider, ThreadData, ToDecider } from './messages.ts';

assert(parentPort !== null, 'a decider is a worker thread');
const supervisor = parentPort;
const data = workerData as ThreadData;
const server = createServer(data);

supervisor.on('message', (message: ToDecider) => {
  switch (message.kind) {
    case 'listen':
      void listen(message.port);
      break;
    case 'connection':
      server.adopt(message.socket);
      break;
    case 'close':
      void server.close().then(() => tell({ kind: 'closed' }));
      break;
    default:
      message satisfies never;
  }
});
if (data.accept === 'handed-on') server.expectAdoptions();
tell({ kind: 'started' });

function createServer({
  config,
  version,
  table,
  cells: memory,
  row,
  state,
}: ThreadData): HttpServer {
  const cells = new Cells(memory, row);
  const limiter = new LocalLimiter(table, cells);
  const serviceState = new ServiceState(state, config.maxConnections);
  const replies = new Replies(cells, serviceState);
  const limitRoute = new LimitRoute({
    limiter,
    cells,
    clock: monotonicUs,
    state: serviceState,
    replies,
    deniedStatus: config.deniedStatus,
    defaultAnswer: config.defaultAnswer,
  });
  const exposition = new Exposition({
    cells: memory,
    version,
    maxKeys: limiter.maxKeys,
    keys: () => limiter.size,
  });
  const app = createRoutes({ limitRoute, replies, state: serviceState, exposition, fail });
  return new HttpServer({ times: config, state: serviceState, replies, limitRoute, app });
}

async function listen(port: number): Promise<void> {
  const reusePort = data.accept === 'each';
  try {
    await server.listen({ host: data.config.host, port, reusePort });
    tell({ kind: 'listening' });
  } catch (error) {
    tell({ kind: 'cannot-listen', code: (error as NodeJS.ErrnoException).code ?? String(error) });
  }
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
