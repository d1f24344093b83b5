/** The version is one, wherever it stands. What is deployed is held in deploy.test. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const [pkg, lock] = ['package.json', 'package-lock.json'].map((name) => JSON.parse(read(name)));

function read(name: string): string {
  return readFileSync(ROOT + name, 'utf8');
}

test('the lock file has the version of package.json', () => {
  expect([lock.version, lock.packages[''].version]).toEqual([pkg.version, pkg.version]);
});

test('the changelog begins with it, and with a date', () => {
  const [, version, date] = /^## (\S+) \((\S+)\)$/m.exec(read('CHANGELOG.md')) ?? [];
  expect(version).toBe(pkg.version);
  expect(new Date(`${date}T00:00:00Z`).toISOString().slice(0, 10)).toBe(date);
});
