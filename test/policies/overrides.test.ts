/** Which override holds: the first of the file that matches, found by a map or a pattern. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matches, readGlob } from '../../src/policies/glob.ts';
import { Overrides } from '../../src/policies/overrides.ts';

const overrides = new Overrides([
  { keys: ['a', 'b*'], value: 'first' },
  { keys: ['bc', 'c'], value: 'second' },
  { keys: ['*'], value: 'third' },
]);

//  key, place, by, value
test.each([
  ['a', 0, 'a', 'first'],
  ['bc', 0, 'b*', 'first'],
  ['c', 1, 'c', 'second'],
  ['d', 2, '*', 'third'],
])('%s', (key, place, by, value) => {
  expect(overrides.find(key)).toEqual({ place, by, value });
});

test('none matches', () => {
  expect(new Overrides([{ keys: ['a'], value: 1 }]).find('b')).toBeNull();
  expect(new Overrides([]).find('b')).toBeNull();
});

test('as if each had been tried in the order of the file', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 4 });
  const lists = fc.array(fc.array(text, { minLength: 1, maxLength: 3 }), { maxLength: 6 });
  const key = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 4 });
  fc.assert(
    fc.property(lists, key, (all, asked) => {
      const place = all.findIndex((keys) => keys.some((one) => isTaken(one, asked)));
      const found = new Overrides(all.map((keys, i) => ({ keys, value: i }))).find(asked);
      expect(found?.value ?? -1).toBe(place);
    }),
    { numRuns: 5_000 },
  );
});

function isTaken(pattern: string, key: string): boolean {
  const glob = readGlob(pattern);
  return glob === null ? pattern === key : matches(glob, key);
}
