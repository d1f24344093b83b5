/** Holds README, compose file and proxy of examples/object-storage/ against its code. */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ROOT, tableOf } from '../project/readme.ts';
import { FOLDER } from './example-queue.ts';
import { NGINX_CONF } from './running-example.ts';

const README = read('README.md');
const FILES = readdirSync(FOLDER).filter((name) => name !== 'node_modules');

function read(name: string): string {
  return readFileSync(FOLDER + name, 'utf8');
}

function cells(heading: string): string[][] {
  return tableOf(README, heading).map((row) => row.map((cell) => cell.replaceAll('`', '')));
}

test('the README names every file', () => {
  const files = FILES.filter((name) => name !== 'README.md');
  const named = cells('file').flatMap(([names = '']) => names.split(', '));
  expect(named.toSorted()).toEqual(files.toSorted());
});

test('the README names every setting, with its default', () => {
  const settings = new Map<string, string>();
  for (const name of ['gateway.ts', 'worker.ts']) {
    const calls = read(name).matchAll(/\w+Setting\('(\w+)'(?:, '?([^')]+)'?)?\)/g);
    for (const [, setting = '', fallback = ''] of calls) settings.set(setting, fallback);
  }
  const said = cells('variable').map(([name, fallback]) => [name, fallback]);
  const wanted = [...settings].map(([name, fallback]) => [name, fallback.replace('_', '')]);
  expect(said.toSorted()).toEqual(wanted.toSorted());
});

test('it is a package of its own: it needs what its sources import, and no other folder', () => {
  const sources = FILES.filter((name) => name.endsWith('.ts')).map(read);
  const imported = sources.flatMap((text) =>
    [...text.matchAll(/ from '([^']+)';$/gm)].map(([, from = '']) => from),
  );
  const wanted = imported.filter(
    (from) => !from.startsWith('node:') && !/^\.\/[\w-]+\.ts$/.test(from),
  );
  const { dependencies } = JSON.parse(read('package.json')) as { dependencies: object };
  expect(Object.keys(dependencies)).toEqual([...new Set(wanted)].toSorted());
  for (const version of Object.values(dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});

test('the package of the project brings the example, and nothing that is installed for it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'argus-pack-'));
  try {
    for (const path of ['package.json', 'examples/object-storage/package.json']) {
      cpSync(join(ROOT, path), join(folder, path));
    }
    const installed = join(folder, 'examples/object-storage/node_modules/bullmq');
    mkdirSync(installed, { recursive: true });
    writeFileSync(join(installed, 'index.js'), '');
    const flags = ['--dry-run', '--json', '--ignore-scripts', '--offline'];
    const packed = execFileSync('npm', ['pack', ...flags], { cwd: folder, encoding: 'utf8' });
    const [{ files }] = JSON.parse(packed) as [{ files: readonly { readonly path: string }[] }];
    expect(files.map(({ path }) => path).toSorted()).toEqual([
      'examples/object-storage/package.json',
      'package.json',
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

interface Container {
  readonly image: string;
  readonly command?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
}

test('the compose file starts what is there, on the ports that the others know', () => {
  const { services } = parse(read('docker-compose.yml'), { merge: true }) as {
    services: Record<string, Container>;
  };
  const port = (name: string) => services[name]?.environment?.['PORT'];
  const upstream = [...NGINX_CONF.matchAll(/server 127\.0\.0\.1:(\d+) /g)].map(
    ([, found]) => found,
  );
  expect([port('gateway-1'), port('gateway-2')]).toEqual(upstream);
  for (const place of ['1', '2']) {
    const { ARGUS_URL } = services[`gateway-${place}`]?.environment ?? {};
    expect(ARGUS_URL).toBe(`http://127.0.0.1:${port(`argus-${place}`)}`);
  }
  expect(NGINX_CONF).toContain(`listen ${services['nginx']?.ports?.[0]?.split(':')[1]};`);
  for (const { command = '', volumes = [] } of Object.values(services)) {
    const [, script] = /^node (.*)$/.exec(command) ?? [];
    const mounted = volumes.map((one) => one.split(':')[0] as string);
    const paths = [script, ...mounted.filter((path) => path.startsWith('.'))];
    for (const path of paths)
      expect([path, existsSync(FOLDER + (path ?? ''))]).toEqual([path, true]);
  }
});
