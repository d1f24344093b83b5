/** The OpenAPI document of a service with tokens: who must show one where, and what it is told. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FREE_FAILURES } from '../../../src/transport/access/token-guard.ts';
import { bearer, termsOf, tokenOf } from '../../access/terms.ts';
import { exchange, get, type Headers, LIMIT_PATH, request } from '../../support/ask.ts';
import { type Service, startService } from '../../support/service.ts';
import { TokensFile } from '../../support/tokens-file.ts';
import { LIMITS_PATH } from './batch.ts';
import { type Document, faultsOfAnswer, readDocument, responseTo } from './openapi-document.ts';

const FORWARD = '/api/v1/forward/{policy}';

const file = new TokensFile([termsOf('a', { rights: ['ask', 'reset'], keys: ['a:'] })]);
let service: Service;
let document: Document;
beforeAll(async () => {
  const flags = ['--threads', '1', '--auth-tokens-file', file.path];
  service = await startService({ flags, env: { ADMIN_TOKEN: 'secret' } });
  document = await readDocument((await get(service, '/openapi.json')).body);
});
afterAll(async () => {
  await service.stop();
  file.remove();
});

const A = { Authorization: bearer('a') };
const GONE = { Authorization: bearer('gone') };
const question = (key: string) => ({ key, capacity: 1, interval: 1, unit: 'd' });
const shop = { domain: 'shop', descriptors: [{ entries: [{ key: 'k', value: 'v' }] }] };

//  what is shown, the method, the path, the body, the status
const ASKED: readonly (readonly [Headers, string, string, unknown, number])[] = [
  [{}, 'POST', LIMIT_PATH, question('a:'), 401],
  [{}, 'POST', LIMITS_PATH, [question('a:')], 401],
  [{}, 'POST', '/json', shop, 401],
  [{}, 'DELETE', LIMIT_PATH, '', 401],
  [{}, 'GET', FORWARD, '', 401],
  [A, 'POST', LIMIT_PATH, question('a:1'), 200],
  [A, 'POST', LIMIT_PATH, question('a:1'), 429],
  [A, 'POST', LIMIT_PATH, question('b:'), 403],
  [A, 'POST', LIMITS_PATH, { all: [question('b:')] }, 403],
  [A, 'POST', '/json', shop, 403],
  [{ 'Argus-Token': tokenOf('a') }, 'GET', FORWARD, '', 403],
];

describe('what the service answers is in the document:', () => {
  test.each(ASKED)('%j, %s %s, %j: %i', async (headers, method, path, body, status) => {
    const text = body === '' ? '' : JSON.stringify(body);
    const target = path.replace('{policy}', 'site');
    const length = { 'Content-Length': String(text.length) };
    const bytes = request(method, target, { ...length, ...headers }) + text;
    const answer = await exchange(service, bytes);
    expect(answer.status).toBe(status);
    expect(faultsOfAnswer(answer, responseTo(document, method, path, status))).toEqual([]);
  });

  test('who guesses is told to come again', async () => {
    const ask = () => {
      const text = JSON.stringify(question('a:'));
      const length = { 'Content-Length': String(text.length) };
      return exchange(service, request('POST', LIMIT_PATH, { ...length, ...GONE }) + text);
    };
    for (let i = 0; i < FREE_FAILURES; i++) expect((await ask()).status).toBe(401);
    const other = (i: number) =>
      get(service, `${LIMIT_PATH}?key=k`, {
        method: 'DELETE',
        headers: { Authorization: bearer(`guess${i}`) },
      });
    const answers = await Promise.all(Array.from({ length: 3 }, (_, i) => other(i)));
    expect(answers.map(({ status }) => status)).toContain(429);
    for (const answer of answers) {
      const described = responseTo(document, 'DELETE', LIMIT_PATH, answer.status);
      expect(faultsOfAnswer(answer, described)).toEqual([]);
    }
    expect(responseTo(document, 'POST', LIMIT_PATH, 429).content).toHaveProperty([
      'application/problem+json',
    ]);
  });
});

test('where who is asked needs a token, and how it is shown, stands there', async () => {
  const { paths, components } = JSON.parse((await get(service, '/openapi.json')).body) as {
    paths: Record<string, Record<string, { security?: unknown }>>;
    components: { securitySchemes: object };
  };
  const securityOf = (path: string, method: string) => paths[path]?.[method]?.security;
  for (const path of [LIMIT_PATH, LIMITS_PATH, '/json']) {
    expect([path, securityOf(path, 'post')]).toEqual([path, [{ token: [] }]]);
  }
  expect(securityOf(LIMIT_PATH, 'delete')).toEqual([{ token: [] }]);
  expect(securityOf(FORWARD, 'get')).toEqual([{ proxyToken: [] }]);
  for (const path of ['/livez', '/readyz', '/metrics']) {
    expect(securityOf(path, 'get')).toBe(undefined);
  }
  expect(components.securitySchemes).toMatchObject({
    token: { type: 'http', scheme: 'bearer' },
    proxyToken: { type: 'apiKey', in: 'header', name: 'Argus-Token' },
  });
});
