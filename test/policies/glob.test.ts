/** Patterns of keys against regular expressions, and which pattern takes all of another. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { covers, type Glob, matches, readGlob } from '../../src/policies/glob.ts';

const globOf = (pattern: string) => readGlob(pattern) as Glob;

test('a text without a star is no pattern', () => {
  expect(readGlob('user:42')).toBeNull();
});

//  pattern, what it matches, what it does not
test.each([
  ['*', ['a', 'a*b', '\n'], []],
  ['partner:*', ['partner:', 'partner:7', 'partner:*'], ['partner', 'xpartner:7']],
  ['*:admin', [':admin', 'a:admin'], ['a:admin2', 'admin']],
  ['a*a', ['aa', 'aba'], ['a', 'ab']],
  ['a*b*c', ['abc', 'axbxc', 'abcbc'], ['ac', 'acb', 'abcx']],
  ['*ab*ba*', ['abba', 'xabxbax'], ['aba']],
  ['**', ['', 'a'], []],
  ['[a-z].?*', ['[a-z].?x'], ['bcx']],
] as const)('%s', (pattern, taken, others) => {
  for (const key of taken) expect([key, matches(globOf(pattern), key)]).toEqual([key, true]);
  for (const key of others) expect([key, matches(globOf(pattern), key)]).toEqual([key, false]);
});

const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
const patterns = letters.map((text) => `${text}*`);
const keys = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 });

test('as a regular expression would', () => {
  fc.assert(
    fc.property(patterns, keys, (pattern, key) => {
      expect(matches(globOf(pattern), key)).toBe(expressionOf(pattern).test(key));
    }),
    { numRuns: 5_000 },
  );
});

function expressionOf(pattern: string): RegExp {
  return new RegExp(`^${pattern.replaceAll(/\*+/g, '[^]*')}$`);
}

describe('one takes all of another', () => {
  test.each([
    ['*', 'a', true],
    ['*', '*', true],
    ['a*', 'ab*', true],
    ['ab*', 'a*', false],
    ['*a*', 'a*a', true],
    ['a*b*c', 'a*c', false],
    ['a*c', 'a*b*c', true],
  ])('%s and %s: %s', (pattern, other, is) => {
    expect(covers(globOf(pattern), other)).toBe(is);
  });

  test('then no key matches the other alone; else there is one', () => {
    fc.assert(
      fc.property(patterns, letters, keys, (pattern, other, run) => {
        // What stands for the other's stars, of letters that neither has in one of the two.
        const isCovered = covers(globOf(pattern), other);
        if (isCovered) expect(matches(globOf(pattern), other.replaceAll('*', run))).toBe(true);
        else expect(matches(globOf(pattern), other.replaceAll('*', 'zz'))).toBe(false);
      }),
      { numRuns: 5_000 },
    );
  });
});

test('a long pattern of many stars is no slow one', () => {
  const glob = globOf(`${'a*'.repeat(127)}b`);
  const key = 'a'.repeat(256);
  const before = process.cpuUsage();
  for (let i = 0; i < 10_000; i++) expect(matches(glob, key)).toBe(false);
  // A matcher that goes back takes longer than anybody waits for the first of these.
  expect(process.cpuUsage(before).user).toBeLessThan(20e6);
});
