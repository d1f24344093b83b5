/** YAML to values and places; what is large, deep or multiplies is refused in bounded time. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRules } from '../../../src/policies/file/read.ts';
import { readYaml } from '../../../src/policies/file/yaml-text.ts';

function read(text: string): unknown {
  const reading = readYaml('f', text);
  return reading.ok ? JSON.parse(JSON.stringify(reading.yaml.value)) : reading.faults;
}

function wordsOf(text: string): readonly string[] {
  const reading = readYaml('f', text);
  if (reading.ok) throw new Error('it was taken');
  return reading.faults.map(({ line, column, words }) => `${line}:${column} ${words}`);
}

test('values of each kind', () => {
  const text = 'a: [1, -2.5, x, "y", null, true, ~]\nb: {c: 50_000, 1: d, true: e}\n';
  expect(read(text)).toEqual({
    a: [1, -2.5, 'x', 'y', null, true, null],
    b: { c: '50_000', 1: 'd', true: 'e' },
  });
});

test('an alias is what its anchor holds', () => {
  expect(read('a: &x {k: [1]}\nb: [*x, *x]\n')).toEqual({
    a: { k: [1] },
    b: [{ k: [1] }, { k: [1] }],
  });
});

test('a name of the prototype is a name', () => {
  const reading = readYaml('f', '__proto__: {a: 1}\n');
  expect(reading.ok && Object.keys(reading.yaml.value as object)).toEqual(['__proto__']);
});

describe('places, of values and of names', () => {
  const text = 'a:\n  - b: 1\n    c: &x {d: 2}\n  - *x\n';
  const reading = readYaml('f', text);
  if (!reading.ok) throw new Error('it was not taken');
  const { yaml } = reading;
  //  path, place of the value, of its name
  test.each([
    [[], '1:1', '1:1'],
    [['a'], '2:3', '1:1'],
    [['a', 0], '2:5', '2:5'],
    [['a', 0, 'c'], '3:11', '3:5'],
    [['a', 0, 'c', 'd'], '3:15', '3:12'],
    [['a', 1, 'd'], '3:15', '3:12'],
    // What is not there: what would hold it.
    [['a', 0, 'e'], '2:5', '2:5'],
    [['a', 7], '2:3', '2:3'],
    [['a', 0, 'b', 'c'], '2:8', '2:8'],
  ])('%j', (path, value, name) => {
    const text = ({ line, column }: { line: number; column: number }) => `${line}:${column}`;
    expect(text(yaml.placeOf(path))).toBe(value);
    expect(text(yaml.placeOfName(path))).toBe(name);
  });
});

//  text, what is wrong with it
test.each([
  ['a: 1\nb: 2\na: 3\n', ['3:1 "a" is there twice']],
  ['a: [1, 2\n', [expect.stringMatching(/^2:1 /)]],
  ['a: *x\n', ['1:4 *x has no anchor before it']],
  ['a: &x [*x]\n', ['1:8 *x has no anchor before it']],
  ['? [1]\n: 2\n', ['1:3 a name must be text']],
  ['a: 1\n---\nb: 2\n', [expect.stringMatching(/^2:1 .*multiple documents/)]],
  // Values of YAML 1.1, of which no places are known.
  ...['omap [b: 1]', 'pairs [b: 1]', 'set {b}', 'binary aGVsbG8='].map(
    (tagged): [string, string[]] => [
      `a: !!${tagged}\n`,
      [expect.stringMatching(/^1:4 Unresolved tag: tag:yaml.org,2002:/)],
    ],
  ),
  ['%YAML 1.1\n---\na: !!omap [b: 1]\n', ['1:1 must be YAML 1.2, says that it is 1.1']],
  ['a: !secret x\n', [expect.stringMatching(/^1:4 Unresolved tag: !secret/)]],
])('%j', (text, words) => {
  expect(wordsOf(text)).toEqual(words);
});

describe('what is out of bounds', () => {
  const deep = 40;
  test.each([
    ['lists in lists', '['.repeat(deep)],
    ['maps in maps', '{a: '.repeat(deep)],
    ['lists in one line', `${'- '.repeat(deep)}a`],
    [
      'maps by indentation',
      Array.from({ length: deep }, (_, i) => `${' '.repeat(i)}a:\n`).join(''),
    ],
    ['aliases', `a0: &a0 [x]\n${chain(deep, 1)}`],
  ])('nested too deep: %s', (_, text) => {
    for (const words of wordsOf(text)) {
      expect(words).toContain('must be nested at most 32 deep, are deeper');
    }
  });

  test('a line that begins far to the right', () => {
    expect(wordsOf(`a:\n${' '.repeat(300)}b: 1\n`)).toEqual([
      '2:1 a line must begin within 256 columns',
    ]);
  });

  test('aliases that multiply', () => {
    const words = wordsOf(`a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n${chain(9, 10)}`);
    expect(words).toHaveLength(1);
    expect(words[0]).toContain('a file must have at most 1000000 values, has more');
  });

  test('more words than any rules have, before any value is made', () => {
    for (const text of [`a: [${'0,'.repeat(501_000)}]`, `a:\n${'- \n'.repeat(1_001_000)}`]) {
      const words = 'all files together must have at most 1000000 words and marks, have more';
      expect(wordsOf(text)).toEqual([expect.stringContaining(words)]);
    }
    expect(readYaml('f', 'a: [0, 0]', 8)).toMatchObject({ ok: true, yaml: { words: 8 } });
    expect(readYaml('f', 'a: [0, 0]', 7)).toMatchObject({ ok: false });
  });

  test('no more faults are said than anybody reads', () => {
    expect(wordsOf('a: *x\n'.replace('a', 'b').repeat(500)).length).toBeLessThanOrEqual(100);
  });
});

test('whatever a file says, it is read or refused', () => {
  const piece = fc.constantFrom(
    ...['a', 'b: ', '- ', '? ', ': ', '[', ']', '{', '}', ', ', '\n', '\n  ', '\n    ', '\t', '"'],
    ...["'", '|\n', '>-\n', '&x ', '*x ', '<<: ', '!!omap ', '!!set ', '!!str ', '!y ', '! ', '~'],
    ...[
      '\n---\n',
      '\n...\n',
      '%YAML 1.1\n',
      '#',
      '\0',
      '\ufeff',
      '\r',
      '0x',
      '.inf',
      '\ud800',
      '@',
    ],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
      const text = pieces.join('');
      for (const one of [text, `policies:\n  p: ${text}`]) {
        const reading = readRules([{ file: 'f', text: one }]);
        for (const { words } of reading.ok ? [] : reading.faults) {
          expect(words).not.toMatch(/undefined|Invalid input|expected (string|number|object)/);
        }
      }
    }),
    { numRuns: 3_000 },
  );
});

/** Each a list of so many of the one before. */
function chain(length: number, times: number): string {
  return Array.from({ length }, (_, i) => {
    const items = Array.from({ length: times }, () => `*a${i}`).join(', ');
    return `a${i + 1}: &a${i + 1} [${items}]\n`;
  }).join('');
}
