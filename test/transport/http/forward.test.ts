/** Forward-auth: what a proxy is answered, and that its client chooses none of it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { localLimiter } from '../../limiter/limiters.ts';
import { ask, exchange, get, type Headers, members, request } from '../../support/ask.ts';
import type { Answer } from '../../support/raw-http.ts';
import { FORWARD_POLICIES } from './forward-policies.ts';
import { HttpHarness } from './http-harness.ts';

const ADDRESS = '192.0.2.1';

let http: HttpHarness;

beforeEach(async () => {
  http = await HttpHarness.start(localLimiter(), {}, FORWARD_POLICIES);
});
afterEach(() => http.close());

/** Asks for a client at this address. */
async function forward(
  behind: string,
  { method = 'GET', address = ADDRESS, headers = {} as Headers } = {},
): Promise<Answer> {
  const from: Headers = address === '' ? {} : { 'X-Forwarded-For': address };
  return get(http, `/api/v1/forward/${behind}`, { method, headers: { ...from, ...headers } });
}

async function statuses(behinds: readonly string[], options = {}): Promise<readonly number[]> {
  const all: number[] = [];
  for (const behind of behinds) all.push((await forward(behind, options)).status);
  return all;
}

test('a request is allowed, with what is left under each limit and no body', async () => {
  const { status, body, headers } = await forward('site');
  expect([status, body, headers['content-length']]).toEqual([200, '', '0']);
  expect(headers['ratelimit-policy']).toBe('"requests";q=2;w=86400, "daily";q=100;w=86400');
  expect(headers['ratelimit']).toMatch(/^"requests";r=1;t=\d+, "daily";r=99;t=\d+$/);
  expect(headers['retry-after']).toBeUndefined();
  expect(headers['content-type']).toBeUndefined();
});

test.each([
  ['site', 429],
  ['site-403', 403],
] as const)('a denial of %s is %i, and says how long to wait', async (policy, status) => {
  await statuses([policy, policy]);
  const denied = await forward(policy);
  expect([denied.status, denied.body, denied.headers['content-length']]).toEqual([status, '', '0']);
  expect(denied.headers['ratelimit']).toMatch(/^"requests";r=0;t=\d+/);
  expect(Number(denied.headers['retry-after'])).toBeGreaterThan(3_600);
});

test.each([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'QUERY',
])('%s is answered as any other method', async (method) => {
  const allowed = await forward('site', { method });
  await forward('site', { method });
  const denied = await forward('site', { method });
  expect([allowed.status, denied.status]).toEqual([200, 429]);
  for (const { body, headers } of [allowed, denied]) {
    expect([body, headers['content-length'], headers['connection']]).toEqual([
      '',
      '0',
      'keep-alive',
    ]);
    expect(headers['ratelimit']).toBeDefined();
    expect(headers['allow']).toBeUndefined();
  }
  expect(http.counted).toMatchObject({ allowed: 2, denied: 1, answered: 3, refused: {} });
});

test('each address has a bucket of its own, and each policy', async () => {
  expect(await statuses(['site', 'site', 'site'])).toEqual([200, 200, 429]);
  expect(await statuses(['site'], { address: '192.0.2.2' })).toEqual([200]);
  expect(await statuses(['site-403'])).toEqual([200]);
});

test('one that is asked about by JSON has another', async () => {
  await statuses(['site', 'site']);
  const other = await ask(http, { policy: 'site', key: ADDRESS });
  expect(members(other)).toMatchObject({ allowed: true, remaining: 1 });
});

describe('overrides', () => {
  test('see where a key is from', async () => {
    const allowed = await forward('site', { address: '192.0.2.10' });
    const denied = await forward('site', { address: '192.0.2.11' });
    const more = await forward('site', { address: '192.0.2.12' });
    expect([allowed.status, denied.status, more.status]).toEqual([200, 429, 200]);
    for (const { headers } of [allowed, denied]) {
      const names = ['ratelimit', 'ratelimit-policy', 'retry-after'];
      expect(names.map((name) => headers[name])).toEqual([undefined, undefined, undefined]);
    }
    expect(more.headers['ratelimit-policy']).toContain('"requests";q=50;');
    expect((await forward('site-403', { address: '192.0.2.11' })).status).toBe(403);
    expect(http.counted).toMatchObject({ allowed: 2, denied: 2 });
  });

  test('no client names himself into one', async () => {
    const value = { headers: { 'X-Key': 'nobody' }, address: '' };
    expect((await forward('shared', value)).headers['ratelimit-policy']).toContain('q=1;');
  });
});

test('a dry run denies nothing, and says what is left', async () => {
  expect(await statuses(['trial', 'trial'])).toEqual([200, 200]);
  const { headers } = await forward('trial');
  expect([headers['ratelimit'], headers['retry-after']]).toEqual([
    expect.stringContaining('"requests";r=0;'),
    undefined,
  ]);
});

test('a limit may say what a request costs', async () => {
  expect(await statuses(['dear', 'dear'])).toEqual([200, 429]);
});

describe('where the key is not there', () => {
  const address = '';

  test('the answer is 400, and no decision', async () => {
    const { status, body, headers } = await forward('site', { address });
    expect([status, body, headers['content-length']]).toEqual([400, '', '0']);
    expect(http.counted).toMatchObject({ allowed: 0, denied: 0, refused: { no_key: 1 } });
  });

  test('or what the policy says: allow, deny, or a key for all of them', async () => {
    expect(await statuses(['open', 'open', 'open'], { address })).toEqual([200, 200, 200]);
    expect(await statuses(['parts'], { address })).toEqual([429]);
    expect(http.counted).toMatchObject({ allowed: 3, denied: 1, refused: {} });
    expect(await statuses(['shared', 'shared', 'shared'], { address })).toEqual([200, 200, 429]);
  });
});

describe('a policy that is not there for proxies is 403, whoever asks and however', () => {
  test.each([
    'none',
    'inside',
    '',
    '/',
    '/site',
    '?site',
    'site%20',
    'Site',
    '%73ite',
    'sit',
    '..',
    '__proto__',
  ])('%j', async (behind) => {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const { status, body, headers } = await forward(behind, { method });
      expect([status, body, headers['content-length']]).toEqual([403, '', '0']);
      expect(headers['ratelimit']).toBeUndefined();
    }
    expect(http.counted).toMatchObject({ allowed: 0, denied: 0, refused: { unknown_policy: 3 } });
  });
});

describe('what follows the policy steers nothing', () => {
  const queries = [
    ...['?', '?policy=trial', '?key=other&cost=0', '?cost=-1&overdraft=true', '?/../trial'],
    ...[
      '/',
      '/trial',
      '/../trial',
      '/../../limit',
      '/%2e%2e/trial',
      '//trial',
      '/a?b=/api',
      '#trial',
    ],
  ];

  test.each(queries)('site%s is site', async (behind) => {
    expect(await statuses([`site${behind}`, 'site', `site${behind}`])).toEqual([200, 200, 429]);
  });

  test('it is where the policy looks for path and query', async () => {
    const address = '';
    expect(await statuses(['parts/a', 'parts/a', 'parts/b'], { address })).toEqual([200, 429, 200]);
    expect(await statuses(['parts?k=a', 'parts?k=a'], { address })).toEqual([200, 429]);
    expect(await statuses(['parts/a'], { address, method: 'POST' })).toEqual([200]);
  });

  test('fields that other questions know mean nothing', async () => {
    const headers = {
      Accept: 'text/plain',
      'Content-Encoding': 'gzip',
      'X-Forwarded-Uri': '/api/v1/forward/trial?key=other',
      'X-Original-URI': '/api/v1/forward/trial',
      'X-Original-URL': '/api/v1/forward/trial',
      'X-HTTP-Method-Override': 'DELETE',
      'X-Rewrite-URL': '/livez',
      Policy: 'trial',
      Cost: '0',
    };
    expect(await statuses(['site', 'site', 'site'], { headers })).toEqual([200, 200, 429]);
  });
});

test('a whole URL is its path', async () => {
  const target = `http://127.0.0.1:${http.port}/api/v1/forward/site/a`;
  const headers = { 'X-Forwarded-For': ADDRESS };
  expect((await get(http, target, { headers })).status).toBe(200);
  expect((await get(http, `http://x?/api/v1/forward/site`, { headers })).status).toBe(404);
});

test('without its last slash it is nowhere', async () => {
  expect((await get(http, '/api/v1/forward')).status).toBe(404);
});

test('pages of other sites are not turned away: Origin is about the site behind the proxy', async () => {
  const headers = { Origin: 'https://elsewhere.example', 'Sec-Fetch-Site': 'cross-site' };
  const answer = await forward('site', { headers });
  expect(answer.status).toBe(200);
  expect(answer.headers['access-control-allow-origin']).toBeUndefined();
});

test('a client with thousands of fields does not push out what the proxy adds', async () => {
  const lines = 'a:\r\n'.repeat(3_000);
  const asked = request('GET', '/api/v1/forward/site', { 'X-Forwarded-For': ADDRESS });
  const answer = await exchange(
    http,
    asked.replace('X-Forwarded-For:', `${lines}X-Forwarded-For:`),
  );
  expect(answer.status).toBe(200);
});

test('the Authorization of a client means nothing', async () => {
  expect((await forward('site', { headers: { Authorization: 'Bearer x' } })).status).toBe(200);
});
