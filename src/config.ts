/** Configuration: flags and environment variables of the same names, and what they may be. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { readRedisUrl } from './store/redis-url.ts';
import { MOST_KEYS } from './table/table-memory.ts';

const MOST_MS = 3_600_000;
const MOST_THREADS = 256;

interface Setting<T> {
  readonly what: string;
  readonly fallback: T;
  readonly wanted: string;
  /** Never shown. */
  readonly isSecret?: true;
  readonly schema: z.ZodType<T, string>;
}

function whole(what: string, fallback: number, from: number, to: number): Setting<number> {
  return {
    what,
    fallback,
    wanted: `a whole number from ${from} to ${to}`,
    schema: z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number)
      .pipe(z.number().min(from).max(to)),
  };
}

function oneOf<const T extends string>(
  what: string,
  fallback: T,
  values: readonly [T, ...T[]],
): Setting<T> {
  return { what, fallback, wanted: `one of ${values.join(', ')}`, schema: z.enum(values) };
}

const SETTINGS = {
  host: {
    what: 'address to listen on; 0.0.0.0 is open to all',
    fallback: '0.0.0.0',
    wanted: 'an address or a host name',
    schema: z.string().regex(/^[\w.:%-]+$/),
  } satisfies Setting<string>,
  port: whole('port to listen on; 0 takes a free one', 8123, 0, 65_535),
  respPort: whole('port for the Redis protocol; 0 for none', 6380, 0, 65_535),
  httpLane: oneOf('whether plain requests take the short way from the socket', 'on', ['on', 'off']),
  adminToken: {
    what: 'what resetting a key wants to see; without one nobody can',
    fallback: '',
    wanted: 'at most 256 characters of printable ASCII without spaces',
    schema: z.string().regex(/^[!-~]{0,256}$/),
    isSecret: true,
  } satisfies Setting<string>,
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
  deniedStatus: {
    what: 'HTTP status of a denial',
    fallback: 429,
    wanted: 'one of 429, 200, 403, 503',
    schema: z.enum(['429', '200', '403', '503']).transform(Number),
  } satisfies Setting<number>,
  defaultAnswer: oneOf('form of an answer where Accept leaves it open', 'json', ['json', 'text']),
  headersTimeoutMs: whole('time a client has to send its headers', 5_000, 1, MOST_MS),
  requestTimeoutMs: whole('time a client has to send a whole request', 10_000, 1, MOST_MS),
  keepAliveMs: whole('time an idle connection is kept', 75_000, 1, MOST_MS),
  maxConnections: whole('most connections open at a time', 10_000, 1, 1_000_000),
  redisUrl: {
    what: "the store to share limits through; without one they are this instance's own",
    fallback: '',
    wanted: 'redis://[[user]:password@]host[:port][/database], rediss:// or several with commas',
    schema: z.string().superRefine((text, context) => {
      const url = text === '' ? null : readRedisUrl(text);
      if (url?.ok === false) context.addIssue({ code: 'custom', message: `: it ${url.fault}` });
    }),
    isSecret: true,
  } satisfies Setting<string>,
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
  storeTimeoutMs: whole('time the store has to answer', 20, 1, 10_000),
  instances: whole('instances to reckon with until the store has counted them', 1, 1, 10_000),
  drainDelayMs: whole('time to go on serving after SIGTERM, not ready', 1_000, 0, MOST_MS),
  drainMs: whole('time then left for requests in flight', 10_000, 0, MOST_MS),
} as const;

type Settings = typeof SETTINGS;
type Name = keyof Settings;

export type Config = { readonly [N in Name]: z.output<Settings[N]['schema']> };

/** What the command line asks for: a service, a text to print, or an error to report. */
export type Command =
  | { readonly kind: 'serve'; readonly config: Config }
  | { readonly kind: 'print'; readonly text: string }
  | { readonly kind: 'error'; readonly line: string };

const NAMES = Object.keys(SETTINGS) as Name[];

export const DEFAULTS = Object.fromEntries(
  NAMES.map((name) => [name, SETTINGS[name].fallback]),
) as Config;

/** `maxKeys` is --max-keys on the command line. */
export function flagOf(name: Name): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `maxKeys` is MAX_KEYS in the environment. */
export function variableOf(name: Name): string {
  return flagOf(name).replaceAll('-', '_').toUpperCase();
}

export function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** `argv` without the runtime and the script. Flags win over the environment. */
export function readCommand(argv: readonly string[], env: NodeJS.ProcessEnv): Command {
  const flags = readFlags(argv);
  if (flags.kind !== 'flags') return flags;
  const values: Record<string, unknown> = { ...DEFAULTS };
  for (const name of NAMES) {
    const flag = flags.values.get(flagOf(name));
    const text = flag ?? env[variableOf(name)];
    if (text === undefined) continue;
    const { schema, wanted, isSecret }: Setting<unknown> = SETTINGS[name];
    const read = schema.safeParse(text);
    if (!read.success) {
      const source = flag === undefined ? variableOf(name) : `--${flagOf(name)}`;
      const is = isSecret ? 'something else' : JSON.stringify(text);
      const why = read.error.issues.find(({ code }) => code === 'custom')?.message ?? '';
      return error(`${source} must be ${wanted}, is ${is}${why}`);
    }
    values[name] = read.data;
  }
  const config = values as Config;
  if (config.headersTimeoutMs > config.requestTimeoutMs) {
    return error(
      `HEADERS_TIMEOUT_MS must be at most REQUEST_TIMEOUT_MS, ${config.requestTimeoutMs}, is ${config.headersTimeoutMs}`,
    );
  }
  if (config.respPort !== 0 && config.respPort === config.port) {
    return error(`RESP_PORT must be another port than PORT, or 0, is ${config.respPort}`);
  }
  return { kind: 'serve', config };
}

type Flags = { readonly kind: 'flags'; readonly values: ReadonlyMap<string, string> };

function readFlags(argv: readonly string[]): Flags | Command {
  const options: Record<string, { type: 'string' | 'boolean' }> = {
    help: { type: 'boolean' },
    version: { type: 'boolean' },
  };
  for (const name of NAMES) options[flagOf(name)] = { type: 'string' };
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<string, string>();
  for (const token of tokens) {
    if (token.kind !== 'option') {
      const text = token.kind === 'positional' ? token.value : '--';
      return error(`Unexpected argument ${JSON.stringify(text)}: see --help`);
    }
    if (token.rawName === '--help') return { kind: 'print', text: help() };
    if (token.rawName === '--version') return { kind: 'print', text: version() };
    if (token.rawName !== `--${token.name}` || !Object.hasOwn(options, token.name)) {
      return error(`Unknown flag ${token.rawName}: see --help`);
    }
    if (token.value === undefined) return error(`${token.rawName} wants a value: see --help`);
    values.set(token.name, token.value);
  }
  return { kind: 'flags', values };
}

function error(line: string): Command {
  return { kind: 'error', line };
}

function help(): string {
  const rows = NAMES.map((name) => {
    const { what, fallback } = SETTINGS[name];
    return `  --${flagOf(name).padEnd(20)} ${variableOf(name).padEnd(20)} ${what} (${fallback === '' ? 'none' : fallback})`;
  });
  return [
    'argus: decides over HTTP and the Redis protocol whether a key may do something now.',
    '',
    'Usage: argus [flags]',
    '',
    `  ${'flag'.padEnd(22)} ${'environment'.padEnd(20)} meaning (default)`,
    ...rows,
    `  --${'help'.padEnd(41)} print this`,
    `  --${'version'.padEnd(41)} print the version`,
    '',
    'Flags win over the environment.',
  ].join('\n');
}
