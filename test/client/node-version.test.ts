/**
 * On a Node that is too old the client says so once, when it is imported, and not at every call.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { faultOfNode } from '../../src/client/node-version.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CLIENT = new URL('../../src/client/client.ts', import.meta.url).href;
const run = promisify(execFile);

/** What a program prints, whether or not it fails. */
async function outputOf(node: string, args: readonly string[]): Promise<string> {
  return run(node, args).then(
    ({ stdout }) => stdout,
    ({ stderr }: { stderr: string }) => stderr,
  );
}

const linesThatSay = (output: string, words: string) =>
  output.split('\n').filter((line) => line.startsWith('Error: ') && line.includes(words));

//  a version, whether it will do
const versions = [
  ['18.20.8', false],
  ['20.20.2', false],
  ['22.11.0', false],
  ['22.12.0', true],
  ['22.13.1', true],
  ['23.0.0', true],
  ['26.10.0', true],
  ['100.0.0', true],
] as const;
test.each(versions)('Node %s will do: %s', (version, isGood) => {
  const fault = `The client of Argus needs Node 22.12 or newer, this is Node ${version}`;
  expect(faultOfNode(version)).toBe(isGood ? null : fault);
});

test('the oldest Node is that of package.json', () => {
  const text = readFileSync(join(ROOT, 'package.json'), 'utf8');
  const { engines } = JSON.parse(text) as { engines: { node: string } };
  const [, oldest = ''] = /^>=(\d+\.\d+)\.0$/.exec(engines.node) ?? [];
  expect(faultOfNode('1.0.0')).toContain(`needs Node ${oldest} or newer`);
});

test('it is the first thing to happen, whatever else there is to import', async () => {
  const older = "{ ...process.versions, node: '20.20.2' }";
  const script = `
    Object.defineProperty(process, 'versions', { value: ${older} });
    delete Promise.withResolvers;
    await import('${CLIENT}');`;
  const output = await outputOf(process.execPath, ['--input-type=module', '-e', script]);
  expect(linesThatSay(output, 'Node 22.12 or newer, this is Node 20.20.2')).toHaveLength(1);
});

/** Those on the path that are too old; none on many machines. */
async function olderNodes(): Promise<readonly string[]> {
  const places = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'node'));
  const older = new Set<string>();
  for (const node of places) {
    const { stdout } = await run(node, ['--version']).catch(() => ({ stdout: '' }));
    const version = stdout.trim().slice(1);
    if (version !== '' && faultOfNode(version) !== null) older.add(node);
  }
  return [...older];
}

const nodes = await olderNodes();
if (nodes.length === 0) console.warn('Left out: the client under an older Node, for there is none');

describe.skipIf(nodes.length === 0)('the client as built, under an older Node', () => {
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'argus-older-node-'));
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    // Whether the types are right is asked elsewhere, and takes five times as long.
    const build = ['-p', 'tsconfig.build.json', '--noCheck', '--outDir', folder];
    await run(tsc, build, { cwd: ROOT });
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(nodes)('says what it needs, at the import: %s', async (node) => {
    const app = join(folder, 'app.js');
    const call = "client.limit({ key: 'k', capacity: 1, interval: 1 })";
    const lines = [
      "import { ArgusClient } from './client/client.js';",
      "const client = new ArgusClient({ url: 'http://127.0.0.1:1', onError: 'allow' });",
      `console.log(await ${call});`,
    ];
    writeFileSync(app, lines.join('\n'));
    const output = await outputOf(node, [app]);
    expect(linesThatSay(output, 'The client of Argus needs Node 22.12 or newer')).toHaveLength(1);
    expect(output).not.toContain('withResolvers is not a function');
  });
});
