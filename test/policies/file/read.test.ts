/** What is wrong with a file of policies: all of it, each with its place and what is wanted. */
import { describe, expect, test, vi } from 'vitest';
import { faultText } from '../../../src/policies/file/fault.ts';
import { type RuleFile, readRules } from '../../../src/policies/file/read.ts';
import { readYaml } from '../../../src/policies/file/yaml-text.ts';
import { Overrides } from '../../../src/policies/overrides.ts';
import type { Policies } from '../../../src/policies/policy.ts';

const LIMIT = '{name: a, capacity: 10, interval: 10s}';

function faultsOf(...texts: readonly string[]): readonly string[] {
  const reading = readRules(texts.map((text, i) => ({ file: `f${i}`, text })));
  return reading.ok ? [] : reading.faults.map(faultText);
}

function policiesOf(...files: readonly RuleFile[]): Policies {
  const reading = readRules(files);
  if (!reading.ok) throw new Error(reading.faults.map(faultText).join('\n'));
  return reading.policies;
}

/** One policy on one line each, with these fields behind its limits. */
const policy = (fields: string, limits = LIMIT) =>
  `policies:\n  p: {limits: [${limits}]${fields}}\n`;

test('a whole file', () => {
  const text = `
policies:
  uploads:
    description: what one user may upload
    limits:
      - {name: requests, capacity: 10, interval: 10s, cost: 1}
      - {name: volume, capacity: 50_000_000, calendar: month, timezone: Europe/Berlin}
      - {name: daily, capacity: 1000, window: 1d}
    overrides:
      - keys: ["partner:*", "user:42"]
        limits: [{name: requests, capacity: 100, interval: 10}]
      - {keys: ["health:*"], always: allow}
    dryRun: true
    forward:
      key: ["header:X-Api-Key", [address, path]]
      uri: x-forwarded-uri
      missing: deny
`;
  const uploads = policiesOf({ file: 'f', text }).get('uploads');
  expect(uploads).toMatchObject({
    name: 'uploads',
    description: 'what one user may upload',
    dryRun: true,
    limits: [
      { name: 'requests', capacity: 10, cost: 1, kind: 'bucket', rate: { intervalUs: 10_000_000 } },
      {
        name: 'volume',
        capacity: 50_000_000,
        cost: null,
        kind: 'window',
        windows: { by: 'calendar', unit: 'month', timezone: 'Europe/Berlin' },
      },
      { name: 'daily', kind: 'window', windows: { by: 'length', lengthUs: 86_400_000_000 } },
    ],
    forward: {
      key: [[{ from: 'header', name: 'x-api-key' }], [{ from: 'address' }, { from: 'path' }]],
      uri: 'x-forwarded-uri',
      denied: 429,
      trustedHops: 1,
      ipv6Prefix: 64,
      missing: { do: 'decide', allowed: false },
    },
  });
  const overrides = new Overrides(uploads?.overrides);
  expect(overrides.find('health:1')).toMatchObject({
    place: 1,
    value: { kind: 'always', allowed: true },
  });
  expect(overrides.find('partner:1')?.value).toMatchObject({
    limits: [{ name: 'requests', capacity: 100 }, { name: 'volume' }, { name: 'daily' }],
  });
});

//  file, faults
test.each([
  ['', ['f0: a file of rules must have policies or a domain at its top level']],
  ['[]', ['f0: a file of rules must have policies or a domain at its top level']],
  ['rules: x\n', ['f0: a file of rules must have policies or a domain at its top level']],
  ['policies: 5\n', ['f0:1:11: policies must be policies by their names, is 5']],
  ['policies: [1, 2]\n', ['f0:1:11: policies must be policies by their names, is a list of 2']],
  [`policies: {}\nother: 1\n`, ['f0:2:1: other is not a field']],
  [
    'policies:\n  -x: {}\n',
    [
      'f0:2:3: the name "-x" must be 1 to 64 of a-z A-Z 0-9 . _ -, the first a letter or a digit',
      'f0:2:7: policies.-x.limits must be a list of 1 to 8 limits, is missing',
    ],
  ],
  [policy(', dryrun: true'), ['f0:2:57: policies.p.dryrun is not a field']],
  [
    policy('', '{name: a, capacity: ten, interval: 10s}'),
    [
      'f0:2:36: policies.p.limits[0].capacity must be a whole number from 1 to 9007199254740991, is "ten"',
    ],
  ],
  [
    policy('', '{name: a, capacity: 1.5, interval: soon}'),
    [
      'f0:2:36: policies.p.limits[0].capacity must be a whole number from 1 to 9007199254740991, is 1.5',
      'f0:2:51: policies.p.limits[0].interval must be a whole number and one of us, ms, s, m, h, d, such as 10s, at most 366d; without a unit it is seconds, is "soon"',
    ],
  ],
  [
    policy('', '{name: a, capacity: 9}'),
    ['f0:2:16: policies.p.limits[0] must have exactly one of interval, calendar, window, has none'],
  ],
  [
    policy('', '{name: a, capacity: 9, interval: 1s, window: 1d}'),
    [
      'f0:2:16: policies.p.limits[0] must have exactly one of interval, calendar, window, has interval and window',
    ],
  ],
  [
    policy('', '{name: a, capacity: 9, window: 1500ms}'),
    [
      'f0:2:47: policies.p.limits[0].window must be whole seconds, such as 60s, 1h or 30d, is "1500ms"',
    ],
  ],
  [
    policy('', '{name: a, capacity: 9, calendar: fortnight}'),
    [
      'f0:2:49: policies.p.limits[0].calendar must be one of minute, hour, day, week, month, year, is "fortnight"',
    ],
  ],
  [
    policy('', '{name: a, capacity: 9, calendar: day, timezone: Mars/Olympus}'),
    [
      'f0:2:64: policies.p.limits[0].timezone must be a time zone of the IANA database, such as Europe/Berlin, is "Mars/Olympus"',
    ],
  ],
  [
    policy('', '{name: a, capacity: 9, interval: 1s, timezone: UTC}'),
    ['f0:2:63: policies.p.limits[0].timezone goes with calendar only'],
  ],
  [
    policy('', '{name: a, capacity: 9, interval: 1s, cost: 10}'),
    ['f0:2:59: policies.p.limits[0].cost must be at most 9 (the capacity), is 10'],
  ],
  [
    policy('', '{name: a, capacity: 9007199254740991, interval: 7us}'),
    [
      'f0:2:36: policies.p.limits[0].capacity must be less, to be counted exactly over this interval, is 9007199254740991; or the interval whole seconds',
    ],
  ],
  [
    policy('', `${LIMIT}, ${LIMIT}`),
    ['f0:2:63: policies.p.limits[1].name must be there once, "a" is there twice'],
  ],
  [
    policy(', overrides: [{keys: [x]}, {keys: [], always: never}]'),
    [
      'f0:2:69: policies.p.overrides[0] must have exactly one of limits, always, has neither',
      'f0:2:89: policies.p.overrides[1].keys must be a list of 1 to 100000 keys or patterns, is a list of 0',
      'f0:2:101: policies.p.overrides[1].always must be allow or deny, is "never"',
    ],
  ],
  [
    policy(', overrides: [{keys: [x], limits: [{name: b, capacity: 1, interval: 1s}]}]'),
    [`f0:2:97: policies.p.overrides[0].limits[0].name must be one of the policy's (a), is "b"`],
  ],
  [
    policy(', overrides: [{keys: ["x*", "xy*"], always: deny}, {keys: [xa, z, z], always: deny}]'),
    [
      'f0:2:83: policies.p.overrides[0].keys[1] never matches: "x*" before it takes all of it',
      'f0:2:114: policies.p.overrides[1].keys[0] never matches: "x*" before it takes all of it',
      'f0:2:121: policies.p.overrides[1].keys[2] never matches: "z" before it takes all of it',
    ],
  ],
  [
    policy(', forward: {key: [ip, path], denied: 404, trustedHops: 0}'),
    [
      'f0:2:73: policies.p.forward.key[0] must be one of header:NAME, cookie:NAME, query:NAME, address, path, method, is "ip"',
      'f0:2:92: policies.p.forward.denied must be 429 or 403, is 404',
      'f0:2:110: policies.p.forward.trustedHops must be a whole number from 1 to 32, is 0',
    ],
  ],
  [
    policy(', forward: {key: [path]}'),
    [
      'f0:2:66: policies.p.forward must have uri, one of x-forwarded-uri, x-original-uri, target, since path is found there',
    ],
  ],
  [
    policy('', 'x'),
    ['f0:2:16: policies.p.limits[0] must be names of fields with their values, is "x"'],
  ],
  [
    policy('', '{name: a, capacity: 9, interval: 0}'),
    [
      'f0:2:49: policies.p.limits[0].interval must be a whole number and one of us, ms, s, m, h, d, such as 10s, at most 366d; without a unit it is seconds, is 0',
    ],
  ],
  [
    policy(`, description: ${'x'.repeat(1_001)}`),
    [
      `f0:2:70: policies.p.description must be text of at most 1000 characters, is "${'x'.repeat(40)}"…`,
    ],
  ],
  [
    policy(', overrides: [{keys: [42], always: deny}]'),
    [
      'f0:2:77: policies.p.overrides[0].keys[0] must be a key, or a pattern in which * stands for any characters, of 1 to 256 bytes, is 42, which is text only in quotes',
    ],
  ],
  [
    policy('', '{name: 1, capacity: 9, interval: 1s}'),
    [
      'f0:2:23: policies.p.limits[0].name must be 1 to 64 of a-z A-Z 0-9 . _ -, the first a letter or a digit, is 1, which is text only in quotes',
    ],
  ],
  // What is wrong in one field hides nothing of another.
  [
    policy(', dryrun: true, overrides: [{keys: ["*", x], always: deny}], forward: {key: []}'),
    [
      'f0:2:57: policies.p.dryrun is not a field',
      'f0:2:131: policies.p.forward.key must be a list of 1 to 8 sources, is a list of 0',
      'f0:2:96: policies.p.overrides[0].keys[1] never matches: "*" before it takes all of it',
    ],
  ],
])('%j', (text, faults) => {
  expect([...faultsOf(text)].sort()).toEqual([...faults].sort());
});

describe('several files are read as one', () => {
  const file = (name: string) => `policies:\n  ${name}: {limits: [${LIMIT}]}\n`;

  test('with the policies of all', () => {
    expect([
      ...policiesOf({ file: 'f', text: file('a') }, { file: 'g', text: file('b') }).keys(),
    ]).toEqual(['a', 'b']);
  });

  test('a name that is there twice is an error, also where one of the two is bad', () => {
    expect(faultsOf(file('a'), file('a'))).toEqual(['f1:2:3: policies.a is there twice: see f0:2']);
    expect(faultsOf(file('a').replace('10s', 'x'), file('a'))).toContain(
      'f1:2:3: policies.a is there twice: see f0:2',
    );
  });

  test('the errors of all are said, what no schema finds too', () => {
    expect(
      faultsOf(
        file('a').replace('10s', 'x'),
        'policies: [',
        file('b').replace('}', ', cost: 11}'),
        policy(', overrides: [{keys: ["*", x], always: deny}]'),
      ).map((line) => line.slice(0, 3)),
    ).toEqual(['f0:', 'f1:', 'f2:', 'f3:']);
  });

  test('words are counted over all', () => {
    const files = ['a', 'b', 'c'].map((name) => ({ file: name, text: file(name) }));
    const words = readYaml('a', file('a'));
    const each = words.ok ? words.yaml.words : 0;
    expect(readRules(files, { mostWords: 3 * each })).toMatchObject({ ok: true });
    expect(readRules(files, { mostWords: 3 * each - 1 })).toMatchObject({
      ok: false,
      faults: [{ file: 'c', words: expect.stringContaining('words and marks, have more') }],
    });
  });

  test('more than any rules take is refused before it is read', () => {
    expect(faultsOf(file('a'), '#'.repeat(5_000_000))).toEqual([
      expect.stringContaining('f1: all files together must have at most 4194304 characters, have '),
    ]);
  });
});

test('so many patterns that every question would be slow: one error, at the first too many', () => {
  const keys = (count: number) => Array.from({ length: count }, (_, i) => `"${i}:*"`).join();
  const overrides = (count: number) =>
    policy(`, overrides: [{keys: [${keys(count)}, x], always: deny}]`);
  expect(faultsOf(overrides(1_000))).toEqual([]);
  const words = 'is one too many: a policy must have at most 1000 patterns';
  expect(faultsOf(overrides(1_002))).toEqual([
    expect.stringMatching(`^f0:2:\\d+: policies.p.overrides.0..keys.1000. ${words}$`),
  ]);
});

test('a calendar, where this Node knows none: an error, of an override too', () => {
  const limit = '{name: a, capacity: 9, calendar: day}';
  const override = `overrides: [{keys: [x], limits: [${limit}]}]`;
  vi.stubGlobal('Temporal', undefined);
  const faults = faultsOf(policy(`, ${override}`, limit));
  vi.unstubAllGlobals();
  const words = `calendar needs Node 26 or newer, and this is ${process.versions.node}`;
  expect(faults).toEqual([
    `f0:2:49: policies.p.limits[0].${words}`,
    `f0:2:122: policies.p.overrides[0].limits[0].${words}`,
  ]);
  expect(faultsOf(policy(`, ${override}`, limit))).toEqual([]);
});
