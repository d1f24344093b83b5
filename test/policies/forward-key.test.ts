/** Where a key is found, and that two requests which differ in it never have one. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { forwardKey } from '../../src/policies/forward-key.ts';
import type { ForwardRule } from '../../src/policies/forward-rule.ts';
import type { ForwardRequest } from '../../src/policies/forward-value.ts';
import { bytesOf, requestOf, ruleOf } from './forward-request.ts';

/** Of a rule with one source. */
function subjectOf(
  source: string,
  request: Partial<ForwardRequest>,
  more: Partial<ForwardRule> = {},
): string | null {
  return forwardKey(ruleOf([source], more), requestOf(request))?.subject ?? null;
}

//  what it shows, the fields, the subject
test.each([
  ['a field', ['X-Key', 'abc'], 'header.x-key:abc'],
  ['in any case', ['x-kEY', 'abc'], 'header.x-key:abc'],
  ['among others', ['A', 'b', 'X-Key', 'abc', 'X-Keys', 'c'], 'header.x-key:abc'],
  ['as it is: not decoded', ['X-Key', '%61+b, "c"'], 'header.x-key:%61+b, "c"'],
  ['UTF-8', ['X-Key', bytesOf('Müller')], 'header.x-key:Müller'],
  ['a byte order mark is kept', ['X-Key', bytesOf('\ufeffa')], 'header.x-key:\ufeffa'],
  ['no UTF-8', ['X-Key', '\xff'], null],
  ['half of UTF-8', ['X-Key', 'a\xc3'], null],
  ['empty', ['X-Key', ''], null],
  ['twice', ['X-Key', 'a', 'x-key', 'b'], null],
  ['twice the same', ['X-Key', 'a', 'x-key', 'a'], null],
  ['twice, once empty', ['X-Key', 'a', 'x-key', ''], null],
  ['another', ['X_Key', 'a'], null],
  ['a value of its name', ['A', 'x-key'], null],
] as const)('header: %s', (_, fields, subject) => {
  expect(subjectOf('header:X-Key', { fields })).toBe(subject);
});

//  what it shows, the fields, the subject
test.each([
  ['one', ['Cookie', 'sid=abc'], 'cookie.sid:abc'],
  ['among others', ['Cookie', 'a=b; sid=abc;c=d'], 'cookie.sid:abc'],
  ['in a line of its own', ['Cookie', 'a=b', 'cookie', 'sid=abc'], 'cookie.sid:abc'],
  ['white space', ['Cookie', ' sid\t= abc ;'], 'cookie.sid:abc'],
  ['quoted', ['Cookie', 'sid="abc"'], 'cookie.sid:abc'],
  ['one quote is a value', ['Cookie', 'sid="'], 'cookie.sid:"'],
  ['with equals signs', ['Cookie', 'sid=a=b='], 'cookie.sid:a=b='],
  ['decoded once', ['Cookie', 'sid=%61%2562'], 'cookie.sid:a%62'],
  ['a plus is a plus', ['Cookie', 'sid=a+b'], 'cookie.sid:a+b'],
  ['UTF-8', ['Cookie', bytesOf('sid=à')], 'cookie.sid:à'],
  ['undecodable', ['Cookie', 'sid=%zz'], null],
  ['no UTF-8 when decoded', ['Cookie', 'sid=%ff'], null],
  ['half of a pair', ['Cookie', 'sid=%ed%a0%80'], null],
  ['empty', ['Cookie', 'sid='], null],
  ['empty in quotes', ['Cookie', 'sid=""'], null],
  ['a name alone', ['Cookie', 'sid'], null],
  ['of another case', ['Cookie', 'SID=abc'], null],
  ['twice', ['Cookie', 'sid=a; sid=b'], null],
  ['twice in two lines', ['Cookie', 'sid=a', 'Cookie', 'sid=a'], null],
  ['set', ['Set-Cookie', 'sid=abc'], null],
] as const)('cookie: %s', (_, fields, subject) => {
  expect(subjectOf('cookie:sid', { fields })).toBe(subject);
});

//  what it shows, the target, the subject
test.each([
  ['one', '/a?k=abc', 'query.k:abc'],
  ['without a path', '?k=abc', 'query.k:abc'],
  ['among others', '/a?a=b&k=abc&c', 'query.k:abc'],
  ['decoded once', '/?k=%61%2562', 'query.k:a%62'],
  ['a plus is a space', '/?k=a+b%2B', 'query.k:a b+'],
  ['its name in another spelling', '/?%6B=abc', 'query.k:abc'],
  ['with equals signs and question marks', '/?k=a=b?c', 'query.k:a=b?c'],
  ['before a fragment', '/?k=abc#d', 'query.k:abc'],
  ['UTF-8', bytesOf('/?k=ü%C3%BC'), 'query.k:üü'],
  ['in a fragment', '/#?k=abc', null],
  ['in the path', '/k=abc', null],
  ['undecodable', '/?k=%zz', null],
  ['half an escape', '/?k=a%', null],
  ['no UTF-8', '/?k=%ff', null],
  ['empty', '/?k=', null],
  ['a name alone', '/?k', null],
  ['of another case', '/?K=abc', null],
  ['twice', '/?k=a&k=b', null],
  ['twice, once without a value', '/?k=a&k', null],
  ['twice in two spellings', '/?k=a&%6b=b', null],
] as const)('query: %s', (_, target, subject) => {
  expect(subjectOf('query:k', { target })).toBe(subject);
});

//  what it shows, the target, the subject
test.each([
  ['a path', '/a/b', 'path:/a/b'],
  ['of a query nothing', '/a?b=c', 'path:/a'],
  ['of a fragment nothing', '/a#b', 'path:/a'],
  ['decoded once', '/%61%2562', 'path:/a%62'],
  ['a plus is a plus', '/a+b', 'path:/a+b'],
  ['nothing is made of dots and slashes', '//a/../b/', 'path://a/../b/'],
  ['of a whole URL', 'http://argus.test/a?b', 'path:/a'],
  ['nothing', '', null],
  ['a query alone', '?a=b', null],
  ['a whole URL without one', 'http://argus.test?a', null],
  ['a star', '*', null],
  ['undecodable', '/%zz', null],
] as const)('path: %s', (_, target, subject) => {
  expect(subjectOf('path', { target })).toBe(subject);
});

describe('path, query and method are where the rule says, and nowhere else', () => {
  const fields = [
    ...['X-Forwarded-Uri', '/forwarded?k=f', 'X-Forwarded-Method', 'POST'],
    ...['X-Original-URI', '/original?k=o', 'X-Original-Method', 'PUT'],
  ];
  const request = { fields, target: '/target?k=t', method: 'HEAD' };

  //  uri, path, parameter, method
  test.each([
    ['x-forwarded-uri', '/forwarded', 'f', 'POST'],
    ['x-original-uri', '/original', 'o', 'PUT'],
    ['target', '/target', 't', 'HEAD'],
  ] as const)('%s', (uri, path, parameter, method) => {
    expect(subjectOf('path', request, { uri })).toBe(`path:${path}`);
    expect(subjectOf('query:k', request, { uri })).toBe(`query.k:${parameter}`);
    expect(subjectOf('method', request, { uri })).toBe(`method:${method}`);
    const others = { ...request, fields: [...fields, ...fields] };
    const isThere = uri === 'target';
    expect(subjectOf('path', others, { uri })).toBe(isThere ? `path:${path}` : null);
    expect(subjectOf('method', others, { uri })).toBe(isThere ? `method:${method}` : null);
  });

  test('where it says nothing, the method is that of the question', () => {
    expect(subjectOf('method', request, { uri: null })).toBe('method:HEAD');
  });
});

describe('several', () => {
  const fields = ['X-Key', 'abc', 'X-Forwarded-For', '192.0.2.1'];

  test('the first that is there', () => {
    const rule = ruleOf(['header:x-none', 'header:x-key', 'address']);
    expect(forwardKey(rule, requestOf({ fields }))?.subject).toBe('header.x-key:abc');
    const without = requestOf({ fields: fields.slice(2) });
    expect(forwardKey(rule, without)?.subject).toBe('address:192.0.2.1');
    expect(forwardKey(rule, requestOf({}))).toBeNull();
  });

  test('joined, each with its bytes, and only where all are there', () => {
    const rule = ruleOf([['address', 'path'], 'address']);
    const target = bytesOf('/ü');
    const joined = '9:address:192.0.2.1,3:path:/ü';
    expect(forwardKey(rule, requestOf({ fields, target }))?.subject).toBe(joined);
    expect(forwardKey(rule, requestOf({ fields }))?.subject).toBe('address:192.0.2.1');
  });
});

describe('a key', () => {
  const keyFor = (value: string) =>
    forwardKey(ruleOf(['header:k']), requestOf({ fields: ['k', bytesOf(value)] }));
  const room = 256 - 'header.k:'.length;

  test.each(['a'.repeat(room), 'ü'.repeat(room / 2)])(
    'of up to 256 bytes is the subject',
    (value) => {
      const subject = `header.k:${value}`;
      expect(keyFor(value)).toEqual({ key: subject, subject });
    },
  );

  test.each(['a'.repeat(room + 1), 'ü'.repeat(room)])('beyond that is its SHA-256', (value) => {
    const subject = `header.k:${value}`;
    const key = createHash('sha256').update(subject).digest('hex');
    expect(keyFor(value)).toEqual({ key, subject });
  });
});

test('two requests have one key only if the same is there with the same values', () => {
  const names = ['a', 'b', 'a.b'];
  const source = fc.constantFrom(...names.map((name) => `header:${name}`));
  const alternatives = fc.array(
    fc.oneof(source, fc.array(source, { minLength: 1, maxLength: 3 })),
    {
      minLength: 1,
      maxLength: 3,
    },
  );
  const piece = fc.constantFrom(
    ...['a', '1', '2', ':', ',', '.', 'header.a:', ',header.b:', '1:header.a:', ',1:header.b:'],
  );
  const value = fc
    .array(piece, { minLength: 1, maxLength: 4 })
    .map((pieces) => pieces.join('').replaceAll('2:', 'x'.repeat(250)));
  const values = fc.record(Object.fromEntries(names.map((name) => [name, fc.option(value)])));
  fc.assert(
    fc.property(alternatives, values, values, (key, one, other) => {
      const rule = ruleOf(key);
      const keys = [one, other].map((all) => forwardKey(rule, requestOf({ fields: flat(all) })));
      const meant = [one, other].map((all) => JSON.stringify(meaning(key, all)));
      expect(keys[0]?.key === keys[1]?.key).toBe(meant[0] === meant[1]);
      expect(keys[0]?.subject === keys[1]?.subject).toBe(meant[0] === meant[1]);
    }),
    { numRuns: 20_000 },
  );
});

type Values = Readonly<Record<string, string | null>>;

function flat(values: Values): string[] {
  return Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [name, value]));
}

/** Of the first alternative that is there: its sources in order, and their values. */
function meaning(key: readonly (string | readonly string[])[], values: Values) {
  const all = key.map((one) => [one].flat().map((name) => [name, values[name.slice(7)] ?? null]));
  return all.find((parts) => parts.every(([, value]) => value !== null)) ?? null;
}
