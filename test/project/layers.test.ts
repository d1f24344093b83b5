/** The layers of the source hold: imports point down, and each rule is seen to catch its fault. */
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { expect, test } from 'vitest';
import { faultsOfComments } from './named-paths.ts';
import { allDocuments, filesAt, ROOT, tableOf } from './readme.ts';
import { MAY_IMPORT } from './rooms.ts';
import { faultsOfLayers, type Sources } from './source-rules.ts';
import { faultsOfDocument, faultsOfStyle } from './style-rules.ts';

function sourcesUnder(folders: readonly string[], extensions = ['.ts']): Sources {
  const sources = new Map<string, string>();
  for (const folder of folders) {
    for (const path of filesAt([`${folder}/**`])) {
      if (extensions.includes(extname(path))) sources.set(path, readFileSync(ROOT + path, 'utf8'));
    }
  }
  return sources;
}

test('imports under src/ point down, without a cycle, and the clock is read in one place', () => {
  const sources = sourcesUnder(['src'], ['.ts', '.js']);
  expect(sources.size).toBeGreaterThan(20);
  expect(faultsOfLayers(sources)).toEqual([]);
});

test('every word of the glossary is one of the source, those of tests one of the tests', () => {
  const text = readFileSync(`${ROOT}ARCHITECTURE.md`, 'utf8').split('## Glossary')[1] ?? '';
  const [words = [], ofTests = []] = text.split('**Tests**').map(glossaryWords);
  expect(words.length).toBeGreaterThan(60);
  expect(missingWords(words, sourcesUnder(['src'], ['.ts', '.lua']))).toEqual([]);
  expect(missingWords(ofTests, sourcesUnder(['test']))).toEqual([]);
});

function glossaryWords(text: string): string[] {
  return [...text.matchAll(/^\| (?!word |---)([^|]+) \|/gm)].flatMap(([, cell = '']) =>
    cell.split(', '),
  );
}

function missingWords(words: readonly string[], sources: Sources): string[] {
  const said = lettersOf([...sources.values()].join(' '));
  return words.filter((word) => !said.includes(lettersOf(word)));
}

/** As names have them: `retry-after` is part of `retryAfterMs`. */
function lettersOf(text: string): string {
  return text.toLowerCase().replace(/[^a-z]/g, '');
}

test('the map in ARCHITECTURE.md says what each folder may import', () => {
  const map = tableOf(readFileSync(`${ROOT}ARCHITECTURE.md`, 'utf8'), 'folder');
  const said = map.map(([path = '', , may = '']) => [
    /^`src\/([\w/-]+?)(?:\/|\.ts)`/.exec(path)?.[1],
    may === '' ? [] : may.split(', '),
  ]);
  const { client, ...rules } = MAY_IMPORT;
  expect(client).toEqual(['contract', 'lib']);
  expect(Object.fromEntries(said)).toEqual(rules);
});

test('files are short, begin by saying what they are, and are named for what they hold', () => {
  const sources = sourcesUnder(['src', 'test', 'bench', 'examples'], ['.ts', '.js', '.lua']);
  expect([...sources.keys()]).toContain('src/lease/store/probe.lua');
  expect(faultsOfStyle(sources)).toEqual([]);
});

test('the lines of documents are short', () => {
  const held = allDocuments();
  expect(held.length).toBeGreaterThan(15);
  expect(held.flatMap(({ path, text }) => faultsOfDocument(path, text))).toEqual([]);
});

test('a line of a document that is too long is found, but no table, example or link', () => {
  const long = 'x'.repeat(101);
  const text = `# ${long}\n| ${long} |\n\`\`\`\n${long}\n\`\`\`\n- [${long}](#x)\n${long}\n`;
  expect(faultsOfDocument('docs/a.md', text)).toEqual(['docs/a.md:7 has 101 columns']);
});

test('every path that a comment names is there', () => {
  const sources = sourcesUnder(['src', 'test', 'bench', 'examples'], ['.ts', '.lua', '.py']);
  const faults = [...sources].flatMap(([path, text]) =>
    faultsOfComments(text, path).map((fault) => `${path}: ${fault}`),
  );
  expect(faults).toEqual([]);
});

//  a comment in src/tree/walk.ts, what is said of it
test.each([
  ['/** See live-tree.ts, src/tree/depth.ts and memory/arena.ts. */', []],
  ['/** See arena.ts. */', ['arena.ts: no such path']],
  ['// As src/no/*.ts does.', ['src/no/*.ts: no such path']],
  ['a();\n// As in src/no.ts.', ['src/no.ts: no such path']],
  ['-- Read by docs/no.md.', ['docs/no.md: no such path']],
  ["a('/* src/no.ts */');", []],
  ["const url = 'https://src/no.ts';", []],
])('of the comment %j is said %j', (text, faults) => {
  expect(faultsOfComments(text, 'src/tree/walk.ts')).toEqual(faults);
});

/** A good source to which one fault is added. */
const GOOD: Sources = new Map([
  [
    'src/main.ts',
    "import 'node:fs';\nconst { run } = await import('./command.ts');\nrun(process.env);\n",
  ],
  [
    'src/command.ts',
    "import { serve } from './threads/a.ts';\nimport { all } from './config.ts';\n",
  ],
  ['src/config.ts', 'export const all = {};\n'],
  ['src/threads/a.ts', "import type { Config } from '../config.ts';\nimport 'node:fs';\n"],
  ['src/tree/a.ts', "import {\n  b,\n} from './b.ts';\nexport { c } from '../memory/c.ts';\n"],
  ['src/tree/b.ts', "// import { bucket } from '../bucket/d.ts';\nimport 'avl';\n"],
  ['src/memory/c.ts', "/* import '../tree/a.ts'; */ const url = 'http://x'; // Date.now\n"],
  ['src/bucket/d.ts', "import type { Clock } from '../lib/clock.ts';\n"],
  ['src/transport/question/q.ts', 'export const q = 1;\n'],
  ['src/transport/state.ts', 'export const s = 1;\n'],
  ['src/lib/clock.ts', 'export const now = () => Date.now();\n'],
  ['src/metrics/metric-registry.ts', "import { Gauge } from 'prom-client';\n"],
]);

test('a good source has no faults', () => {
  expect(faultsOfLayers(GOOD)).toEqual([]);
});

//  what is wrong, the file, what it says, what is said of it
const layerFaults = [
  ['up', 'src/lib/x.ts', "import { c } from '../memory/c.ts';", 'lib may not import memory'],
  ['up for a type', 'src/memory/x.ts', "import type { B } from '../tree/b.ts';", 'may not import'],
  ['up in a re-export', 'src/lib/x.ts', "export * from '../tree/b.ts';", 'may not import tree'],
  ['up for effect', 'src/lib/x.ts', "import '../tree/b.ts';", 'lib may not import tree'],
  ['up in lines', 'src/lib/x.ts', "import {\n  b,\n} from '../tree/b.ts';", 'may not import'],
  ['beside', 'src/tree/x.ts', "import { d } from '../bucket/d.ts';", 'tree may not import bucket'],
  [
    'past a room',
    'src/transport/connection/x.ts',
    "import { q } from '../question/q.ts';",
    'transport/connection may not import transport/question',
  ],
  [
    'out of a wing',
    'src/transport/access/x.ts',
    "import { s } from '../state.ts';",
    'transport/access may not import transport',
  ],
  ['past a layer', 'src/threads/x.ts', "import { b } from '../tree/b.ts';", 'may not import tree'],
  ['main', 'src/threads/x.ts', "import { b } from '../main.ts';", 'threads may not import main'],
  ['config', 'src/threads/x.ts', "import { all } from '../config.ts';", 'as more than a type'],
  ['past main', 'src/main.ts', "await import('./config.ts');", 'main may not import config'],
  ['early', 'src/main.ts', "import { run } from './command.ts';", 'before it knows which Node'],
  ['early', 'src/main.ts', "import { z } from 'zod';", 'before it knows which Node'],
  ['nothing', 'src/tree/x.ts', "import { y } from './y.ts';", 'which is not there'],
  ['an unknown folder', 'src/new/x.ts', "import { y } from '../tree/b.ts';", 'in no known layer'],
  [
    'a cycle',
    'src/tree/b.ts',
    "import { a } from './a.ts';",
    'a cycle: src/tree/a.ts > src/tree/b',
  ],
  [
    'itself',
    'src/tree/b.ts',
    "export { b } from './b.ts';",
    'a cycle: src/tree/b.ts > src/tree/b.ts',
  ],
  ['the clock', 'src/bucket/x.ts', 'const now = Date.now();', 'reads the clock'],
  ['the clock', 'src/bucket/x.ts', 'const now = performance.now();', 'reads the clock'],
  ['the clock', 'src/bucket/x.ts', 'const now = process.hrtime.bigint();', 'reads the clock'],
  ['argv', 'src/lib/x.ts', 'const flags = process.argv;', 'reads the command line'],
  [
    'env in the configuration',
    'src/config.ts',
    'const all = process.env;',
    'reads the command line',
  ],
  ['env', 'src/lib/x.ts', "const port = process.env['PORT'];", 'reads the command line'],
  ['prom-client', 'src/lib/x.ts', "import { Gauge } from 'prom-client';", 'imports prom-client'],
  ['late', 'src/lib/x.ts', "const fs = await import('node:fs');", 'imports at run time'],
  ['a wait', 'src/lib/x.ts', 'setTimeout(task, waitMs);', 'hands Node a wait'],
  ['a wait', 'src/lib/x.ts', 'setInterval(() => f(a, B), retryAfterMs).unref();', 'hands Node'],
] as const;
test.each(layerFaults)('an import or a reading of %s is found', (_, path, text, words) => {
  const faults = faultsOfLayers(new Map([...GOOD, [path, `${text}\n`]]));
  expect(faults).toEqual([expect.stringContaining(words)]);
});

const styleFaults = [
  ['src/tree/index.ts', '/** x */\n', 'does not say what it holds'],
  ['src/tree/utils.ts', '/** x */\n', 'does not say what it holds'],
  ['src/tree/liveTree.ts', '/** x */\n', 'is no kebab-case'],
  ['src/tree/live_tree.ts', '/** x */\n', 'is no kebab-case'],
  ['src/tree/walk.ts', `/** x */\n${'\n'.repeat(300)}`, 'has 301 lines'],
  ['src/tree/walk.ts', '/** x */\nexport default 5;\n', 'has a default export'],
  ['src/tree/walk.ts', '/** x */\nexport { walk as default };\n', 'has a default export'],
  ['src/tree/walk.ts', 'export const a = 5;\n', 'does not begin by saying what it is'],
  ['src/tree/walk.ts', `/** x */\n// ${'x'.repeat(98)}\n`, ':2 has 101 columns'],
  ['src/tree/walk.ts', `/** x */\na(); // ${'x'.repeat(93)}\n`, ':2 has 101 columns'],
  [
    'test/tree/walk.test.ts',
    `/** x */\ntest('x', () => {\n${'  a();\n'.repeat(71)}});\n`,
    'walk.test.ts:2 is a function of 71 lines',
  ],
  ['src/lease/store/beat.lua', `-- x\n${' '.repeat(101)}\n`, 'beat.lua:2 has 101 columns'],
  ['src/lease/store/beat.lua', `-- x\n${'\n'.repeat(300)}`, 'has 301 lines'],
  ['src/lease/store/beat.lua', 'return 1\n', 'does not begin by saying what it is'],
  ['src/lease/store/heartBeat.lua', '-- x\n', 'is no kebab-case'],
] as const;
test.each(styleFaults)('a fault of style is found in %s', (path, text, words) => {
  expect(faultsOfStyle(new Map([[path, text]]))).toEqual([expect.stringContaining(words)]);
});
