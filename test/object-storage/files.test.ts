/** Holds README, compose file and proxy of examples/object-storage/ against its code. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { tableOf } from '../project/readme.ts';
import { NGINX_CONF } from './running-example.ts';

const FOLDER = fileURLToPath(new URL('../../examples/object-storage/', import.meta.url));
const README = read('README.md');

function read(name: string): string {
  return readFileSync(FOLDER + name, 'utf8');
}

function cells(heading: string): string[][] {
  return tableOf(README, heading).map((row) => row.map((cell) => cell.replaceAll('`', '')));
}

test('the README names every file', () => {
  const files = readdirSync(FOLDER).filter((name) => name !== 'README.md');
  const named = cells('file').map(([name]) => name);
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
