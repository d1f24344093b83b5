/**
 * npm run bench:tls [-- --small]: what a decision costs over TLS: over HTTP beside node:https, over
 * gRPC beside node:http2, which decide nothing, and over the Redis protocol beside itself without
 * TLS. Connections are kept: handshakes are not measured. Ratios inside one run; nothing here is a
 * timed test.
 *
 * All servers take turns on one core, the load has another and speaks TLS itself. It may be what
 * limits the rate: so what counts is the server's CPU a decision.
 */
import { fileURLToPath } from 'node:url';
import { freePort } from '../test/support/free-port.ts';
import { type Service, startService } from '../test/support/service.ts';
import { TlsFiles } from '../test/support/tls-files.ts';
import { startOurs } from './grpc/servers.ts';
import { Child } from './support/child.ts';
import { benchOptions } from './support/options.ts';
import { allowedCores, pinnedTo } from './support/pinned.ts';
import { Report } from './support/report.ts';
import { measurePair, type TlsPlan, type TlsServer } from './tls/rounds.ts';

const FULL: TlsPlan = { rounds: 5, seconds: 3, keys: 100_000 };
const SMALL: TlsPlan = { rounds: 1, seconds: 1, keys: 1_000 };

const small = benchOptions({ small: { type: 'boolean', default: false } }).small === true;
const plan = small ? SMALL : FULL;
const [serverCore, loadCore = serverCore] = allowedCores();
const report = new Report('tls', small);
const load = new Child({ script: new URL('./grpc/load.ts', import.meta.url), core: loadCore });
const files = new TlsFiles();
const { ca } = files;
const stops: (() => Promise<unknown>)[] = [];
try {
  const parts = { report, load, plan };
  const [respPort, plainPort] = [await freePort(), await freePort()];
  const resp = (port: number) => ['--resp-port', String(port)];
  const ours = await startOurs(serverCore, 'argus', [...files.flags, ...resp(respPort)]);
  stops.push(() => ours.grpc.stop());
  const plain = await startOurs(serverCore, 'argus without TLS', resp(plainPort));
  stops.push(() => plain.grpc.stop());
  const https = await startBeside('node:https', './support/bare-server.ts');
  const http2 = await startBeside('node:http2', './grpc/http2-server.ts');
  const { pid } = ours.grpc;
  const at = (port: number): TlsServer => ({ name: 'argus', pid, port, ca });

  const byHttp = { words: 'http', connections: 50, inFlight: 1 } as const;
  const http = await measurePair(parts, { ...byHttp, ours: at(ours.http.port), other: https });
  report.goal({ words: 'CPU of node:https over ours, HTTP', value: http.cpu, least: 2 });
  report.goal({ words: 'our rate over that of node:https', value: http.rate, least: 2 });

  const byGrpc = { words: 'envoy', connections: 4, inFlight: 50 } as const;
  const grpc = await measurePair(parts, { ...byGrpc, ours: at(ours.grpc.port), other: http2 });
  report.goal({ words: 'CPU of node:http2 over TLS over ours, gRPC', value: grpc.cpu, least: 3 });
  report.goal({ words: 'our rate over that of node:http2 over TLS', value: grpc.rate, least: 3 });

  const byResp = { words: 'resp', connections: 50, inFlight: 1 } as const;
  const bare = { name: 'argus without TLS', pid: plain.grpc.pid, port: plainPort };
  const redis = await measurePair(parts, { ...byResp, ours: at(respPort), other: bare });
  // No goal was set: what TLS itself costs is the price of what it gives.
  report.goal({ words: 'CPU without TLS over that with it, RESP', value: redis.cpu, least: 0.25 });
} finally {
  await Promise.all([load.end(), ...stops.map((stop) => stop())]);
  files.remove();
}
report.finish();

/** With as little as answers the same bytes over TLS. */
async function startBeside(name: string, script: string): Promise<TlsServer> {
  const service: Service = await startService({
    under: pinnedTo(serverCore),
    script: fileURLToPath(new URL(script, import.meta.url)),
    env: { BENCH_CERT_FILE: files.certFile, BENCH_KEY_FILE: files.keyFile },
  });
  stops.push(() => service.stop());
  return { name, pid: service.process.pid ?? Number.NaN, port: service.port, ca };
}
