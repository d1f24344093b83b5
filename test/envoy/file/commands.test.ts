/** What `argus check` and `argus explain` say of the rules of Envoy. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { check, explain } from '../../../src/policies/file/commands.ts';

const folder = mkdtempSync(join(tmpdir(), 'argus-envoy-'));
const file = join(folder, 'rules.yaml');
writeFileSync(
  file,
  `domain: site
descriptors:
  - key: path
    value: /login
    rate_limit: {unit: minute, requests_per_unit: 5, name: login}
  - {key: path, value: "/api/*", share_threshold: true, rate_limit: {unit: day, requests_per_unit: 9}}
  - key: path
    rate_limit: {unit: second, requests_per_unit: 50, algorithm: token_bucket}
    descriptors:
      - {key: address, rate_limit: {unit: hour, requests_per_unit: 0}}
      - {key: address, value: 10.0.0.1, rate_limit: {unlimited: true, replaces: [{name: login}]}}
  - {key: free}
  - {key: quiet, shadow_mode: true, rate_limit: {unit: year, requests_per_unit: 1, overdraft: true}}
`,
);

const said = async (descriptor: string, domain = 'site') => {
  const args = ['--envoy', file, '--domain', domain, '--descriptor', descriptor];
  return (await explain(args)).text.split('\n');
};

test('check lists the rules as they nest', async () => {
  expect(await check([file])).toEqual({
    status: 0,
    text: `domain site
  "path"="/login": 5 per minute, in windows, named login
  "path"="/api/*": 9 per day, in windows, one bucket for all values
  "path": 50 per second, a token bucket
    "address": always over (0 per hour)
    "address"="10.0.0.1": unlimited, in the place of login
  "free": no limit
  "quiet": 1 per year, in windows, taken in any case, shadow: nothing is denied
1 domain of Envoy: good`,
  });
});

test('check says what is wrong, and ends with 1', async () => {
  const bad = join(folder, 'bad.yaml.txt');
  writeFileSync(bad, 'domain: x\ndescriptors:\n  - key: ""\n');
  expect(await check([bad])).toEqual({
    status: 1,
    text: `${bad}:3:10: descriptors[0].key must have a key that is not empty`,
  });
});

test('explain says by which rule a descriptor goes, and why by none of the others', async () => {
  expect(await said('path=/login')).toEqual([
    'domain site, descriptor "path"="/login"',
    'level 1: "path"="/login" goes by "path"="/login"',
    'path=/login holds: 5 per minute, in windows, named login',
    'the others do not:',
    '  path: level 1 fits, but "path"="/login" comes before it, and there is no way back',
    '  path/address: level 1 fits, but "path"="/login" comes before it, and there is no way back',
    '  path/address=10.0.0.1: level 1 fits, but "path"="/login" comes before it, and there is no way back',
    '  path=/api/*: level 1 wants the value "/api/*", has "/login"',
    '  quiet: level 1 wants the key "quiet", has "path"',
  ]);
});

test('the commonest question: depth', async () => {
  expect(await said('path=/x,address=1')).toContain(
    '  path: the descriptor has depth 2, the rule has depth 1',
  );
  expect(await said('path=/login,address=1')).toEqual(
    expect.arrayContaining([
      'level 2: "address"="1" has no rule here',
      'no rule matches: it is let through, and no limit is told',
      '  path=/login: the descriptor has depth 2, the rule has depth 1',
    ]),
  );
  expect(await said('path=/x')).toContain(
    '  path/address: the descriptor has depth 1, the rule has depth 2',
  );
});

//  a descriptor, a line that is said of it
test.each([
  [
    'path=/api/1',
    'level 1: "path"="/api/1" goes by "path"="/api/*", the first pattern that matches',
  ],
  ['path', 'level 1: "path" goes by "path", which takes any value'],
  ['path=a\\,b=c', 'level 1: "path"="a,b=c" goes by "path", which takes any value'],
  ['free=1', 'free holds: no limit'],
  ['none=1', 'level 1: "none"="1" has no rule here'],
])('of %j is said %j', async (descriptor, line) => {
  expect(await said(descriptor)).toContain(line);
});

test('of very many rules only some are told', async () => {
  const many = join(folder, 'many.txt');
  const rules = Array.from({ length: 5_000 }, (_, i) => {
    return `  - {key: k, value: v${i}, rate_limit: {unlimited: true}}\n`;
  });
  writeFileSync(many, `domain: d\ndescriptors:\n${rules.join('')}`);
  const asked = ['--envoy', many, '--domain', 'd', '--descriptor', 'k=v4999'];
  const { text } = await explain(asked);
  expect(text.split('\n').length).toBe(25);
  expect(text).toContain('k=v4999 holds: unlimited');
  expect(text).toMatch(/ {2}and 4979 more$/);
}, 60_000);

test('an unknown domain is said, with those that there are', async () => {
  expect(await said('path=1', 'other')).toEqual(['there is no domain "other"; there are site']);
});

//  arguments of explain, how what is said begins
test.each([
  [['--envoy', file], 'too little'],
  [['--envoy', file, '--domain', 'site'], 'too little'],
  [['--envoy', file, '--domain', 'd', '--descriptor', 'a=b', '--key', 'x'], 'too much'],
])('explain %j ends with 2', async (args, begins) => {
  const { status, text } = await explain(args);
  expect([status, text.startsWith(`${begins}; usage: `)]).toEqual([2, true]);
});
