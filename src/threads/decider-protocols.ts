/** The protocols of a decider, and all that they share in its thread. */
import { TokenBook } from '../access/token-book.ts';
import { EnvoyAsker } from '../envoy/asking.ts';
import { countedRules } from '../envoy/counted-rules.ts';
import { EnvoyBook } from '../envoy/envoy-book.ts';
import { EnvoyCounts } from '../envoy/envoy-counts.ts';
import { Matcher } from '../envoy/matched.ts';
import { envoyService } from '../envoy/should-rate-limit.ts';
import { ValueCounts, valueCounts } from '../envoy/value-counts.ts';
import { monotonicUs, wallUs } from '../lib/clock.ts';
import { createLog } from '../lib/log.ts';
import { systemTimers } from '../lib/timers.ts';
import { Cells } from '../metrics/cells.ts';
import type { EnvoySources } from '../metrics/envoy-metrics.ts';
import { Exposition } from '../metrics/exposition.ts';
import { PolicyCounts } from '../metrics/policy-cells.ts';
import type { CountedLimit, PolicySources } from '../metrics/policy-metrics.ts';
import { PolicyAsker, type PolicyParts } from '../policies/asking.ts';
import { OpenWindows } from '../policies/open-windows.ts';
import { PolicyBook } from '../policies/policy-book.ts';
import { AdminToken } from '../transport/access/admin-token.ts';
import { TokenGuard } from '../transport/access/token-guard.ts';
import { ClientBytes } from '../transport/connection/client-bytes.ts';
import { Crowd } from '../transport/connection/crowd.ts';
import type { ListenerParts, Protocol } from '../transport/connection/listener.ts';
import { ReadBuffer } from '../transport/connection/read-buffer.ts';
import { Turns } from '../transport/connection/turns.ts';
import { createGrpc, type GrpcParts } from '../transport/grpc/grpc-protocol.ts';
import { createHttp, type HttpParts } from '../transport/http/http-protocol.ts';
import { createProbeHttp } from '../transport/http/probe-protocol.ts';
import { type ProtocolName, servedBy } from '../transport/protocols.ts';
import { RespServer } from '../transport/resp/resp-protocol.ts';
import { ServiceState } from '../transport/service-state.ts';
import { createLimiter } from './create-limiter.ts';
import type { DeciderData } from './thread-messages.ts';
import type { Tracing } from './tracing.ts';

/** Who makes each protocol. */
const MAKERS: Readonly<Record<ProtocolName, (parts: HttpParts & GrpcParts) => Protocol>> = {
  http: createHttp,
  resp: (parts) => new RespServer(parts),
  grpc: createGrpc,
};

export interface DeciderProtocols {
  readonly of: (name: ProtocolName) => Protocol;
  /** What is spoken on the port of probes. */
  readonly ofProbes: () => Protocol;
  readonly listening: ListenerParts;
  /** Empty as yet. */
  readonly policies: PolicyParts;
  readonly envoyBook: EnvoyBook;
  /** Those that are open, of all threads. */
  readonly windows: OpenWindows;
  /** The tokens in force. */
  readonly tokens: TokenBook;
}

/** `fail` is called with what a handler threw, and ends the process. `tracing`: null for none. */
export function createProtocols(
  data: DeciderData,
  fail: (error: unknown) => void,
  tracing: Tracing | null = null,
): DeciderProtocols {
  const { config, version, policySchema } = data;
  const cells = new Cells(data.cells, data.row);
  const limiter = createLimiter(data, cells, tracing?.spans ?? null);
  const book = new PolicyBook();
  const counts = new PolicyCounts(data.policies.counts, data.row);
  const policies = { book, asker: new PolicyAsker({ limiter, counts }) };
  const windows = new OpenWindows(data.policies.windows);
  const envoyBook = new EnvoyBook();
  const envoyAsker = new EnvoyAsker({
    limiter,
    book: envoyBook,
    matcher: new Matcher(config.envoyAlgorithm, { windows, wall: wallUs }),
    counts: new EnvoyCounts(counts, new ValueCounts(data.policies.values, data.row)),
    cells,
    isShadow: config.shadowMode === 'true',
  });
  const state = new ServiceState(data.state, config.maxConnections, servedBy(config).length);
  const exposition = new Exposition({
    cells: data.cells,
    version,
    maxKeys: limiter.maxKeys,
    keys: () => limiter.size,
    isSharing: data.store !== null,
    hasGrpc: config.grpcPort !== 0,
    hasTokens: config.authTokensFile !== '',
    hasAdmin: config.adminPort !== 0,
    hasSnapshots: config.snapshot !== '',
    hasTls: data.credentials !== null,
    policies: config.policies === '' ? null : countedBy(data, book),
    envoy: config.policies === '' ? null : countedByEnvoy(data, envoyBook),
  });
  const clock = monotonicUs;
  const turns = new Turns(clock);
  const log = createLog(config.logLevel);
  const { maxConnections } = config;
  const crowd = new Crowd({ state, cells, timers: systemTimers, log, maxConnections });
  const tokens = new TokenBook(data.tokens);
  const tokenGuard = new TokenGuard({
    book: tokens,
    adminToken: new AdminToken(config.adminToken),
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
  const own = {
    limiter,
    policies,
    envoyAsker,
    cells,
    clock,
    state,
    turns,
    tokenGuard,
    clientBytes,
    caller: tracing?.caller ?? null,
  };
  const more = { config, version, policySchema, exposition, fail };
  const services = [envoyService({ asker: envoyAsker, cells, clock })];
  const parts = { ...own, ...more, timers: systemTimers, services };
  return {
    of: (name) => MAKERS[name](parts),
    ofProbes: () => createProbeHttp(parts),
    listening: { state, cells, crowd, readBuffer: new ReadBuffer() },
    policies,
    envoyBook,
    windows,
    tokens,
  };
}

function countedBy({ policies }: DeciderData, book: PolicyBook): PolicySources {
  return { counts: policies.counts, limits: () => limitsIn(book) };
}

function countedByEnvoy({ policies }: DeciderData, book: EnvoyBook): EnvoySources {
  const { counts, values } = policies;
  return { counts, rules: () => countedRules(book), values: () => valueCounts(values) };
}

function* limitsIn(book: PolicyBook): Generator<CountedLimit> {
  for (const { name: policy, limits, isDry } of book.all) {
    for (const { name: limit, place } of limits) yield { policy, limit, place, isDry };
  }
}
