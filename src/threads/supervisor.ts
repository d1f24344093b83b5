/** The main thread: reserves the shared memory, starts the threads, and stops them. */
import { createServer, isIPv6, type Server, type Socket } from 'node:net';
import type { Config } from '../config.ts';
import { ValueCounts } from '../envoy/value-counts.ts';
import { StoreStatus } from '../lease/store-status.ts';
import { monotonicUs, wallUs } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { systemTimers } from '../lib/timers.ts';
import { Cells } from '../metrics/cells.ts';
import { PolicyCounts } from '../metrics/policy-cells.ts';
import { policySchemaJson } from '../policies/file/json-schema.ts';
import { OpenWindows } from '../policies/open-windows.ts';
import { systemFiles } from '../snapshot/file-system.ts';
import { hashKeyOf } from '../snapshot/read-header.ts';
import { reserveTable } from '../table/table-memory.ts';
import { reserveSketches } from '../top-keys/sketch-memory.ts';
import { ACCEPT_OPTIONS, BACKLOG } from '../transport/connection/listener.ts';
import {
  entriesOf,
  type Ports,
  PROTOCOLS,
  type ProtocolName,
  servedBy,
} from '../transport/protocols.ts';
import { ServiceState } from '../transport/service-state.ts';
import type { Credentials } from '../transport/tls/credentials.ts';
import { hasTls, lookAtCredentials } from '../transport/tls/read-credentials.ts';
import { drainOnSignals } from './drain.ts';
import { canReusePort, claimPorts, NO_TURN } from './port-claim.ts';
import { warnOfDescriptors, warnOfStrangers } from './start-warnings.ts';
import { type ServiceShape, threadsOf } from './thread-kinds.ts';
import type { Accept } from './thread-messages.ts';
import { BadCredentials, TlsLoading } from './tls-loading.ts';
import { BadTokens, loadTokens, type TokenLoading } from './token-loading.ts';
import { BadPolicies, BadSnapshot, type ThreadScripts, Workers } from './workers.ts';

export interface SupervisorParts {
  readonly config: Config;
  readonly version: string;
  readonly log: Log;
  /** How connections reach deciders, where it should not be found out. */
  readonly accept?: Accept;
  /** What the threads run, where it should not be the usual. */
  readonly scripts?: ThreadScripts;
}

/** As for a wrong setting: trying again does not mend it. */
const WRONG = 2;
const WRONG_FILES = [BadPolicies, BadCredentials, BadTokens];

/** Sockets can be handed to another thread from this major version of Node on. */
const HANDS_ON_FROM = 26;

/** Starts a service, and resolves once it serves. It ends the process when it stops or fails. */
export async function supervise(parts: SupervisorParts): Promise<void> {
  const { config, log } = parts;
  const die = (words: string, error?: unknown): never => {
    log.fatal({ err: error }, words);
    process.exit(1);
  };
  process.on('uncaughtException', (error) => die('The main thread failed', error));
  try {
    await start(parts, (thread, error) => die(`Ending, because ${thread} failed`, error));
  } catch (error) {
    if (error instanceof Error && WRONG_FILES.some((wrong) => error instanceof wrong)) {
      console.error(error.message);
      process.exit(WRONG);
    }
    if (error instanceof BadSnapshot) die(error.message);
    const { code, port } = error as NodeJS.ErrnoException & { port?: number };
    if (code === undefined) throw error;
    // Port 0 is any, and no port of operators.
    if (port === config.adminPort && port !== 0) {
      const at = `${config.adminHost} port ${port}`;
      die(`Cannot listen on ${at}: ${reason(code)}; ADMIN_PORT=0 does without the admin port`);
    }
    if (port === config.probePort && port !== 0) {
      const at = `${config.host} port ${port}`;
      die(`Cannot listen on ${at}: ${reason(code)}; PROBE_PORT=0 does without it`);
    }
    const at = `${config.host} port ${port ?? config.port}`;
    const [name = 'http'] = servedBy(config).find(([, wanted]) => wanted === port) ?? [];
    die(`Cannot listen on ${at}: ${reason(code)}${PROTOCOLS[name].otherwise}`);
  }
}

async function start(
  parts: SupervisorParts,
  failed: (thread: string, error: unknown) => void,
): Promise<void> {
  const { config, version, log } = parts;
  // As the first process of a container it would not hear a signal that nobody listens for.
  const quit = () => process.exit(0);
  process.on('SIGTERM', quit).on('SIGINT', quit);
  const accept = parts.accept ?? (await howToAccept(config.host));
  const shape = shapeOf(config, accept);
  const { deciders, isSharing } = shape;
  warnOfDescriptors(config.maxConnections, deciders, log);
  const threads = threadsOf(shape).length;
  // The last row is this thread's own.
  const cells = Cells.reserve(threads + 1);
  const own = new Cells(cells, threads);
  const tls = tlsOf(parts, own, (fresh) => workers.use(fresh));
  const credentials = (await tls?.start()) ?? null;
  const tokens = await loadTokens(config.authTokensFile, own, log);
  const stateMemory = ServiceState.reserve();
  const state = new ServiceState(stateMemory, config.maxConnections);
  const workers = new Workers({
    data: {
      config,
      version,
      table: reserveTable(config.maxKeys, {
        holds: isSharing ? 'leases' : 'buckets',
        engine: config.engine,
        hashKey: shape.hasSnapshots ? hashKeyOf(systemFiles, config.snapshot) : null,
      }),
      cells,
      state: stateMemory,
      policies: {
        counts: PolicyCounts.reserve(deciders),
        windows: OpenWindows.reserve(),
        values: ValueCounts.reserve(deciders, config.mostMetricValues),
      },
      accept,
      store: isSharing ? StoreStatus.reserve(config.instances, monotonicUs()) : null,
      sketches: shape.hasAdmin ? reserveSketches(deciders, monotonicUs()) : null,
      credentials,
      policySchema: policySchemaJson(),
      tokens: tokens?.inForce ?? null,
    },
    ...shape,
    scripts: parts.scripts,
    failed,
  });
  tokens?.watch((inForce) => workers.replaceTokens(inForce));
  reloadOnSignal(parts, workers, [tls, tokens]);
  await workers.started;
  const listeners: Server[] = [];
  const ports = await claim(config, async (free) => {
    if (accept !== 'handed-on') return workers.listen(free);
    for (const [protocol, port] of entriesOf(free)) {
      const hand = (socket: Socket) => workers.handOn(protocol, socket);
      listeners.push(await listenFor(hand, { host: config.host, port }));
    }
  });

  if (config.probePort !== 0) await workers.listenForProbes();
  await workers.listenForOperators();
  workers.beginSnapshots();
  state.phase = 'serving';
  drainOnSignals({
    drainDelayMs: config.drainDelayMs,
    drainMs: config.drainMs,
    log,
    state,
    close: () => {
      for (const listener of listeners) listener.close();
      return workers.close();
    },
    seal: () => workers.seal(),
  });
  process.off('SIGTERM', quit).off('SIGINT', quit);
  if (shape.hasAdmin) {
    log.info(
      `operators are answered on ${urlOf(schemeOf('http', config), config.adminHost, config.adminPort)}`,
    );
  }
  // Last: whoever reads that it serves may ask it to stop.
  logServing(parts, ports, deciders);
}

function shapeOf(config: Config, accept: Accept): ServiceShape {
  return {
    deciders: accept === 'alone' ? 1 : config.threads,
    isSharing: config.redisUrl !== '',
    hasPolicies: config.policies !== '',
    hasSnapshots: config.snapshot !== '',
    hasAdmin: config.adminPort !== 0,
  };
}

/** What looks after the files of TLS; null where there is none. */
function tlsOf(
  { config, log }: SupervisorParts,
  cells: Cells,
  handOn: (credentials: Credentials) => void,
): TlsLoading | null {
  if (!hasTls(config)) return null;
  const look = () => lookAtCredentials(config);
  return new TlsLoading({
    settings: config,
    look,
    handOn,
    cells,
    log,
    wall: wallUs,
    timers: systemTimers,
  });
}

function logServing(
  { config, version, log }: SupervisorParts,
  ports: Ports,
  deciders: number,
): void {
  warnOfStrangers(config, log);
  const urls = entriesOf(ports).map(([name, port]) =>
    urlOf(schemeOf(name, config), config.host, port),
  );
  log.info(
    { version, threads: deciders, maxKeys: config.maxKeys },
    `serving on ${urls.join(' and ')}`,
  );
}

function schemeOf(name: ProtocolName, config: Config): string {
  const [plain, tls] = PROTOCOLS[name].schemes;
  return hasTls(config) ? tls : plain;
}

function urlOf(scheme: string, host: string, port: number): string {
  return `${scheme}://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** Heard in any case: who does not listen for it is ended by it. */
function reloadOnSignal(
  { config, log }: SupervisorParts,
  workers: Workers,
  files: readonly (TlsLoading | TokenLoading | null)[],
): void {
  process.on('SIGHUP', () => {
    for (const each of files) each?.reload();
    if (config.policies !== '') workers.reload();
    else if (files.every((each) => each === null)) {
      log.info('SIGHUP: there are no POLICIES to load again');
    }
  });
}

/** Claims the ports that the configuration asks for, and has `listen` listen on them. */
async function claim(config: Config, listen: (ports: Ports) => Promise<void>): Promise<Ports> {
  const served = servedBy(config);
  const named = (ports: readonly number[]): Ports =>
    Object.fromEntries(served.map(([name], i) => [name, ports[i]]));
  const wanted = { host: config.host, ports: served.map(([, port]) => port) };
  return named(await claimPorts(wanted, (free) => listen(named(free))));
}

async function howToAccept(host: string): Promise<Accept> {
  if (await canReusePort(host)) return 'each';
  return Number.parseInt(process.versions.node, 10) >= HANDS_ON_FROM ? 'handed-on' : 'alone';
}

/** Listens for all deciders, and hands each connection on unread. */
function listenFor(
  handOn: (socket: Socket) => void,
  at: { host: string; port: number },
): Promise<Server> {
  const { promise, resolve, reject } = Promise.withResolvers<Server>();
  const server = createServer({ ...ACCEPT_OPTIONS, pauseOnConnect: true }, handOn);
  server.once('error', reject);
  server.listen({ ...at, backlog: BACKLOG }, () => resolve(server));
  return promise;
}

function reason(code: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'it is in use';
    case NO_TURN:
      return 'another instance has been starting for 10 s';
    case 'EACCES':
      return 'permission denied';
    case 'EADDRNOTAVAIL':
      return 'this machine does not have that address';
    case 'ENOTFOUND':
      return 'there is no such host';
    case 'EAI_AGAIN':
      return 'no name server says where that host is';
    case 'EAFNOSUPPORT':
      return 'this machine has no addresses of that kind';
    case 'EINVAL':
      return 'that is no whole address; one that begins with fe80: ends with % and an interface';
    default:
      return code;
  }
}
