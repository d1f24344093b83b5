/**
 * Every mutant can be made: its guard stands where it says, once. Whether it is caught costs more.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { countOf, type Mutant, mutated } from './mutant.ts';
import { MUTANT_LISTS, MUTANTS } from './mutants.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

function sourceOf({ file }: Mutant): string {
  return existsSync(ROOT + file) ? readFileSync(ROOT + file, 'utf8') : '';
}

test('the text of every mutant stands once in its file, and is not what replaces it', () => {
  const faults = MUTANTS.flatMap((mutant) => {
    const source = sourceOf(mutant);
    const count = countOf(mutant, source);
    if (count !== 1) return [`${mutant.name}: stands ${count} times in ${mutant.file}`];
    return mutated(mutant, source) === source ? [`${mutant.name}: changes nothing`] : [];
  });
  expect(faults).toEqual([]);
});

test('the tests of every mutant exist, and no two mutants have one name', () => {
  const missing = MUTANTS.flatMap(({ name, tests }) =>
    tests.filter((path) => !existsSync(ROOT + path)).map((path) => `${name}: ${path}`),
  );
  expect(missing).toEqual([]);
  const names = MUTANTS.map(({ name }) => name);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

test('every list runs with the others, and is named as its file is', () => {
  const files = readdirSync(new URL('.', import.meta.url)).filter((name) =>
    name.endsWith('-mutants.ts'),
  );
  expect(Object.keys(MUTANT_LISTS).sort()).toEqual(
    files.map((name) => name.slice(0, -'-mutants.ts'.length)).sort(),
  );
});

//  what is sought, in which source, how often it stands there, what is left
const places = [
  ['a && b', 'if (a && b) c();', 1, 'if (x) c();'],
  ['a && b', 'if (a\n    && b) c();', 1, 'if (x) c();'],
  ['a && b', 'a && b || a && b', 2, 'x || a && b'],
  ['a && b', 'if (a &&b) c();', 0, 'if (a &&b) c();'],
  ['  a();\n  b();\n', 'o();\n    a();\n    b();\nc();', 1, 'o();\nxc();'],
  ['  a();\n', '// why\n    a();\nb();', 1, '// why\nxb();'],
  ['a[0].b', 'a[0]xb', 0, 'a[0]xb'],
] as const;

test.each(places)('%j in %j stands %i times', (find, source, count, left) => {
  const mutant: Mutant = { name: '', file: '', find, replace: 'x', tests: [] };
  expect(countOf(mutant, source)).toBe(count);
  expect(mutated(mutant, source)).toBe(left);
});
