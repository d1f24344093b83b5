/** What the OpenAPI document of the admin port refuses is refused, and nothing else. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MOST_BODY_BYTES, MOST_KEY_BYTES } from '../../../../../src/contract/bounds.ts';
import { MOST_POST_BYTES } from '../../../../../src/transport/http/admin/post-route.ts';
import type { Headers } from '../../../../support/ask.ts';
import { faultsOf, type Parameter } from '../../openapi-document.ts';
import { AdminPort } from './admin-port.ts';

let port: AdminPort;
beforeAll(async () => {
  port = await AdminPort.start();
});
afterAll(() => port.stop());

type Words = Readonly<Record<string, string>>;

const KEYS = '/v1/keys';
const KEY = '/v1/keys/{key}';

/** What schemas do not say, and descriptions do. */
type Unsaid = Readonly<Record<string, (words: Words) => boolean>>;

const UNSAID_OF_KEYS: Unsaid = {
  'a cursor that no page has told': ({ cursor }) => cursor !== undefined,
  'a policy in another namespace': ({ policy, namespace = 'policy' }) =>
    policy !== undefined && namespace !== 'policy',
};
const UNSAID_OF_A_KEY: Unsaid = {
  'a key over 256 bytes in at most 256 characters': ({ key = '' }) =>
    Buffer.byteLength(key) > MOST_KEY_BYTES,
  'no policy where there has to be one': ({ policy, namespace = 'plain' }) =>
    namespace === 'policy' && policy === undefined,
  'a policy or a limit where there is none': ({ policy, limit, namespace }) =>
    (namespace ?? (policy === undefined ? 'plain' : 'policy')) !== 'policy' &&
    (policy !== undefined || limit !== undefined),
};

function unsaidOf(route: string): Unsaid {
  if (route === KEYS) return UNSAID_OF_KEYS;
  return route.startsWith(KEY) ? UNSAID_OF_A_KEY : {};
}

function parametersOf(method: string, route: string): readonly Parameter[] {
  const { parameters = [] } = port.document.paths[route]?.[method.toLowerCase()] ?? {};
  return parameters.filter((one) => one.in !== 'header');
}

/** Whether all parameters are those of the document, as it has them. */
function fits(parameters: readonly Parameter[], words: Words): boolean {
  const known = new Set(parameters.map(({ name }) => name));
  return (
    Object.keys(words).every((name) => known.has(name)) &&
    parameters.every(({ name, required = false, schema }) => {
      const text = words[name];
      if (text === undefined) return !required;
      const isNumber = schema['type'] === 'integer' && /^\d+$/.test(text);
      return faultsOf(schema, isNumber ? Number(text) : text) === '';
    })
  );
}

function targetOf(route: string, words: Words): string {
  const { key = '', id = '', ...others } = words;
  const path = route
    .replace('{key}', encodeURIComponent(key))
    .replace('{id}', encodeURIComponent(id));
  const query = new URLSearchParams(others).toString();
  return query === '' ? path : `${path}?${query}`;
}

/** Words, numbers, and what is none of what is wanted. */
const POOL = [
  ...['0', '1', '7', '1000', '1001', '999999999', '9999999999', '-1', '1.5', '1e3', ' 1', ''],
  ...['denied', 'allowed', 'plain', 'policy', 'envoy', 'Denied', 'PLAIN', 'null', '\0', '..', '%'],
  ...['alice', 'api', 'minute', 'a b+c', 'é'],
  ...[64, 65, 256, 257].map((length) => '🦚'.repeat(length)),
  ...['x'.repeat(64), 'x'.repeat(65), 'x'.repeat(256), 'x'.repeat(257)],
  ...['Ni2MLofsAYWt2W9e.1.AAAABWFsaWNl', 'Ni2MLofsAYWt2W9e.1', 'AAAABWFsaWNl', 'AAAABWFsaWNlAA'],
];
const anything = fc.oneof(fc.constantFrom(...POOL), fc.string({ unit: 'grapheme', maxLength: 8 }));

/** Mostly what the parameter may be. */
function textsOf(parameter: Parameter): fc.Arbitrary<string> {
  const good = POOL.filter((text) => fits([parameter], { [parameter.name]: text }));
  return fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...good) },
    { weight: 1, arbitrary: anything },
  );
}

/** Of the parameters that may be left out every other one is; now and then there is one more. */
function requestsOf(parameters: readonly Parameter[]): fc.Arbitrary<Words> {
  const known = parameters.map((one) => {
    const pair = fc.tuple(fc.constant(one.name), textsOf(one));
    return one.required === true ? pair : fc.option(pair, { freq: 2 });
  });
  const more = fc.tuple(fc.constantFrom('N', 'Limit', 'x', '__proto__'), anything);
  const rarely = fc.oneof(
    { weight: 9, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: more },
  );
  const all = fc.tuple(...known, rarely);
  return all.map((pairs) => Object.fromEntries(pairs.filter((pair) => pair !== null)));
}

const PROFILE = '/debug/pprof/profile';
const ROUTES = [
  '/v1/top',
  KEYS,
  '/v1/policies',
  '/v1/threads',
  '/v1/instances',
  PROFILE,
  KEY,
] as const;

/** Of ids nothing is wrong but that there are none. */
function refusedAs({ id = '', ...others }: Words): readonly number[] {
  return id !== '' && Object.keys(others).length === 0 ? [404] : [400];
}

/** Expects what the document says of these parameters. Returns what is wrong with them. */
async function expectAsDescribed(route: string, asked: Words): Promise<readonly string[]> {
  const isGood = fits(parametersOf('GET', route), asked);
  const unsaid = unsaidOf(route);
  const doubts = isGood ? Object.keys(unsaid).filter((name) => unsaid[name]?.(asked)) : ['bad'];
  const answer = await port.get(targetOf(route, asked));
  // What is of no policy is not there.
  const wanted = doubts.length === 0 ? [200, 404] : refusedAs(asked);
  expect([asked, answer.status, wanted.includes(answer.status)]).toEqual([
    asked,
    answer.status,
    true,
  ]);
  expect(port.faultsOf(answer, 'GET', route)).toEqual([]);
  return doubts.length === 0 ? ['good'] : doubts;
}

describe('parameters are taken as the document says', () => {
  test.each([...ROUTES, '/v1/buckets/{id}'])('GET %s', async (route) => {
    const parameters = parametersOf('GET', route);
    const seen = new Set<string>();
    const isAgreed = async (asked: Words) => {
      for (const what of await expectAsDescribed(route, asked)) seen.add(what);
    };
    const requests = requestsOf(parameters).filter(({ key, id }) => key !== '' && id !== '');
    await fc.assert(fc.asyncProperty(requests, isAgreed), { numRuns: 500 });
    expect([...seen].toSorted()).toEqual(
      ['good', 'bad', ...Object.keys(unsaidOf(route))].toSorted(),
    );
  });

  test('each by itself, at its bounds and beyond', async () => {
    for (const route of [...ROUTES, '/v1/buckets/{id}']) {
      const bare: Words = route === KEY ? { key: 'alice' } : {};
      for (const { name } of parametersOf('GET', route)) {
        for (const text of POOL.filter((one) => one !== '' || !route.includes(`{${name}}`))) {
          await expectAsDescribed(route, { ...bare, [name]: text });
        }
      }
    }
  });

  test('each at most once', async () => {
    for (const route of ROUTES) {
      for (const { name, in: place } of parametersOf('GET', route)) {
        if (place === 'path') continue;
        const target = `${targetOf(route, { key: 'a' })}?${name}=1&${name}=1`;
        expect([target, (await port.get(target)).status]).toEqual([target, 400]);
      }
    }
  });

  test('a bucket is named by something', async () => {
    for (const path of ['/v1/keys/', '/v1/buckets/', '/v1/keys/a/', '/v1/keys/a/b']) {
      const answer = await port.get(path);
      expect([path, answer.status]).toEqual([path, 404]);
    }
  });
});

/** Texts of JSON, many of them nearly what is wanted. */
const bodies = fc.oneof(
  fc
    .array(
      fc.tuple(
        fc.constantFrom('tokens', 'used', 'tokens', 'used', 'Tokens', '__proto__', ''),
        fc.constantFrom(
          ...['0', '1', '2', '-0', '-1', '1.0', '1.5', '2e0', '1e300', '9007199254740991'],
          ...['9007199254740992', '"1"', 'null', 'true', '[]', '{}'],
        ),
      ),
      { maxLength: 2 },
    )
    .map((members) => `{${members.map(([name, value]) => `"${name}":${value}`).join(',')}}`),
  fc.json(),
);

const BOUNDS = ['-1', '0', '1', '9007199254740991', '9007199254740992'].flatMap((value) => [
  `{"tokens":${value}}`,
  `{"used":${value}}`,
]);

describe('bodies are taken as the document says', () => {
  test.each(['reset', 'refund', 'used'])('of %s', async (act) => {
    const route = `${KEY}/${act}`;
    const content = port.document.paths[route]?.['post']?.requestBody?.content;
    const schema = content?.['application/json']?.schema ?? {};
    const seen = new Set<boolean>();
    const isAgreed = async (body: string) => {
      const isGood = faultsOf(schema, JSON.parse(body)) === '';
      const answer = await port.post(`/v1/keys/nobody/${act}`, body);
      // Nobody has no bucket: nothing of it can be in use.
      const good = act === 'used' ? 404 : 200;
      expect([body, answer.status]).toEqual([body, isGood ? good : 400]);
      expect(port.faultsOf(answer, 'POST', route)).toEqual([]);
      seen.add(isGood);
    };
    const examples = BOUNDS.map((body): [string] => [body]);
    await fc.assert(fc.asyncProperty(bodies, isAgreed), { numRuns: 500, examples });
    expect(seen.size).toBe(2);
  });

  //  what is wrong with it, the fields of the request, the body, the status
  test.each<[string, Headers, string | Uint8Array, number]>([
    ['nothing', {}, '{}', 200],
    ['nothing, with a charset', { 'Content-Type': 'application/json; charset=utf-8' }, '{}', 200],
    ['no type', { 'Content-Type': 'text/plain' }, '{}', 415],
    ['packed', { 'Content-Encoding': 'gzip' }, '{}', 415],
    ['as long as it may be', {}, '{}'.padEnd(MOST_POST_BYTES), 200],
    ['too long', {}, '{}'.padEnd(MOST_POST_BYTES + 1), 413],
    ['longer than any', {}, '{}'.padEnd(MOST_BODY_BYTES + 1), 413],
    ['no UTF-8', {}, Buffer.from('7b22ff223a317d', 'hex'), 400],
    ['another site', { Origin: 'https://elsewhere.example' }, '{}', 403],
    ['no token', { Authorization: 'Basic x' }, '{}', 401],
    ['another token', { Authorization: 'Bearer x' }, '{}', 401],
    ['expecting', { Expect: 'x' }, '{}', 417],
    ['long fields', { 'X-Long': 'x'.repeat(20_000) }, '{}', 431],
  ])('with %s', async (_, headers, body, status) => {
    const answer = await port.post('/v1/keys/nobody/reset', body, headers);
    expect(answer.status).toBe(status);
    expect(port.faultsOf(answer, 'POST', `${KEY}/reset`)).toEqual([]);
  });
});
