/** What the OpenAPI document says of forward-auth, by each method that it can name. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { FORWARD_TEMPLATE } from '../../../src/transport/http/document/openapi-forward.ts';
import { localLimiter } from '../../limiter/limiters.ts';
import { get } from '../../support/ask.ts';
import { FORWARD_POLICIES } from './forward-policies.ts';
import { HttpHarness } from './http-harness.ts';
import { type Document, faultsOfAnswer, readDocument, responseTo } from './openapi-document.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'];

let http: HttpHarness;
let document: Document;
beforeAll(async () => {
  http = await HttpHarness.start(localLimiter(), {}, FORWARD_POLICIES);
  document = await readDocument((await get(http, '/openapi.json')).body);
});
afterAll(() => http.close());

test('all of them are described', () => {
  const described = Object.keys(document.paths[FORWARD_TEMPLATE] ?? {});
  expect(described.map((method) => method.toUpperCase())).toEqual(METHODS);
});

//  status, policy, address
test.each([
  [200, 'trial', '192.0.2.1'],
  [200, 'site', '192.0.2.10'],
  [400, 'site', 'unknown'],
  [403, 'none', '192.0.2.1'],
  [403, 'site-403', '192.0.2.11'],
  [429, 'site', '192.0.2.11'],
] as const)('%d is answered as the document says', async (status, policy, address) => {
  for (const method of METHODS) {
    const headers = { 'X-Forwarded-For': address };
    const answer = await get(http, FORWARD_TEMPLATE.replace('{policy}', policy), {
      method,
      headers,
    });
    expect([method, answer.status]).toEqual([method, status]);
    const described = responseTo(document, method, FORWARD_TEMPLATE, status);
    expect(faultsOfAnswer(answer, described)).toEqual([]);
  }
});

test('so is a denial for a while', async () => {
  const headers = { 'X-Forwarded-For': '192.0.2.1' };
  await get(http, '/api/v1/forward/site-403', { headers });
  const denied = await get(http, '/api/v1/forward/site-403', { headers });
  expect(denied.headers['retry-after']).toBeDefined();
  const described = responseTo(document, 'GET', FORWARD_TEMPLATE, 403);
  expect(faultsOfAnswer(denied, described)).toEqual([]);
});
