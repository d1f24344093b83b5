/** A Node that is too old gets one line that says which is needed, from whatever it is started. */
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { engines, devEngines, scripts } = JSON.parse(
  readFileSync(join(ROOT, 'package.json'), 'utf8'),
) as {
  engines: { node: string };
  devEngines: { runtime: { name: string; version: string } };
  scripts: Record<string, string>;
};
const LEAST = engines.node.replace('>=', '');

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let folder: string;

/** The package as it is installed from what `npm pack` makes. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'argus-node-'));
  const tsc = join(ROOT, 'node_modules/.bin/tsc');
  // Whether the types are right is asked elsewhere, and takes five times as long.
  const build = ['-p', 'tsconfig.build.json', '--noCheck', '--outDir', join(folder, 'dist')];
  execFileSync(tsc, build, { cwd: ROOT });
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function run(node: string, ...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(node, args, { env: {}, timeout: 20_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** Starts the command on a Node that says it is another, and has not what came after Node 20. */
function runAs(version: string): Promise<Ended> {
  const preload = join(folder, 'as-another.mjs');
  writeFileSync(
    preload,
    `Object.defineProperty(process, 'versions', {
       value: { ...process.versions, node: ${JSON.stringify(version)} },
     });
     if (Number.parseInt(process.versions.node, 10) < 22) delete Promise.withResolvers;`,
  );
  return run(process.execPath, '--import', preload, join(folder, 'dist/main.js'), '--version');
}

describe('the command', () => {
  test.each(['20.20.2', '18.0.0', '22.11.9', '22.0.0-nightly20240101', '9.99.99'])(
    'on Node %s prints one line, and ends with code 2',
    async (version) => {
      expect(await runAs(version)).toEqual({
        code: 2,
        stdout: '',
        stderr: `argus: Node ${LEAST} or newer is needed, and this is ${version}\n`,
      });
    },
  );

  test.each(['22.12.0', '22.13.0', '23.0.0', '26.10.0', '100.0.0'])(
    'on Node %s runs',
    async (version) => {
      expect(await runAs(version)).toMatchObject({ code: 0, stderr: '' });
    },
  );

  const old = oldNode();
  test.skipIf(old === undefined)('on the old Node of this machine says so too', async () => {
    const ended = await run(old as string, join(folder, 'dist/main.js'), '--port', '0');
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(new RegExp(`^argus: Node ${LEAST} or newer is needed, .*\\n$`));
  });
});

/** A Node of this machine that is too old, where there is one; never the project's own. */
function oldNode(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const nodes = folders.filter((one) => !one.includes('node_modules')).map((one) => `${one}/node`);
  return nodes.find((node) => {
    try {
      const version = execFileSync(node, ['--version'], { encoding: 'utf8' });
      return Number.parseInt(version.slice(1), 10) < Number.parseInt(LEAST, 10);
    } catch {
      return false;
    }
  });
}

describe('whoever has the source', () => {
  test('needs what npm itself runs on, since Node comes with it', () => {
    expect(devEngines.runtime).toMatchObject({ name: 'node', version: '>=20' });
    expect(scripts['start']).toMatch(/^exec node /);
  });

  test('is not warned of a Node that is too old for what is installed', () => {
    const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { engines?: { node?: string }; optional?: boolean }>;
    };
    const wanted = Object.entries(lock.packages)
      .filter(([path, { optional }]) => path !== '' && optional !== true)
      .map(([path, one]) => [path, one.engines?.node ?? '*'] as const);
    expect(wanted.length).toBeGreaterThan(100);
    expect(wanted.filter(([, range]) => !takesNode20(range))).toEqual([]);
  });
});

/** Whether a range has room for the last of Node 20: `>=` alone, or one of its alternatives. */
function takesNode20(range: string): boolean {
  return range.split('||').some((part) => {
    const text = part.trim();
    if (text === '*') return true;
    const [, sign, major = ''] = /^(>=|\^|>|~)?\s*v?(\d+)/.exec(text) ?? [];
    return sign === '^' || sign === '~' || sign === undefined
      ? major === '20'
      : Number(major) <= 20;
  });
}
