/** What runs on GitHub names only what is there, may only read, is pinned, and comes to an end. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, globSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { broken, read } from '../deploy/deployment-facts.ts';
import { ROOT } from './readme.ts';
import {
  commandFaults,
  commandsOf,
  runnersOf,
  type WorkflowFacts,
  workflowFaults,
} from './workflow.ts';

const CI = '.github/workflows/ci.yml';
const NIGHTLY = '.github/workflows/nightly.yml';
const SCRIPTS = globSync('.ci/*', { cwd: ROOT });

/** Where it finds no program, so that one that is not refused installs nothing. */
function nightly(...words: readonly string[]) {
  const env = { PATH: '/nowhere' };
  return spawnSync('/bin/bash', [`${ROOT}.ci/nightly`, ...words], { encoding: 'utf8', env });
}

function isProgram(path: string): boolean {
  if (!existsSync(ROOT + path)) return false;
  try {
    accessSync(ROOT + path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const FACTS: WorkflowFacts = {
  isProgram,
  scripts: Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts),
  pieces: nightly('--list').stdout.trim().split('\n'),
};

describe('the workflows', () => {
  test.each([CI, NIGHTLY])('%s names only what is there', (path) => {
    expect(workflowFaults(read(path), FACTS)).toEqual([]);
  });

  test('ci runs .ci/run on both kinds of processor', () => {
    expect(commandsOf(read(CI))).toEqual(['.ci/run']);
    expect(runnersOf(read(CI))).toEqual(['ubuntu-24.04', 'ubuntu-24.04-arm']);
  });

  test('nightly does every piece, each part of it once', () => {
    const parts = new Map<string, number>();
    for (const command of commandsOf(read(NIGHTLY))) {
      const [, piece = '', of = '1'] = /^\.ci\/nightly (\w+)(?: \d+\/(\d+))?$/.exec(command) ?? [];
      parts.set(piece, (parts.get(piece) ?? 0) + 1 / Number(of));
    }
    expect(new Set(commandsOf(read(NIGHTLY))).size).toBe(commandsOf(read(NIGHTLY)).length);
    expect(Object.fromEntries(parts)).toEqual(
      Object.fromEntries(FACTS.pieces.map((piece) => [piece, 1])),
    );
  });

  //  file, part of it, what it is changed to, the fault that is found
  test.each([
    [CI, 'run: .ci/run', 'run: .ci/walk', '.ci/walk: no such program'],
    [CI, 'run: .ci/run', 'run: .ci/tools.sh', '.ci/tools.sh: no such program'],
    [CI, 'run: .ci/run', 'run: npm run nothing', 'npm run nothing: no such script'],
    [CI, 'run: .ci/run', 'run: |\n          npm ci\n          npm run no', 'npm run no: no such'],
    [CI, '  contents: read', '  contents: write', 'permissions {"contents":"write"}, wanted'],
    [CI, 'permissions:\n  contents: read\n', '', 'permissions undefined, wanted'],
    [CI, '    timeout-minutes: 60\n', '', 'run: no timeout'],
    [CI, 'ubuntu-24.04-arm', 'ubuntu-latest', 'runs on ubuntu-latest, whatever that is'],
    [CI, /@[\da-f]{40} # v6.0.2/, '@v6 # v6.0.2', '@v6: not the digest of a commit'],
    [CI, ' # v6.0.2', '', 'no version beside it'],
    [CI, 'persist-credentials: false', 'fetch-depth: 1', 'leaves its token behind'],
    [NIGHTLY, '- fuzz', '- fizz', '.ci/nightly fizz: no such piece'],
    [NIGHTLY, 'matrix.piece', 'matrix.part', '.ci/nightly nothing: no such piece'],
  ])('%s with %s changed to %j is found out', (path, part, by, fault) => {
    const text = read(path);
    const changed = typeof part === 'string' ? broken(text, part, by) : text.replace(part, by);
    expect(workflowFaults(changed, FACTS)).toContainEqual(expect.stringContaining(fault));
  });
});

describe('the scripts of .ci/', () => {
  test.each(SCRIPTS)('%s is a script, and names only what is there', (path) => {
    const text = read(path);
    expect(spawnSync('bash', ['-n', ROOT + path], { encoding: 'utf8' }).stderr).toBe('');
    const commands = [...text.matchAll(/^[^#\n]*?\b(npm (?:run \S+|\w+))/gm)];
    expect(commands.flatMap(([, command = '']) => commandFaults(command, FACTS))).toEqual([]);
    const named = [...text.matchAll(/(?:test|\.ci)\/[\w/.-]*\w/g)].map(([file]) => file);
    expect(named.filter((file) => !existsSync(ROOT + file))).toEqual([]);
  });

  //  what .ci/nightly is asked for, what it says
  test.each([
    ['nothing', 'No piece nothing: there are mutants seeds stress fuzz contract'],
    ['stress 1/2', 'stress is not divided'],
    ['seeds 2', 'A part is like 2/4, is 2'],
    ['seeds 3/2', 'There is no part 3 of 2'],
    ['seeds 0/2', 'A part is like 2/4, is 0/2'],
    ['seeds 1/2 fuzz', 'At most a piece and which part of it'],
  ])('.ci/nightly %s is refused, before anything is installed', (words, fault) => {
    const { status, stdout, stderr } = nightly(...words.split(' '));
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(fault);
  });
});

test.each(globSync('.github/{*.yml,ISSUE_TEMPLATE/*.yml}', { cwd: ROOT }))('%s is YAML', (path) => {
  expect(parse(read(path))).toBeTypeOf('object');
});

test('dependencies are raised where there are any', () => {
  const { updates } = parse(read('.github/dependabot.yml')) as {
    updates: { directory?: string; directories?: string[]; 'package-ecosystem': string }[];
  };
  const files: Readonly<Record<string, string>> = {
    npm: 'package-lock.json',
    'github-actions': '.github/workflows',
    docker: 'Dockerfile',
    'docker-compose': 'docker-compose.yml',
  };
  expect(updates.map((update) => update['package-ecosystem'])).toEqual(Object.keys(files));
  for (const { directory = '', directories = [directory], ...update } of updates) {
    for (const folder of directories) {
      const file = `${folder}/${files[update['package-ecosystem']]}`;
      expect([file, existsSync(ROOT + file)]).toEqual([file, true]);
    }
  }
});
