/**
 * The rules of the source that no compiler holds: which folder may import which, and who reads the
 * clock and the environment.
 */
import { cycleIn, type Import } from './import-cycle.ts';

import { MAY_IMPORT } from './rooms.ts';

/** Files by their path within the project, such as `src/tree/walk.ts`. */
export type Sources = ReadonlyMap<string, string>;

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

/** What a browser runs: it has no such things to share. */
const BROWSER = 'page';

/** Loads the rest only when it has seen that this Node can. */
const MAIN = 'src/main.ts';

/** Faults in how the files under src/ depend on each other, each a sentence. */
export function faultsOfLayers(sources: Sources): readonly string[] {
  const imports = [...sources].flatMap(([path, text]) => importsOf(path, text));
  const faults = imports.flatMap((one) => faultOfImport(one, sources));
  for (const [path, text] of sources) {
    if (layerOf(path) === BROWSER) continue;
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
  // Of a package, with declarations of ours.
  if (!sources.has(to) && sources.has(to.replace(/\.js$/, '.d.ts'))) return [];
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
  const parts = path
    .replace(/\.[jt]s$/, '')
    .split('/')
    .slice(1);
  while (parts.length > 1 && !Object.hasOwn(MAY_IMPORT, parts.join('/'))) parts.pop();
  return parts.join('/');
}

/** Text in quotes stays: it may hold what looks like a comment. */
export function withoutComments(text: string): string {
  const token =
    /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\/.*|\/\*[\s\S]*?\*\//g;
  return text.replace(token, (found) => (found.startsWith('/') ? '' : found));
}
