/** Files of Envoy's rules: all that is wrong with one is said, each with its place. */
import { expect, test } from 'vitest';
import type { Algorithm, EnvoyDomain } from '../../../src/envoy/rule.ts';
import { faultText } from '../../../src/policies/file/fault.ts';
import { readRules } from '../../../src/policies/file/read.ts';

function faultsOf(...texts: readonly string[]): readonly string[] {
  const reading = readRules(texts.map((text, i) => ({ file: `f${i}`, text })));
  return reading.ok ? [] : reading.faults.map(faultText);
}

function domainOf(text: string, algorithm: Algorithm = 'fixed_window'): EnvoyDomain {
  const reading = readRules([{ file: 'f', text }], { algorithm });
  if (!reading.ok) throw new Error(reading.faults.map(faultText).join('\n'));
  const [domain] = reading.domains.values();
  if (domain === undefined) throw new Error('no domain');
  return domain;
}

const UNITS = 'second, minute, hour, day, week, month, year';
const rule = (text: string) => `domain: d\ndescriptors:\n  - ${text}\n`;
const limit = (text: string) => rule(`{key: k, rate_limit: {${text}}}`);

//  what kind of error it is, the file, what is said
test.each([
  ['an empty domain', 'domain: ""\n', ['f0:1:9: domain must be the name of a domain, is empty']],
  ['no domain', 'descriptors: []\n', ['f0:1:1: domain must be the name of a domain, is empty']],
  [
    'an empty key',
    rule('{key: ""}'),
    ['f0:3:11: descriptors[0].key must have a key that is not empty'],
  ],
  ['no key', rule('value: x'), ['f0:3:5: descriptors[0] must have a key that is not empty']],
  [
    'a descriptor that is there twice',
    rule('{key: k, value: v}\n  - {key: k}\n  - {key: k, value: v}'),
    ['f0:5:5: descriptors[2] is there twice: it has key and value of the one at [0]'],
  ],
  [
    'a bad unit',
    limit('unit: fortnight, requests_per_unit: 1'),
    [`f0:3:33: descriptors[0].rate_limit.unit must be one of ${UNITS}, is "fortnight"`],
  ],
  [
    'no unit',
    limit('requests_per_unit: 1'),
    [`f0:3:26: descriptors[0].rate_limit must have a unit (one of ${UNITS}), or unlimited: true`],
  ],
  [
    'a unit beside unlimited',
    limit('unlimited: true, unit: minute'),
    ['f0:3:50: descriptors[0].rate_limit.unit does not go with unlimited: leave out one'],
  ],
  [
    'an empty name in replaces',
    limit('unit: day, requests_per_unit: 1, replaces: [{name: ""}]'),
    [
      'f0:3:71: descriptors[0].rate_limit.replaces[0] must have the name of another limit, has none',
    ],
  ],
  [
    'its own name in replaces',
    limit('unit: day, requests_per_unit: 1, name: a, replaces: [{name: a}]'),
    [
      'f0:3:87: descriptors[0].rate_limit.replaces[0].name must be the name of another limit, is its own',
    ],
  ],
  ['bad YAML', 'domain: d\ndescriptors: [\n', ['Flow sequence in block collection']],
  ['an unknown field', 'domain: d\nkey: x\n', ['f0:2:1: key is not a field']],
  [
    'a misspelled field',
    rule('{key: k, rate_limits: {}}'),
    ['f0:3:14: descriptors[0].rate_limits is not a field'],
  ],
  [
    'a field in the wrong place',
    rule('{key: k, unit: day}'),
    ['f0:3:14: descriptors[0].unit is not a field'],
  ],
  ['a name that is no text', 'domain: d\n? [a]\n: b\n', ['f0:2:3: a name must be text']],
  [
    'a list of what has no fields',
    'domain: d\ndescriptors: [a, 1]\n',
    [
      'f0:2:15: descriptors[0] must be names of fields with their values, is "a"',
      'f0:2:18: descriptors[1] must be names of fields with their values, is 1',
    ],
  ],
  [
    'descriptors that are no list',
    'domain: d\ndescriptors: {key: k}\n',
    ['f0:2:14: descriptors must be a list of descriptors, is an object'],
  ],
  [
    'share_threshold without a star',
    rule('{key: k, value: v, share_threshold: true}'),
    ['f0:3:41: descriptors[0].share_threshold goes with a value that has a * in it'],
  ],
  [
    'quota_mode',
    rule('{key: k, quota_mode: true}'),
    [
      'f0:3:14: descriptors[0].quota_mode is a field of the rate limit service of Envoy that this one does not have: leave it out',
    ],
  ],
  [
    'metadata',
    rule('{key: k, metadata: {a: b}}'),
    ['f0:3:14: descriptors[0].metadata is a field of the rate limit service of Envoy'],
  ],
  [
    'unit_multiplier',
    limit('unit: day, requests_per_unit: 1, unit_multiplier: 2'),
    ['f0:3:60: descriptors[0].rate_limit.unit_multiplier is a field of the rate'],
  ],
  [
    'requests below 0',
    limit('unit: day, requests_per_unit: -1'),
    [
      'f0:3:57: descriptors[0].rate_limit.requests_per_unit must be a whole number from 0 to 4294967295, is -1',
    ],
  ],
  [
    'requests that are none',
    limit('unit: day, requests_per_unit: many'),
    ['a whole number from 0 to 4294967295, is "many"'],
  ],
  ['requests above 32 bits', limit('unit: day, requests_per_unit: 4294967296'), ['is 4294967296']],
  [
    'no requests',
    limit('unit: day'),
    ['f0:3:26: descriptors[0].rate_limit must have requests_per_unit; 0 denies all'],
  ],
  [
    'a word for a flag',
    rule('{key: k, shadow_mode: yes}'),
    ['f0:3:27: descriptors[0].shadow_mode must be true or false, is "yes"'],
  ],
  [
    'another algorithm',
    limit('unit: day, requests_per_unit: 1, algorithm: gcra'),
    ['must be one of fixed_window, token_bucket, is "gcra"'],
  ],
  [
    'a token bucket that cannot be counted',
    limit('unit: year, requests_per_unit: 4294967295, algorithm: token_bucket'),
    ['requests_per_unit must be less, to be counted exactly by a token bucket, is 4294967295'],
  ],
  [
    'control characters in the domain',
    'domain: "a\\nb"\n',
    ['f0:1:9: domain must be without control'],
  ],
  ['a long key', rule(`{key: ${'k'.repeat(1_025)}}`), ['must be text of at most 1024 bytes']],
  ['both kinds in one file', 'domain: d\npolicies: {}\n', ['f0:2:1: policies is not a field']],
])('of a file with %s it is said where and why', (_, text, faults) => {
  const said = faultsOf(text);
  expect(said.length).toBe(faults.length);
  for (const [i, fault] of faults.entries()) expect(said[i]).toContain(fault);
});

test('all faults of all files are said at once', () => {
  const one = rule('{key: k, quota_mode: true, rate_limit: {unit: x, requests_per_unit: -1}}');
  const other = 'policies: {a: {limits: 1}}';
  expect(faultsOf(one, other, 'domain: ""').map((text) => text.split(' ')[0])).toEqual([
    'f0:3:14:',
    'f0:3:73:',
    'f0:3:51:',
    'f1:1:24:',
    'f2:1:9:',
  ]);
});

test('a domain is in one file only, and the other place is said', () => {
  expect(faultsOf('domain: d\n', 'x: 1\ndomain: d\n')).toEqual([
    'f1:2:9: the domain "d" is there twice: see f0:1',
    'f1:1:1: x is not a field',
  ]);
});

test('more patterns of one key than may be held against a value are refused', () => {
  const some = (count: number) =>
    Array.from({ length: count }, (_, i) => `  - {key: k, value: "${i}*"}\n`).join('');
  expect(faultsOf(`domain: d\ndescriptors:\n${some(1_000)}`)).toEqual([]);
  expect(faultsOf(`domain: d\ndescriptors:\n${some(1_002)}`)).toEqual([
    expect.stringContaining('f0:1003:5: descriptors[1000] is one too many'),
  ]);
});

test('what its own service takes is taken: bare numbers as text, units in any case, nothing at all', () => {
  const { rules } = domainOf(`
domain: 404
descriptors:
  - key: 007
    value: 1.50
    rate_limit: {unit: MiNuTe, requests_per_unit: 1_000_000, name: ~, replaces: []}
    descriptors:
  - key: true
    value: ""
    rate_limit:
    metadata:
    quota_mode: false
    descriptors: [{key: é, value: "*ü*"}]
  - {key: &a x, value: *a, rate_limit: {unlimited: true, requests_per_unit: 5}}
`);
  const bytes = (text: string) => Buffer.from(text).toString('latin1');
  expect(rules.map(({ depth, key, value }) => [depth, key, value])).toEqual([
    [1, '007', '1.50'],
    [1, 'true', ''],
    [2, bytes('é'), bytes('*ü*')],
    [1, 'x', 'x'],
  ]);
  expect(rules[0]?.limit).toMatchObject({ requests: 1_000_000, unit: 2, rate: null, name: '' });
  expect(rules[1]?.limit).toBeNull();
  expect(rules[3]?.limit).toMatchObject({ isUnlimited: true });
});

test('the algorithm is the rule’s, else that of the service', () => {
  const text = `domain: d
descriptors:
  - {key: a, rate_limit: {unit: day, requests_per_unit: 1}}
  - {key: b, rate_limit: {unit: day, requests_per_unit: 1, algorithm: fixed_window}}
  - {key: c, rate_limit: {unit: day, requests_per_unit: 1, algorithm: token_bucket}}
`;
  const isBucket = (algorithm?: Algorithm) =>
    domainOf(text, algorithm).rules.map(({ limit: own }) => own?.rate !== null);
  expect(isBucket()).toEqual([false, false, true]);
  expect(isBucket('token_bucket')).toEqual([true, false, true]);
});

test('of very many faults the first hundred are said', () => {
  const said = faultsOf(`domain: d\ndescriptors:\n${'  - {key: k, x: 1}\n'.repeat(10_000)}`);
  expect(said.length).toBe(100);
  expect(said[0]).toContain('f0:3:14: descriptors[0].x is not a field');
});

test('a folder may hold both kinds', () => {
  const ours = 'policies: {a: {limits: [{name: x, capacity: 1, interval: 1s}]}}';
  const reading = readRules([ours, 'domain: d\n'].map((text, i) => ({ file: `f${i}`, text })));
  expect(reading.ok && [...reading.policies.keys(), ...reading.domains.keys()]).toEqual(['a', 'd']);
});
