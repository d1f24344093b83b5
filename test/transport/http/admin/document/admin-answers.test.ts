/** What operators are told of keys is what the OpenAPI document says, whatever became of them. */
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { withoutNamespace } from '../../../../../src/lib/namespace.ts';
import { ENGINES } from '../../../../../src/table/table-memory.ts';
import { expectProblem } from '../../../../support/problem.ts';
import type { Answer } from '../../../../support/raw-http.ts';
import { BRIEF, DAILY, limitOf } from '../../../../table/tables.ts';
import { AdminPort, envoyName } from './admin-port.ts';

let port: AdminPort;
afterEach(() => port.stop());

const KEYS = ['alice', 'gold-1', 'staff', 'banned', 'x'.repeat(100), 'nul\0nul', '<b>😀'];
const LIMITS = [DAILY, BRIEF, limitOf(4, 8), limitOf(1_000_000_000, 86_400 * 366)];
const LOGIN = ['path', '/login'];
const NAMES = [
  envoyName(LOGIN),
  envoyName([...LOGIN, 'ip', '10.0.0.1']),
  envoyName(['free', 'x']),
  envoyName(LOGIN, 2),
  envoyName(LOGIN, 0, '/*'),
  envoyName(['other', 'é']),
];

type Key = (typeof KEYS)[number];
/** Something is done to the table. */
type Step = (port: AdminPort) => void | Promise<void>;

const key = fc.constantFrom(...KEYS);
const cost = fc.constantFrom(0, 1, 2, 3, 7, -1, 1_000);

function take(of: Key, limit: (typeof LIMITS)[number], taken: number): Step {
  return ({ scene }) => {
    scene.table.take(of, limit, Math.min(limit.capacity, Math.max(-1, taken)));
  };
}

function takeOfRule(name: string, taken: number): Step {
  return async ({ scene }) => {
    const rate = limitOf(3, 60);
    const asked = { key: name, kept: { rate, window: null }, overdraft: taken > 3, isDry: false };
    await scene.limiter.takeAll([{ ...asked, cost: taken }], scene.table.nowUs);
  };
}

function pass(seconds: number): Step {
  return ({ scene }) => scene.table.pass(seconds);
}

const steps = fc.array(
  fc.oneof(
    fc.tuple(key, fc.constantFrom(...LIMITS), cost).map((one) => take(...one)),
    fc.tuple(fc.constantFrom('api', 'trial'), key, cost).map(([policy, of, taken]): Step => {
      return ({ scene }) => void scene.ask(policy, of, taken);
    }),
    fc.tuple(fc.constantFrom(...NAMES), cost).map((one) => takeOfRule(...one)),
    fc.constantFrom(0.001, 1, 3.7, 90_000).map(pass),
  ),
  { maxLength: 12 },
);

/** Where a bucket is named, and the route that this is of. */
type Named = readonly [path: string, query: string];

const named: fc.Arbitrary<Named> = fc.oneof(
  key.map((of): Named => [`/v1/keys/${encodeURIComponent(of)}`, '']),
  fc
    .tuple(key, fc.constantFrom('', '&limit=minute', '&limit=daily', '&limit=gone'))
    .map(([of, limit]): Named => [`/v1/keys/${encodeURIComponent(of)}`, `?policy=api${limit}`]),
  key.map((of): Named => [`/v1/keys/${encodeURIComponent(of)}`, '?policy=gone']),
  fc.constantFrom(...NAMES).map((name): Named => {
    return [`/v1/keys/${encodeURIComponent(withoutNamespace(name))}`, '?namespace=envoy'];
  }),
  fc.constantFrom('AAAABWFsaWNl', 'nothing').map((id): Named => [`/v1/buckets/${id}`, '']),
);

const acts = fc.constantFrom<(readonly [string, object])[]>(
  ['reset', {}],
  ['refund', { tokens: 1 }],
  ['refund', { tokens: Number.MAX_SAFE_INTEGER }],
  ['used', { used: 0 }],
  ['used', { used: 3 }],
  ['used', { used: 1_000_000 }],
);

function routeOf(path: string): string {
  return path.startsWith('/v1/keys/') ? '/v1/keys/{key}' : '/v1/buckets/{id}';
}

const seen = new Set<string>();

/** Expects an answer that the document has, to the full. */
function expectDescribed(answer: Answer, method: string, route: string): void {
  seen.add(`${method} ${route} ${answer.status}`);
  expect([route, answer.status, port.faultsOf(answer, method, route)]).toEqual([
    route,
    answer.status,
    [],
  ]);
}

async function expectAllDescribed(
  path: string,
  query: string,
  [act, body]: readonly [string, object],
) {
  const route = routeOf(path);
  expectDescribed(await port.get(`${path}${query}`), 'GET', route);
  const acted = await port.post(`${path}/${act}${query}`, body);
  expectDescribed(acted, 'POST', `${route}/${act}`);
  expectDescribed(await port.get('/v1/keys?limit=5'), 'GET', '/v1/keys');
  expectDescribed(await port.get('/v1/policies?limit=2'), 'GET', '/v1/policies');
}

describe.each(ENGINES)('with %s', (engine) => {
  test('whatever was asked and done, each answer is as the document says', async () => {
    port = await AdminPort.start(engine, 12);
    const run = fc.asyncProperty(steps, named, acts, async (before, [path, query], act) => {
      for (const step of before) await step(port);
      await expectAllDescribed(path, query, act);
    });
    await fc.assert(run, { numRuns: 400 });
    expect(seen.size).toBeGreaterThan(10);
  }, 60_000);
});

test('a trial is told as the document says, allowed or denied, whatever is asked', async () => {
  port = await AdminPort.start();
  for (const asked of [
    { key: 'alice', capacity: 5, interval: 1, cost: 3 },
    { key: 'alice', capacity: 5, interval: 1, cost: 7, overdraft: true },
    ...[-1, 0, 1, 5, 100].map((taken) => ({ policy: 'api', key: 'alice', cost: taken })),
    { policy: 'api', key: 'banned' },
    { policy: 'api', key: 'staff' },
    { policy: 'trial', key: 'alice', cost: 100 },
    { policy: 'gone', key: 'alice' },
    { key: 'alice' },
    {},
  ]) {
    expectDescribed(await port.post('/v1/try', asked), 'POST', '/v1/try');
  }
  expect(seen).toContain('POST /v1/try 400');
  // A key that is none is not taken for another.
  const noText = Buffer.from('{"key":"\xff","capacity":1,"interval":1}', 'latin1');
  expectProblem(await port.post('/v1/try', noText), 400, 'UTF-8');
});

test('a schema that has one member less than an answer, or one more, finds it out', async () => {
  port = await AdminPort.start();
  port.scene.table.take('alice', DAILY);
  const answer = await port.get('/v1/keys/alice');
  expect(port.faultsOf(answer, 'GET', '/v1/keys/{key}')).toEqual([]);
  const { shared, ...less } = JSON.parse(answer.body) as Record<string, unknown>;
  for (const told of [less, { ...less, shared, more: 1 }, { ...less, shared: null }]) {
    const altered = { ...answer, body: JSON.stringify(told) };
    expect(port.faultsOf(altered, 'GET', '/v1/keys/{key}')).not.toEqual([]);
  }
});
