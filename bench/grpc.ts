/**
 * npm run bench:grpc [-- --small]: what a call of gRPC costs, beside servers that answer the same
 * bytes with node:http2 and with @grpc/grpc-js and decide nothing, and beside throttlecrab, where
 * it is installed; what it costs where limits are shared; and, one call at a time, beside HTTP.
 * Ratios inside one run; nothing here is a timed test.
 *
 * All servers take turns on one core, the load has another: it writes frames that were made before,
 * and looks into every answer. A general client of gRPC would be what limits the rate.
 */
import { findTools } from './compare/tools.ts';
import { type GrpcPlan, type GrpcServer, measureGrpc, NODE_HTTP2 } from './grpc/rounds.ts';
import { startOurs, startPlain, startSharing, startThrottlecrab } from './grpc/servers.ts';
import { Child } from './support/child.ts';
import { benchOptions } from './support/options.ts';
import { allowedCores } from './support/pinned.ts';
import { Report } from './support/report.ts';

const FULL: GrpcPlan = { rounds: 5, seconds: 3, keys: 100_000 };
const SMALL: GrpcPlan = { rounds: 1, seconds: 1, keys: 1_000 };

const HTTP2_SERVER = new URL('./grpc/http2-server.ts', import.meta.url);
const GRPC_JS_SERVER = new URL('./grpc/grpc-js-server.ts', import.meta.url);

const options = benchOptions({ small: { type: 'boolean', default: false } });
const small = options.small === true;
const [serverCore, loadCore = serverCore] = allowedCores();
const report = new Report('grpc', small);
const load = new Child({ script: new URL('./grpc/load.ts', import.meta.url), core: loadCore });
const tools = findTools(['redis-server', 'throttlecrab-server']);
const redisPath = tools.get('redis-server');
const crabPath = tools.get('throttlecrab-server');
const servers: GrpcServer[] = [];
try {
  const { grpc, http } = await startOurs(serverCore);
  servers.push(grpc);
  servers.push(await startPlain(NODE_HTTP2, HTTP2_SERVER, serverCore));
  servers.push(await startPlain('@grpc/grpc-js', GRPC_JS_SERVER, serverCore));
  if (redisPath !== undefined) servers.push(await startSharing(serverCore, redisPath));
  if (crabPath !== undefined) servers.push(await startThrottlecrab(serverCore, crabPath));
  const plan = small ? SMALL : FULL;
  await measureGrpc({ report, load, servers, http, plan });
} finally {
  await Promise.all([load.end(), ...servers.map((server) => server.stop())]);
}
report.finish();
