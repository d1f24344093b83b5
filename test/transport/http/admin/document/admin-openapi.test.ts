/** The OpenAPI document of the admin port has the routes that there are, and is one. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type AdminRouteParts,
  createAdminRoutes,
} from '../../../../../src/transport/http/admin/admin-routes.ts';
import type { Replies } from '../../../../../src/transport/http/core/replies.ts';
import { openApi } from '../../../../../src/transport/http/document/openapi.ts';
import { get } from '../../../../support/ask.ts';
import { expectProblem } from '../../../../support/problem.ts';
import { RIGHT } from '../../../../support/reset.ts';
import {
  bodyExamples,
  faultsOf,
  faultsOfAnswer,
  readDocument,
  schemaOf,
} from '../../openapi-document.ts';
import { AdminHarness } from '../admin-harness.ts';
import { AdminPort } from './admin-port.ts';
import { DescribedPort } from './described-port.ts';

let port: AdminPort;
beforeAll(async () => {
  port = await AdminPort.start();
});
afterAll(() => port.stop());

const PATHS = { key: 'alice', id: 'AAAABWFsaWNl' };

/** Each operation of the document, as its method and path. */
function operations(): readonly (readonly [string, string])[] {
  return Object.entries(port.document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => [method.toUpperCase(), path] as const),
  );
}

test('the routes are those in the document, and no others', () => {
  const { paths } = createAdminRoutes({} as AdminRouteParts, {} as Replies);
  const routes = [...paths.values()].flat().map(({ method, path }) => `${method} ${path}`);
  const described = operations().map((operation) => operation.join(' '));
  expect(described.toSorted()).toEqual(routes.toSorted());
  expect(new Set(described).size).toBe(routes.length);
});

test('each is answered by the methods in the document, HEAD with GET and OPTIONS with all', async () => {
  for (const [method, path] of operations()) {
    const target = path.replace(/\{(\w+)\}/, (_, name: keyof typeof PATHS) => PATHS[name]);
    const { headers } = await get(port, target, { method: 'OPTIONS', headers: RIGHT });
    const all = method === 'GET' ? 'GET, HEAD, OPTIONS' : `${method}, OPTIONS`;
    expect([path, headers['allow']]).toEqual([path, all]);
    const other = await get(port, target, { method: 'DELETE', headers: RIGHT });
    const { MethodNotAllowed = {} } = port.document.components.responses;
    expect(faultsOfAnswer(other, MethodNotAllowed)).toEqual([]);
  }
});

test('a profile that is not taken is told as the document says', async () => {
  const path = '/debug/pprof/heap';
  for (const [profiles, status] of [
    ['unable', 501],
    [undefined, 503],
  ] as const) {
    const harness = await AdminHarness.start(profiles === undefined ? {} : { profiles });
    const other = await DescribedPort.of(harness.port);
    await harness.profiles.end();
    const answer = await other.get(path);
    expect([answer.status, other.faultsOf(answer, 'GET', path)]).toEqual([status, []]);
    other.hangUp();
    await harness.stop();
  }
});

describe('the document', () => {
  test('is of OpenAPI 3.1, and gives each operation a name of its own', async () => {
    const { body, headers } = await port.get('/openapi.json');
    expect(headers['content-type']).toBe('application/json');
    expect(JSON.parse(body)).toMatchObject({ openapi: '3.1.0', info: { version: '0.0.0' } });
    await expect(readDocument(body.replace('"responses"', '"answers"'))).rejects.toThrow();
    const names = Object.values(port.document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(new Set(names).size).toBe(operations().length);
  });

  test('is for whoever has the token, as all that it describes', async () => {
    expectProblem(await port.get('/openapi.json', {}), 401, 'ADMIN_TOKEN');
    const { body } = await port.get('/openapi.json');
    expect(JSON.parse(body)).toMatchObject({
      security: [{ token: [] }],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    });
    for (const methods of Object.values(port.document.paths)) {
      for (const operation of Object.values(methods)) {
        expect(operation).not.toHaveProperty('security');
        expect(Object.keys(operation.responses)).toEqual(
          expect.arrayContaining(['200', '400', '401', '403', '408', '413', '417', '429', '431']),
        );
      }
    }
  });

  test('has examples that fit their schemas', () => {
    const examples = [...bodyExamples(port.document)];
    expect(examples.length).toBeGreaterThan(40);
    for (const [where, schema, value] of examples) {
      expect([where, faultsOf(schema, value)]).toEqual([where, '']);
    }
  });

  test('takes a question as the port of decisions does', async () => {
    const parts = { version: '', hasToken: true, needsToken: false };
    const decisions = await readDocument(JSON.stringify(openApi(parts)));
    const tried = port.document.paths['/v1/try']?.['post']?.requestBody?.content;
    expect(tried?.['application/json']?.schema).toEqual(schemaOf(decisions, 'Asked'));
  });
});
