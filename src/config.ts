/** Configuration: flags and environment variables of the same names, and what they may be. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { type Environment, readEnvironment } from './config/environment.ts';
import { readFlags } from './config/flags.ts';
import { helpOn } from './config/help.ts';
import { flagOf, variableOf } from './config/names.ts';
import { REDIS_ACCESS } from './config/redis.ts';
import { address, oneOf, onOrOff, path, type Setting, whole } from './config/setting.ts';
import { faultOfTls, TLS } from './config/tls.ts';
import { TRACING } from './config/tracing.ts';
import { DEFAULT_DENIED_STATUS, DENIED_STATUSES } from './contract/fields.ts';
import { ALGORITHMS } from './envoy/rule.ts';
import { readRedisAccess } from './lease/store/redis-access.ts';
import { PREFIX_PATTERN } from './lease/store/redis-names.ts';
import { readRedisUrl } from './lease/store/redis-url.ts';
import { ORIGINS_WANTED, readOrigins } from './lib/origin.ts';
import { ENGINES, MOST_KEYS } from './table/table-memory.ts';

const MOST_MS = 3_600_000;
const MOST_THREADS = 256;
/** Unless DECIDE_WITHIN_MS is set, a decision takes at most this many of the store's timeouts. */
const STORE_TIMEOUTS = 5;

const SETTINGS = {
  host: address('address to listen on; 0.0.0.0 is open to all', '0.0.0.0'),
  port: whole('port to listen on; 0 takes a free one', 8123, 0, 65_535),
  respPort: whole('port for the Redis protocol; 0 for none', 6380, 0, 65_535),
  grpcPort: whole('port for gRPC; 0 for none; unset, 8081 for rules of Envoy', 0, 0, 65_535),
  grpcMaxConnectionAgeMs: whole(
    'age at which a connection of gRPC is ended once its calls are answered; 0 for never',
    0,
    0,
    MOST_MS,
  ),
  httpLane: oneOf('whether plain requests take the short way from the socket', 'on', ['on', 'off']),
  adminToken: {
    what: 'the secret of operators: for resets, and for ADMIN_PORT; unset, nobody can reset',
    fallback: '',
    wanted: 'at most 256 characters of printable ASCII without spaces',
    schema: z.string().regex(/^[!-~]{0,256}$/),
    isSecret: true,
  } satisfies Setting<string>,
  authTokensFile: path('a file of tokens, of which callers then need one; unset, nobody does'),
  adminPort: whole('port for operators, who need a token for that; 0 for none', 0, 0, 65_535),
  adminHost: address('address to listen on for operators', '127.0.0.1'),
  probePort: whole(
    'port for /livez, /readyz and /metrics alone, never over TLS; 0 for none',
    0,
    0,
    65_535,
  ),
  logLevel: oneOf('least level that is logged', 'info', [
    'trace',
    'debug',
    'info',
    'warn',
    'error',
    'fatal',
    'silent',
  ]),
  threads: whole('threads that decide', availableParallelism(), 1, MOST_THREADS),
  maxKeys: whole('most keys that are told apart at a time', 1_000_000, 1, MOST_KEYS),
  engine: oneOf('what finds keys: balanced search trees, or a hash table', 'tree', ENGINES),
  deniedStatus: {
    what: 'HTTP status of a denial',
    fallback: DEFAULT_DENIED_STATUS,
    wanted: `one of ${DENIED_STATUSES.join(', ')}`,
    schema: z.enum(DENIED_STATUSES.map(String)).transform(Number),
  } satisfies Setting<number>,
  defaultAnswer: oneOf('form of an answer where Accept leaves it open', 'json', ['json', 'text']),
  allowOrigins: {
    what: 'sites whose web pages may ask, beside those of the host that is asked',
    fallback: '',
    wanted: ORIGINS_WANTED,
    schema: z.string().superRefine((text, context) => {
      const origins = readOrigins(text);
      if (!origins.ok) context.addIssue({ code: 'custom', message: `: ${origins.fault}` });
    }),
  } satisfies Setting<string>,
  headersTimeoutMs: whole('time a client has to send its headers', 5_000, 1, MOST_MS),
  requestTimeoutMs: whole('time a client has to send a whole request', 10_000, 1, MOST_MS),
  keepAliveMs: whole('time an idle connection is kept', 75_000, 1, MOST_MS),
  ...TLS,
  ...TRACING,
  maxConnections: whole('most connections open at a time', 10_000, 1, 1_000_000),
  maxClientBytes: whole(
    'most bytes that clients make a thread hold: half requests, unread answers',
    67_108_864,
    8_388_608,
    1_099_511_627_776,
  ),
  policies: path(
    'a file of policies, or a folder of such files; unset, there are none',
    'the path of a file or a folder',
  ),
  shadowMode: onOrOff('whether rules of Envoy deny nobody, and only count'),
  envoyAlgorithm: oneOf('how rules of Envoy count that do not say it', 'fixed_window', ALGORITHMS),
  mostMetricValues: whole(
    'most values that metrics tell apart where a rule of Envoy asks for it',
    1_000,
    0,
    100_000,
  ),
  snapshot: path(
    'the file that buckets are kept in while the service does not run; unset, they are not',
  ),
  snapshotIntervalMs: whole('time between two snapshots', 10_000, 100, MOST_MS),
  snapshotRequired: onOrOff('whether a snapshot that is not whole ends the start'),
  redisUrl: {
    what: 'the store through which instances share limits; unset, each has its own',
    fallback: '',
    wanted:
      'redis://[[user]:password@]host[:port][/database], several of a cluster with commas, ' +
      'redis+sentinel://[user:password@]host:port,host:port/master[/database], or either with rediss',
    schema: z.string().superRefine((text, context) => {
      const url = text === '' ? null : readRedisUrl(text);
      if (url?.ok === false) context.addIssue({ code: 'custom', message: `: it ${url.fault}` });
    }),
    isSecret: true,
  } satisfies Setting<string>,
  redisPrefix: {
    what: 'what all names in Redis begin with, before a colon',
    fallback: 'argus',
    wanted: '1 to 64 letters, digits and . - _',
    schema: z.string().regex(PREFIX_PATTERN),
  } satisfies Setting<string>,
  ...REDIS_ACCESS,
  sharing: oneOf(
    'who decides on a shared limit: leases as far as they go, or the store',
    'leased',
    ['leased', 'strict'],
  ),
  onStoreDown: oneOf(
    'while the store is away: allow each instance its share, all, or none',
    'local',
    ['local', 'open', 'closed'],
  ),
  storeTimeoutMs: whole('silence after which the store is doubted', 20, 1, 10_000),
  decideWithinMs: whole('longest wait for a decision; 0 for 5 x STORE_TIMEOUT_MS', 0, 0, 50_000),
  instances: whole('number of instances to assume until Redis has counted them', 1, 1, 10_000),
  drainDelayMs: whole('time to go on serving after SIGTERM, not ready', 1_000, 0, MOST_MS),
  drainMs: whole('time then left for requests in flight', 10_000, 0, MOST_MS),
} as const;

type Settings = typeof SETTINGS;
type Name = keyof Settings;

export type Config = { readonly [N in Name]: z.output<Settings[N]['schema']> };

/** What the command line asks for: a service, a text to print, or an error to report. */
export type CommandLine =
  | { readonly kind: 'serve'; readonly config: Config }
  | { readonly kind: 'print'; readonly text: string }
  | { readonly kind: 'error'; readonly line: string };

const NAMES = Object.keys(SETTINGS) as Name[];
const SWITCHES = NAMES.filter((name) => (SETTINGS[name] as Setting<unknown>).isSwitch);

export { flagOf, variableOf };

export const DEFAULTS = Object.fromEntries(
  NAMES.map((name) => [name, SETTINGS[name].fallback]),
) as Config;

export function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** What else holds by default where rules of Envoy are loaded: there its users' port is. */
export const ENVOY_DEFAULTS: Partial<Config> = { grpcPort: 8_081 };

/**
 * `argv` without the runtime and the script. Flags win over the environment, and that over
 * `defaults`, which win over the usual ones.
 */
export function readCommand(
  argv: readonly string[],
  env: Environment,
  defaults: Partial<Config> = {},
): CommandLine {
  const flags = readFlags(argv, NAMES, SWITCHES);
  if (flags.kind === 'help') return { kind: 'print', text: helpOn(SETTINGS) };
  if (flags.kind === 'version') return { kind: 'print', text: version() };
  if (flags.kind === 'error') return flags;
  const variables = readEnvironment(env, NAMES);
  if (typeof variables === 'string') return error(variables);
  const values: Record<string, unknown> = { ...DEFAULTS, ...defaults };
  const sources = new Map<Name, string>();
  for (const name of NAMES) {
    const flag = flags.values.get(flagOf(name));
    const variable = variables.get(name);
    const text = flag ?? variable?.text;
    if (text === undefined) continue;
    const source = flag === undefined ? (variable?.source ?? '') : `--${flagOf(name)}`;
    const read = SETTINGS[name].schema.safeParse(text);
    if (!read.success) return error(faultOf(name, source, text, read.error));
    sources.set(name, source);
    values[name] = read.data;
  }
  const asked = values as Config;
  const decideWithinMs = asked.decideWithinMs || STORE_TIMEOUTS * asked.storeTimeoutMs;
  const config = { ...asked, decideWithinMs };
  const fault = faultOfAll(config, sources);
  return fault === null ? { kind: 'serve', config } : error(fault);
}

function faultOf(name: Name, source: string, text: string, { issues }: z.ZodError): string {
  const { wanted, isSecret }: Setting<unknown> = SETTINGS[name];
  const is = isSecret ? 'something else' : JSON.stringify(text);
  const why = issues.find(({ code }) => code === 'custom')?.message ?? '';
  return `${source} must be ${wanted}, is ${is}${why}`;
}

/** What is wrong with settings that do not go together; null where nothing is. */
function faultOfAll(config: Config, sources: ReadonlyMap<Name, string>): string | null {
  const source = (name: Name) => sources.get(name) ?? variableOf(name);
  const is = (name: Name) => `${config[name]}${sources.has(name) ? '' : ', its default'}`;
  if (config.headersTimeoutMs > config.requestTimeoutMs) {
    const most = `${source('requestTimeoutMs')} (${is('requestTimeoutMs')})`;
    return `${source('headersTimeoutMs')} must be at most ${most}, is ${is('headersTimeoutMs')}`;
  }
  if (config.decideWithinMs < config.storeTimeoutMs) {
    const least = `${source('storeTimeoutMs')} (${is('storeTimeoutMs')})`;
    return `${source('decideWithinMs')} must be 0 or at least ${least}, is ${is('decideWithinMs')}`;
  }
  if (config.respPort !== 0 && config.respPort === config.port) {
    return `${source('respPort')} must be 0 or another port than ${source('port')}, is ${is('respPort')}`;
  }
  const { grpcPort } = config;
  if (grpcPort !== 0 && (grpcPort === config.port || grpcPort === config.respPort)) {
    return `${source('grpcPort')} must be 0 or another port than the others, is ${is('grpcPort')}`;
  }
  if (config.snapshot !== '' && config.redisUrl !== '') {
    return `${source('snapshot')} must be unset with ${source('redisUrl')}: buckets are in Redis then`;
  }
  const { adminPort } = config;
  if (adminPort !== 0 && [config.port, config.respPort, grpcPort].includes(adminPort)) {
    return `${source('adminPort')} must be 0 or another port than the others, is ${is('adminPort')}`;
  }
  if (adminPort !== 0 && config.adminToken === '' && config.authTokensFile === '') {
    const wanted = 'an ADMIN_TOKEN or an AUTH_TOKENS_FILE';
    return `${source('adminPort')} must be 0 unless there is ${wanted}, is ${is('adminPort')}`;
  }
  const { probePort } = config;
  if (probePort !== 0 && [config.port, config.respPort, grpcPort, adminPort].includes(probePort)) {
    return `${source('probePort')} must be 0 or another port than the others, is ${is('probePort')}`;
  }
  const tls = faultOfTls(config, source);
  if (tls !== null) return tls;
  const redis = readRedisAccess(config);
  return redis.ok ? null : redis.fault;
}

function error(line: string): CommandLine {
  return { kind: 'error', line };
}
