/** Around what answers a Request with a Response: what it hands on, and what it leaves alone. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rateLimitFetch } from '../../src/client/client.ts';

const OWN = { allowed: true, limit: 10, remaining: 7, retryAfterMs: 0, resetAfterMs: 3_000 };
const LIMIT = { capacity: 10, interval: 10 } as const;
const client = { limit: async () => OWN };

const limited = rateLimitFetch({ client, limit: LIMIT, key: (request) => request.url });
const request = new Request('http://app/');

test('the response of whoever answers is handed on as it is, with the fields', async () => {
  const response = new Response('hello', { status: 201, headers: { 'X-Own': 'yes' } });
  const got = await limited(request, async () => response);
  expect(got).toBe(response);
  expect([got.status, await got.text(), [...got.headers.keys()]]).toEqual([
    201,
    'hello',
    ['content-type', 'ratelimit', 'ratelimit-policy', 'x-own'],
  ]);
});

test('one whose fields cannot be set, as of an answer that was fetched, is copied', async () => {
  const fixed = await fetch('data:text/plain,hello');
  expect(() => fixed.headers.set('X-Own', 'yes')).toThrow();
  const got = await limited(request, () => fixed);
  expect([got.status, await got.text(), got.headers.get('RateLimit')]).toEqual([
    200,
    'hello',
    '"default";r=7;t=1',
  ]);
});

test('one that is no answer, or an upgrade, is left as it is', async () => {
  const none = Response.error();
  expect(await limited(request, () => none)).toBe(none);
  const upgrade = Object.freeze({ status: 101, headers: new Headers() }) as Response;
  expect(await limited(request, () => upgrade)).toBe(upgrade);
  expect([...upgrade.headers]).toEqual([]);
});

test('what whoever answers throws is thrown', async () => {
  const failing = limited(request, () => Promise.reject(new Error('oh')));
  await expect(failing).rejects.toThrow('oh');
});

test('a request may be whatever a framework makes of it', async () => {
  const asked: string[] = [];
  const limit = async ({ key }: { readonly key: string }) => {
    asked.push(key);
    return OWN;
  };
  const byContext = rateLimitFetch<{ readonly user: string }>({
    client: { limit },
    limit: LIMIT,
    key: ({ user }) => user,
  });
  await byContext({ user: 'alice' }, () => new Response());
  expect(asked).toEqual(['alice']);
});

test('nothing of Node is imported on the way', () => {
  const seen = new Set<string>();
  const left = ['fetch.ts'];
  for (let file = left.pop(); file !== undefined; file = left.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    const text = readFileSync(new URL(`../../src/client/${file}`, import.meta.url), 'utf8');
    expect([file, /'node:|\bprocess\.|\bBuffer\b/.exec(text)]).toEqual([file, null]);
    for (const [, name = ''] of text.matchAll(/from '\.\/([\w-]+\.ts)'/g)) left.push(name);
  }
  expect([...seen]).toEqual(expect.arrayContaining(['gate.ts', 'rate-limit-fields.ts']));
});
