/** `argus check` and `argus explain`, on real files. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { check, explain } from '../../../src/policies/file/commands.ts';

let folder: string;
let good: string;
let bad: string;

const GOOD = `policies:
  uploads:
    limits:
      - {name: requests, capacity: 10, interval: 10s, cost: 1}
      - {name: volume, capacity: 500, calendar: month, timezone: Europe/Berlin}
      - {name: daily, capacity: 100, window: 1d}
    overrides:
      - {keys: ["partner:*"], limits: [{name: requests, capacity: 100, interval: 10s}]}
      - {keys: ["health:*", probe], always: allow}
      - {keys: [evil], always: deny}
    dryRun: true
    forward: {key: ["header:x-api-key", [address, method]]}
`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'argus-policies-'));
  good = join(folder, 'good');
  bad = join(folder, 'bad');
  mkdirSync(good);
  mkdirSync(bad);
  writeFileSync(join(good, '10.yaml'), GOOD);
  writeFileSync(
    join(good, '20.yml'),
    'policies: {b: {limits: [{name: a, capacity: 1, interval: 1s}]}}\n',
  );
  writeFileSync(join(good, 'notes.txt'), 'policies: 5');
  writeFileSync(join(good, '.hidden.yaml'), 'policies: 5');
  writeFileSync(join(bad, 'a.yaml'), 'policies: {p: {}}\n');
  writeFileSync(join(bad, 'b.yaml'), Uint8Array.of(0x61, 0xff));
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('check', () => {
  test('says what it has read, of a folder in the order of its files', async () => {
    expect(await check([good])).toEqual({
      status: 0,
      text: [
        'uploads (dry run: nothing is denied)',
        '  requests: 10 per 10s, a token bucket, each question takes 1',
        '  volume: 500 each month of Europe/Berlin',
        '  daily: 100 in each window of 1d',
        '  overrides: 3',
        '  forward-auth: by header:x-api-key, or address + method',
        'b',
        '  a: 1 per 1s, a token bucket',
        '2 policies: good',
      ].join('\n'),
    });
  });

  test('says all that is wrong, and ends with 1', async () => {
    const { status, text } = await check([join(bad, 'a.yaml'), join(folder, 'none.yaml')]);
    expect(status).toBe(1);
    expect(text.split('\n').sort()).toEqual([
      expect.stringMatching(
        /bad\/a\.yaml:1:15: policies\.p\.limits must be a list of 1 to 8 limits, is missing$/,
      ),
      expect.stringMatching(
        /none\.yaml: cannot be read: there is no such file or folder \(ENOENT\)$/,
      ),
    ]);
  });

  test.each([
    ['bad', /b\.yaml: must be UTF-8, and has bytes that are not$/],
    ['.', /the folder must have a file \*\.yaml or \*\.yml, has none$/],
  ])('of %s', async (name, words) => {
    const { status, text } = await check([join(folder, name)]);
    expect([status, text]).toEqual([1, expect.stringMatching(words)]);
  });

  test.each([[], ['--help'], ['a.yaml', '-x']])('%j is told how', async (...argv) => {
    expect(await check(argv.filter((one) => typeof one === 'string'))).toEqual({
      status: 2,
      text: expect.stringContaining('usage: argus check PATH'),
    });
  });
});

describe('explain', () => {
  const asked = (...argv: readonly string[]) => explain([good, '--policy', 'uploads', ...argv]);

  test.each([
    [
      ['--key', 'alice', '--cost', '200'],
      [
        'no override matches: the limits of the policy hold',
        '  requests: 10 per 10s, a token bucket, each question takes 1: takes 1',
        '  volume: 500 each month of Europe/Berlin: takes 200',
        '  daily: 100 in each window of 1d: takes 200: more than it ever has, so always denied',
      ],
    ],
    [
      ['--key', 'partner:1'],
      [
        'override 1 holds, by "partner:*"',
        '  requests: 100 per 10s, a token bucket (of the override): takes 1',
        '  volume: 500 each month of Europe/Berlin: takes 1',
        '  daily: 100 in each window of 1d: takes 1',
      ],
    ],
    [
      ['--key', 'probe'],
      ['override 2 holds, by "probe"', 'it always allows: no limit is asked'],
    ],
    [
      ['--key', 'evil'],
      ['override 3 holds, by "evil"', 'it always denies: no limit is asked'],
    ],
    [
      ['--key', 'alice', '--cost=-3'],
      [
        'no override matches: the limits of the policy hold',
        '  requests: 10 per 10s, a token bucket, each question takes 1: takes -3',
        '  volume: 500 each month of Europe/Berlin: takes -3',
        '  daily: 100 in each window of 1d: takes -3',
      ],
    ],
  ])('%j', async (argv, lines) => {
    const { status, text } = await asked(...argv);
    expect([status, text.split('\n').slice(1)]).toEqual([0, lines]);
  });

  test.each([
    [['--key', 'a', '--policy', 'c'], 1, 'there is no policy "c"; there are uploads, b'],
    [[], 2, 'too little; usage: argus explain PATH'],
    [['--key', 'a', '--cost', 'x'], 2, '--cost must be a whole number, is "x"; usage:'],
    [['--key', ''], 2, '--key must be 1 to 256 bytes of UTF-8, is ""; usage:'],
    [['--kye', 'a'], 2, "Unknown option '--kye'; usage:"],
  ])('%j', async (argv, status, words) => {
    expect(await asked(...argv)).toEqual({ status, text: expect.stringContaining(words) });
  });
});
