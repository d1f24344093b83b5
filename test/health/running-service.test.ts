/** Which process is taken for the service, and how it was started. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runningService } from '../../src/health/running-service.ts';

let folder: string;
let script: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'argus-proc-'));
  mkdirSync(join(folder, 'proc'));
  mkdirSync(join(folder, 'app/dist'), { recursive: true });
  script = join(folder, 'app/dist/main.js');
  writeFileSync(script, '');
  writeFileSync(join(folder, 'app/dist/other.js'), '');
  symlinkSync(script, join(folder, 'app/argus'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A process as /proc tells of it. */
function add(pid: number, command: readonly string[], env: readonly string[] = []): void {
  const own = join(folder, 'proc', String(pid));
  mkdirSync(own);
  writeFileSync(join(own, 'cmdline'), command.map((word) => `${word}\0`).join(''));
  writeFileSync(join(own, 'environ'), env.map((word) => `${word}\0`).join(''));
  symlinkSync(join(folder, 'app'), join(own, 'cwd'));
}

function found() {
  return runningService(script, join(folder, 'proc'));
}

//  how it was started, its flags
test.each([
  [['node', 'dist/main.js'], []],
  [
    ['node', 'dist/main.js', '--port', '9'],
    ['--port', '9'],
  ],
  [['/usr/bin/node', '--max-old-space-size=99', './dist/main.js', '--port=9'], ['--port=9']],
  [
    ['node', '/SCRIPT', '--host', '::'],
    ['--host', '::'],
  ],
  [['node', 'argus', ''], ['']],
])('%j is the service', (command, argv) => {
  add(
    1,
    command.map((word) => word.replace('/SCRIPT', script)),
  );
  expect(found()).toEqual({ argv, env: {} });
});

test.each([
  [['node', 'dist/other.js']],
  [['sh', '-c', 'node dist/main.js']],
  [['dist/main.js']],
  [['node', 'dist/main.js', 'health']],
  [[]],
])('%j is not', (command) => {
  add(1, command);
  expect(found()).toBe(null);
});

test('its variables are read to the end, whatever is in them', () => {
  add(1, ['node', 'dist/main.js'], ['PORT=9', 'REDIS_URL=redis://x/?a=b', 'EMPTY=']);
  expect(found()?.env).toEqual({ PORT: '9', REDIS_URL: 'redis://x/?a=b', EMPTY: '' });
});

test('of several the first is taken, by its number; what cannot be read is passed over', () => {
  add(10, ['node', 'dist/main.js', '--port', '10']);
  add(9, ['node', 'dist/main.js', '--port', '9']);
  mkdirSync(join(folder, 'proc/1'));
  mkdirSync(join(folder, 'proc/self'));
  expect(found()?.argv).toEqual(['--port', '9']);
});

test('a system without /proc has none', () => {
  expect(runningService(script, join(folder, 'nowhere'))).toBe(null);
});
