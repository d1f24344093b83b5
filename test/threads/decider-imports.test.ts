/**
 * What a decider loads: no package that only reads a file or the configuration. It is in memory
 * once a thread, and what reads files of policies takes seconds where they are large.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../project/readme.ts';

/** All files that are loaded with this one, and all packages. */
function loadedWith(start: string): ReadonlySet<string> {
  const loaded = new Set([start]);
  for (const file of loaded) {
    if (!file.startsWith('src/')) continue;
    const text = readFileSync(ROOT + file, 'utf8');
    for (const [, target = ''] of text.matchAll(
      /^(?:import|export) (?!type )[^;]*?['"]([^'"]+)['"];/gm,
    )) {
      loaded.add(target.startsWith('.') ? join(dirname(file), target) : target);
    }
  }
  return loaded;
}

test('a decider loads neither zod nor yaml, nor what reads files of policies', () => {
  const loaded = [...loadedWith('src/threads/decider-thread.ts')];
  expect(loaded).toContain('src/policies/policy-receiver.ts');
  expect(loaded).toContain('express');
  const reads = (name: string) =>
    name === 'zod' || name === 'yaml' || name.startsWith('src/policies/file/');
  expect(loaded.filter(reads)).toEqual([]);
  // It would find them where they are.
  expect([...loadedWith('src/threads/policies-thread.ts')].filter(reads)).toEqual(
    expect.arrayContaining(['zod', 'yaml', 'src/policies/file/read.ts']),
  );
});
