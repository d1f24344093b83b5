/**
 * The rules of the source that no compiler holds: which folder may import which, and who reads the
 * clock and the environment.
 */
import { cycleIn, type Import } from './import-cycle.ts';

/** Files by their path within the project, such as `src/tree/walk.ts`. */
export type Sources = ReadonlyMap<string, string>;

/**
 * From the top down: a room may import those named here, and itself. A name stands for the rooms
 * within it too, but to its own rooms: to them it is what lies beside them.
 */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  main: ['command'],
  command: ['health', 'config', 'threads', 'policies/file', 'lib'],
  health: [],
  client: ['contract', 'lib'],
  config: ['contract', 'envoy', 'lease/store', 'table', 'lib'],
  threads: [
    'contract',
    'transport',
    'envoy',
    'policies',
    'lease',
    'limiter',
    'admin',
    'snapshot',
    'top-keys',
    'tracing',
    'table',
    'metrics',
    'lib',
  ],
  'transport/http': [
    'contract',
    'transport',
    'transport/access',
    'transport/connection',
    'transport/question',
    'transport/http/asking',
    'transport/http/admin',
    'transport/http/core',
    'transport/http/document',
    'envoy',
    'policies',
    'limiter',
    'tracing',
    'metrics',
    'lib',
  ],
  'transport/http/document': [
    'contract',
    'transport/access',
    'transport/http/asking',
    'transport/http/core',
  ],
  'transport/http/asking': [
    'contract',
    'transport',
    'transport/access',
    'transport/connection',
    'transport/question',
    'transport/http/core',
    'envoy',
    'policies',
    'limiter',
    'bucket',
    'tracing',
    'metrics',
    'lib',
  ],
  'transport/http/admin': [
    'contract',
    'admin',
    'transport/connection',
    'transport/http/core',
    'top-keys',
    'lib',
  ],
  'transport/http/core': [
    'contract',
    'transport',
    'transport/access',
    'transport/connection',
    'transport/question',
    'tracing',
    'metrics',
    'lib',
  ],
  'transport/resp': [
    'transport/access',
    'transport/connection',
    'transport/resp/commands',
    'transport/resp/wire',
    'policies',
    'limiter',
    'metrics',
    'lib',
  ],
  'transport/resp/commands': [
    'contract',
    'transport/access',
    'transport/question',
    'transport/resp/wire',
    'policies',
    'limiter',
    'bucket',
    'metrics',
    'lib',
  ],
  'transport/resp/wire': ['contract', 'metrics', 'lib'],
  'transport/grpc': [
    'contract',
    'transport',
    'transport/connection',
    'transport/http2',
    'transport/http2/wire',
    'limiter',
    'tracing',
    'metrics',
    'lib',
  ],
  'transport/http2': ['transport/connection', 'transport/http2/wire', 'metrics', 'lib'],
  'transport/http2/wire': ['lib'],
  'transport/question': ['contract', 'policies', 'limiter', 'bucket', 'lib'],
  'transport/connection': ['transport', 'transport/tls', 'metrics', 'lib'],
  'transport/tls': ['metrics', 'lib'],
  'transport/access': ['metrics', 'lib'],
  transport: ['transport/tls', 'metrics'],
  'lease/holder': ['contract', 'lease', 'lease/terms', 'limiter', 'bucket', 'metrics', 'lib'],
  'lease/fetcher': [
    'contract',
    'lease',
    'lease/store',
    'lease/terms',
    'table',
    'bucket',
    'metrics',
    'lib',
  ],
  'lease/store': ['lease/terms', 'bucket', 'lib'],
  lease: ['contract', 'lease/terms', 'table', 'bucket', 'memory', 'metrics', 'lib'],
  limiter: ['contract', 'table', 'bucket', 'metrics'],
  'admin/keys': [
    'contract',
    'admin',
    'envoy',
    'policies',
    'lease/terms',
    'limiter',
    'table',
    'bucket',
    'memory',
    'metrics',
    'lib',
  ],
  admin: ['envoy', 'lease', 'top-keys', 'memory', 'metrics', 'lib'],
  tracing: ['contract', 'limiter', 'bucket', 'lib'],
  'top-keys': ['limiter', 'table', 'bucket', 'memory'],
  snapshot: ['policies', 'table', 'bucket', 'memory', 'metrics', 'lib'],
  'policies/file': ['contract', 'envoy', 'policies', 'bucket', 'lib'],
  envoy: ['contract', 'policies', 'limiter', 'bucket', 'memory', 'metrics', 'lib'],
  policies: ['contract', 'limiter', 'bucket', 'memory', 'metrics', 'lib'],
  table: ['contract', 'lease/terms', 'tree', 'bucket', 'memory', 'metrics', 'lib'],
  tree: ['memory', 'lib'],
  'lease/terms': ['contract', 'bucket', 'lib'],
  bucket: ['contract', 'lib'],
  memory: ['contract', 'lib'],
  metrics: ['contract', 'lib'],
  contract: [],
  lib: [],
};

/**
 * The shape of the configuration is known further down; the configuration itself is handed down.
 */
const MAY_IMPORT_AS_TYPE: Readonly<Record<string, readonly string[]>> = {
  threads: ['config'],
  transport: ['config'],
  'transport/http': ['config'],
  'transport/resp': ['config'],
  'transport/grpc': ['config'],
  health: ['config'],
};

/** What only some files may say, and which. */
const RESERVED: readonly (readonly [string, RegExp, readonly string[]])[] = [
  [
    'reads the clock',
    /\bprocess\.(hrtime|uptime)\b|\bperformance\b|\bDate\.now\b|\bnew Date\b/,
    ['src/lib/clock.ts'],
  ],
  [
    'reads the command line or the environment',
    /\bprocess\.(argv|execArgv|env)\b|'node:process'/,
    ['src/main.ts'],
  ],
  [
    // Node makes 1 ms of a wait above 2^31 - 1 ms: it must be a constant, or go by lib/timers.
    'hands Node a wait that is no constant',
    /\bset(Timeout|Interval)\((?![^;]*, ([A-Z][A-Z\d_]*|checkEveryMs\([\w.]+\))\)[^;,]*;)/,
    ['src/lib/timers.ts', 'src/client/deadline.ts', 'src/lease/store/redis-store.ts'],
  ],
  ['imports prom-client', /'prom-client'/, ['src/metrics/metric-registry.ts']],
  [
    'imports at run time',
    /\bimport\(|\brequire\(|\bcreateRequire\b/,
    ['src/main.ts', 'src/command.ts', 'src/threads/tracing.ts'],
  ],
];

/** Loads the rest only when it has seen that this Node can. */
const MAIN = 'src/main.ts';

/** Faults in how the files under src/ depend on each other, each a sentence. */
export function faultsOfLayers(sources: Sources): readonly string[] {
  const imports = [...sources].flatMap(([path, text]) => importsOf(path, text));
  const faults = imports.flatMap((one) => faultOfImport(one, sources));
  for (const [path, text] of sources) {
    const code = withoutComments(text);
    for (const [words, pattern, mayBe] of RESERVED) {
      if (pattern.test(code) && !mayBe.includes(path)) faults.push(`${path} ${words}`);
    }
  }
  const early = /^(?:import|export) [^;]*?['"](?!node:)[^'"]+['"];/m.exec(
    withoutComments(sources.get(MAIN) ?? ''),
  );
  if (early !== null) faults.push(`${MAIN} loads more than Node before it knows which Node it is`);
  const cycle = cycleIn(imports);
  return cycle === null ? faults : [...faults, `a cycle: ${cycle.join(' > ')}`];
}

/** Every import of another file or package, with relative ones resolved. */
function importsOf(path: string, text: string): readonly Import[] {
  const code = withoutComments(text);
  const statements = /^(?:import|export) (type )?(?:[\w*{][^;'"]*? from )?['"]([^'"]+)['"];/gm;
  const calls = /\bimport(type )?\(['"]([^'"]+)['"]\)/g;
  return [...code.matchAll(statements), ...code.matchAll(calls)].map(([, type, target = '']) => ({
    from: path,
    to: target.startsWith('.') ? resolve(path, target) : target,
    isType: type !== undefined,
  }));
}

function resolve(from: string, target: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of target.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

function faultOfImport({ from, to, isType }: Import, sources: Sources): readonly string[] {
  if (!to.includes('/') || !/\.\w+$/.test(to)) return [];
  if (!sources.has(to)) return [`${from} imports ${to}, which is not there`];
  const [upper, lower] = [layerOf(from), layerOf(to)];
  const may = MAY_IMPORT[upper];
  if (may === undefined) return [`${from} is in no known layer`];
  if (upper === lower || may.some((name) => covers(name, lower, upper))) return [];
  if (MAY_IMPORT_AS_TYPE[upper]?.includes(lower)) {
    return isType ? [] : [`${from} imports ${to} as more than a type`];
  }
  return [`${from} imports ${to}: ${upper} may not import ${lower}`];
}

function covers(name: string, room: string, importer: string): boolean {
  return name === room || (room.startsWith(`${name}/`) && !importer.startsWith(`${name}/`));
}

/**
 * `src/main.ts` is the room main, `src/tree/walk.ts` is of the room tree; a folder within a room is
 * a room of its own where it has rules.
 */
function layerOf(path: string): string {
  const parts = path.replace(/\.ts$/, '').split('/').slice(1);
  while (parts.length > 1 && !Object.hasOwn(MAY_IMPORT, parts.join('/'))) parts.pop();
  return parts.join('/');
}

/** Text in quotes stays: it may hold what looks like a comment. */
export function withoutComments(text: string): string {
  const token =
    /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\/.*|\/\*[\s\S]*?\*\//g;
  return text.replace(token, (found) => (found.startsWith('/') ? '' : found));
}
