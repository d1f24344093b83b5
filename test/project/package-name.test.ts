/** The bare name on npm is somebody else's package: nothing here may send a reader or npm there. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { filesAt, ROOT } from './readme.ts';

/** What a reader copies from; CHANGELOG.md tells of names as they were. */
const READ = [
  '*.md',
  'docs/**/*.md',
  'examples/**/*',
  'deploy/**/*',
  'Dockerfile',
  '*.yml',
  'src/**',
];

/** The bare name where npm would take it for a package: imported, installed or run. */
const BARE = /(?<![\w/@-])argus\/client\b|\b(?:npx|npm exec|npm i|npm install|npm add) argus\b/;

function bareNames(text: string): string[] {
  return text.split('\n').filter((line) => BARE.test(line));
}

test('no document, example or source names the bare package', () => {
  const files = filesAt(READ).filter((path) => path !== 'CHANGELOG.md');
  expect(files.length).toBeGreaterThan(100);
  const found = files.flatMap((file) =>
    bareNames(readFileSync(`${ROOT}${file}`, 'utf8')).map((line) => [file, line]),
  );
  expect(found).toEqual([]);
});

//  text, whether it names the bare package
test.each([
  ["import { ArgusClient } from 'argus/client';", true],
  ['npm install argus', true],
  ['npx argus --port 1', true],
  ["import { ArgusClient } from '@argus-limit/argus/client';", false],
  ['npx @argus-limit/argus', false],
])('%s: %s', (text, is) => {
  expect(bareNames(text).length === 1).toBe(is);
});

describe('package.json', () => {
  const {
    name,
    private: isPrivate,
    bin,
  } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as Record<string, unknown>;

  test('has a name of our own scope, and a command that is called argus', () => {
    expect([name, bin]).toEqual(['@argus-limit/argus', { argus: 'dist/main.js' }]);
  });

  test('cannot be published by mistake', () => {
    expect(isPrivate).toBe(true);
  });
});
