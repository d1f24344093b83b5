/** The port of operators: who is answered there, what they are told, and what it must not do. */
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, get, type Headers, LIMIT_PATH, members, request } from '../support/ask.ts';
import { freePort } from '../support/free-port.ts';
import { expectProblem } from '../support/problem.ts';
import { type Answer, RawClient } from '../support/raw-http.ts';
import { RIGHT, TOKEN } from '../support/reset.ts';
import { scrape } from '../support/scrape.ts';
import { type Service, startService } from '../support/service.ts';

const POLICIES = fileURLToPath(new URL('./policies.yaml', import.meta.url));
const PATHS = [
  '/v1/policies',
  '/v1/keys',
  '/v1/keys/a',
  '/v1/top',
  '/v1/threads',
  '/v1/instances',
  '/v1/events',
];

let service: Service;
let port: number;
beforeAll(async () => {
  port = await freePort();
  const flags = ['--threads', '2', '--policies', POLICIES, '--admin-port', String(port)];
  service = await startService({ flags, env: { ADMIN_TOKEN: TOKEN } });
});
afterAll(async () => {
  // With a connection that is open: it holds nothing up.
  const client = await RawClient.connect(port);
  const began = performance.now();
  expect(await service.stop('SIGINT')).toBe(0);
  expect(performance.now() - began).toBeLessThan(5_000);
  client.destroy();
  expect(service.output()).not.toContain(TOKEN);
});

function admin(path: string, headers: Headers = RIGHT, method = 'GET'): Promise<Answer> {
  return get({ port }, path, { headers, method });
}

async function told(path: string): Promise<Record<string, unknown>> {
  const answer = await admin(path);
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json']);
  expect(answer.headers['cache-control']).toBe('no-store');
  return members(answer);
}

describe('who is answered', () => {
  test.each([...PATHS, '/openapi.json', '/page', '/v1/nothing', LIMIT_PATH])(
    'nobody without the token: %s',
    async (path) => {
      const wrong = { Authorization: `Bearer ${TOKEN}x` };
      expectProblem(await admin(path, {}), 401, 'ADMIN_TOKEN', 'has none');
      expectProblem(await admin(path, {}, 'POST'), 401, 'ADMIN_TOKEN');
      expectProblem(await admin(path, {}, 'OPTIONS'), 401, 'ADMIN_TOKEN');
      expectProblem(await admin(`${path}?access_token=${encodeURIComponent(TOKEN)}`, {}), 401);
      expect((await admin(path, wrong)).status).toBe(401);
    },
  );

  test('wrong tokens are counted, by where they were shown', async () => {
    const name = 'argus_auth_failures_total{protocol="admin"}';
    const before = (await scrape(service)).get(name) ?? 0;
    expect((await admin('/v1/top', { Authorization: 'Bearer wrong' })).status).toBe(401);
    const after = await scrape(service);
    expect(after.get(name)).toBe(before + 1);
    expect(after.get('argus_auth_failures_total{protocol="http"}')).toBe(0);
  });

  test.each([
    [{ Origin: 'https://evil.test' }],
    [{ Origin: 'null' }],
    [{ 'Sec-Fetch-Site': 'cross-site' }],
  ])('no page of another site, not even with the token: %j', async (headers) => {
    for (const path of PATHS) {
      const answer = await admin(path, { ...RIGHT, ...headers });
      expectProblem(answer, 403, Object.keys(headers)[0] ?? '');
      expect(answer.body).not.toContain('ALLOW_ORIGINS');
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    }
  });

  test('the ports of decisions answer no operator, nor this port a question', async () => {
    for (const path of PATHS) expectProblem(await get(service, path, { headers: RIGHT }), 404);
    const question = { key: 'asked here', capacity: 1, interval: 1 };
    const here = { port };
    expectProblem(await ask(here, question, RIGHT), 404, LIMIT_PATH);
    expect(JSON.stringify(await told('/v1/top?by=allowed&n=1000'))).not.toContain('asked here');
  });
});

describe('what is wrong with a request is said', () => {
  //  the path, the field at fault, words about it
  test.each([
    ['/v1/top?by=all', 'by', 'allowed or denied'],
    ['/v1/top?n=0', 'n', 'from 1 to 1000'],
    ['/v1/top?n=1001', 'n', 'from 1 to 1000'],
    ['/v1/top?n=1e3', 'n', '1e3'],
    ['/v1/top?N=1', 'N', 'by, n'],
    ['/v1/threads?n=1', 'n', 'none here'],
    ['/v1/instances?%ff', '%ff', 'UTF-8'],
  ])('%s', async (path, field, words) => {
    const answer = await admin(path);
    expectProblem(answer, 400, words);
    expect(members(answer)['field']).toBe(field);
  });

  test('another path, another method', async () => {
    expectProblem(await admin('/v1/'), 404, '/v1/');
    for (const path of PATHS) {
      const answer = await admin(path, RIGHT, 'DELETE');
      expectProblem(answer, 405, 'GET');
      expect(answer.headers['allow']).toContain('GET');
      expectProblem(await admin(`${path}/`), 404);
    }
  });

  test('and a body or fields that are too long are refused', async () => {
    expectProblem(await admin('/v1/top', { ...RIGHT, 'Content-Length': '20000' }, 'POST'), 413);
    expectProblem(await admin('/v1/top', { ...RIGHT, 'X-Long': 'x'.repeat(20_000) }), 431);
  });
});

test('more connections than there are operators are closed, and those that are open stay', async () => {
  const open = await Promise.all(Array.from({ length: 64 }, () => RawClient.connect(port)));
  const more = await RawClient.connect(port);
  await more.closed();
  const [first] = open;
  const answer = await first?.send(request('GET', '/v1/instances', RIGHT)).answer();
  expect(answer?.status).toBe(200);
  for (const client of [...open, more]) client.destroy();
  // Until it has seen that they are gone, it closes those that come.
  const isAnswered = () =>
    admin('/v1/instances').then(
      () => true,
      () => false,
    );
  while (!(await isAnswered())) await new Promise((resolve) => setTimeout(resolve, 10));
});

test('who asks on and on and reads nothing is not answered beyond what sockets hold', async () => {
  const other = await freePort();
  const flags = ['--threads', '1', '--admin-port', String(other)];
  const full = await startService({ flags, env: { ADMIN_TOKEN: TOKEN } });
  const questions = Array.from({ length: 1_000 }, (_, i) => ({
    key: `${i}:`.padEnd(60, 'x'),
    capacity: 1,
    interval: 1,
  }));
  const body = JSON.stringify(questions);
  expect((await fetch(`${full.url}/api/v1/limits`, { method: 'POST', body })).status).toBe(200);
  const silent = connect({ port: other, host: '127.0.0.1' });
  silent.on('error', () => undefined).pause();
  // Each is answered with more than 100 KB.
  const asked = 2_000;
  silent.write(request('GET', '/v1/top?by=allowed&n=1000', RIGHT).repeat(asked));
  const answered = async () =>
    (await scrape(full)).get('argus_admin_requests_total{status="2xx"}') ?? 0;
  let [before, now] = [-1, 0];
  while (before < now || now === 0) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    [before, now] = [now, await answered()];
  }
  expect(now).toBeLessThan(asked / 10);
  const still = await get({ port: other }, '/v1/instances', { headers: RIGHT });
  expect(still.status).toBe(200);
  silent.destroy();
  expect(await full.stop()).toBe(0);
});

describe('what is told', () => {
  test('the keys that were allowed and denied most, over all threads and protocols', async () => {
    const often = { key: 'often', capacity: 3, interval: 1, unit: 'd' };
    for (let i = 0; i < 8; i++) await ask(service, often);
    for (let i = 0; i < 4; i++) await ask(service, { policy: 'a', key: 'of a policy' });
    await ask(service, { ...often, cost: 0 });
    const denied = await told('/v1/top');
    expect(denied).toMatchObject({ by: 'denied', halfLifeSeconds: 60 });
    expect(denied['keys']).toEqual([{ namespace: 'plain', key: 'often', ...counted(5) }]);
    const allowed = await told('/v1/top?by=allowed&n=2');
    expect(allowed['keys']).toEqual([
      { namespace: 'policy', policy: 'a', limit: 'requests', key: 'of a policy', ...counted(4) },
      { namespace: 'plain', key: 'often', ...counted(3) },
    ]);
    expect(await told('/v1/top?by=allowed&n=1')).toMatchObject({ keys: [{}] });
  });

  /** Each is a little less by now. */
  function counted(count: number) {
    const about: unknown = expect.closeTo(count, 0);
    const id: unknown = expect.stringMatching(/^[\w-]+$/);
    return { id, count: about, error: 0, perSecond: expect.any(Number) as unknown };
  }

  test('what each thread has done', async () => {
    const { threads } = (await told('/v1/threads')) as { threads: Record<string, unknown>[] };
    const decider = {
      kind: 'decider',
      decisions: { http: {}, resp: { allowed: 0, denied: 0 }, grpc: {} },
      lockWaits: expect.any(Number) as unknown,
      connections: {},
    };
    expect(threads).toMatchObject([
      { name: 'decider 0', ...decider },
      { name: 'decider 1', ...decider },
      { kind: 'rebalancer', searchDepth: expect.any(Number) as unknown },
      { kind: 'policies', rules: 1 },
      { kind: 'keys', lockSeconds: expect.anything() as unknown },
      { kind: 'admin', requests: { '5xx': 0 } },
    ]);
    for (const { kind, turns, garbage, heapUsedBytes, cpuSeconds } of threads) {
      expect(heapUsedBytes).toBeGreaterThan(1_000_000);
      expect(cpuSeconds).toBeGreaterThan(0);
      // The rebalancer has no event loop.
      const ofLoop = kind === 'rebalancer' ? undefined : (expect.any(Object) as unknown);
      expect([turns, garbage]).toEqual([ofLoop, ofLoop]);
    }
    const samples = await scrape(service);
    const http = threads.flatMap(({ decisions }) =>
      decisions === undefined ? [] : [(decisions as { http: Record<string, number> }).http],
    );
    for (const outcome of ['allowed', 'denied']) {
      const sum = http.reduce((all, one) => all + (one[outcome] ?? 0), 0);
      const name = `argus_decisions_total{transport="http",outcome="${outcome}"}`;
      expect(sum).toBe(samples.get(name));
      expect(sum).toBeGreaterThan(0);
    }
    expect(samples.get('argus_admin_requests_total{status="2xx"}')).toBeGreaterThan(0);
    expect(samples.get('argus_admin_requests_total{status="4xx"}')).toBeGreaterThan(0);
    expect(samples.get('argus_admin_requests_total{status="5xx"}')).toBe(0);
    // What operators do wrong is nothing that clients did.
    expect(samples.get('argus_bad_requests_total{reason="unauthorized"}')).toBe(0);
  });

  test('that limits are not shared', async () => {
    expect(await told('/v1/instances')).toEqual({ isShared: false });
  });
});
