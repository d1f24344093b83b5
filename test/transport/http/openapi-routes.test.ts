/** The OpenAPI document has the routes that there are, and the methods that they take. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ENVOY_JSON_PATH } from '../../../src/contract/paths.ts';
import { FORWARD_TEMPLATE } from '../../../src/transport/http/document/openapi-forward.ts';
import { createRoutes, type RouteParts } from '../../../src/transport/http/routes.ts';
import { get, LIMIT_PATH } from '../../support/ask.ts';
import { type Service, startService } from '../../support/service.ts';
import { LIMITS_PATH } from './batch.ts';
import { type Document, readDocument } from './openapi-document.ts';

let service: Service;
let document: Document;
beforeAll(async () => {
  service = await startService({ flags: ['--threads', '1'], env: { ADMIN_TOKEN: 'a-token' } });
  document = await readDocument((await get(service, '/openapi.json')).body);
});
afterAll(async () => {
  await service.stop();
});

test('the routes are those in the document, and no others', () => {
  const parts = { limitRoute: { path: LIMIT_PATH }, batchRoute: { path: LIMITS_PATH } };
  const others = { resetRoute: { path: LIMIT_PATH }, envoyRoute: { path: ENVOY_JSON_PATH } };
  const { paths } = createRoutes({ ...parts, ...others } as RouteParts);
  const all = [...paths.keys(), FORWARD_TEMPLATE];
  expect(all.toSorted()).toEqual(Object.keys(document.paths).toSorted());
});

test('they take the methods in the document; HEAD goes with GET, and OPTIONS with all', async () => {
  for (const [path, operations] of Object.entries(document.paths)) {
    if (path === FORWARD_TEMPLATE) continue;
    const methods = Object.keys(operations).map((method) => method.toUpperCase());
    const all = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'];
    const { headers } = await get(service, path, { method: 'OPTIONS' });
    expect([path, headers['allow']?.split(', ').toSorted()]).toEqual([path, all.toSorted()]);
    for (const method of methods) {
      const { status } = await get(service, path, { method });
      expect([method, path, [404, 405].includes(status)]).toEqual([method, path, false]);
    }
  }
});
