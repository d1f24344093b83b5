/** Keys, for operators: over the admin port of a whole service, with both engines. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../../src/table/table-memory.ts';
import { ask, exchange, get, type Headers, members, request } from '../support/ask.ts';
import { freePort } from '../support/free-port.ts';
import { expectProblem } from '../support/problem.ts';
import type { Answer } from '../support/raw-http.ts';
import { RIGHT, reset, TOKEN } from '../support/reset.ts';
import { scrape } from '../support/scrape.ts';
import { type Service, startService } from '../support/service.ts';

const POLICIES = fileURLToPath(new URL('./policies.yaml', import.meta.url));
/** Keys that are anything but text that is meant well. */
const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  'a\r\nSet-Cookie: admin=1',
  'nul\0nul',
  '%00',
  '../../v1/threads',
  '"}],"cursor":"',
  '__proto__',
  '😀'.repeat(60),
];

interface Page {
  readonly keys: readonly (Record<string, unknown> & { readonly key: string })[];
  readonly cursor: string | null;
}

describe.each(ENGINES)('with %s', (engine) => {
  let service: Service;
  let port: number;
  beforeAll(async () => {
    port = await freePort();
    const flags = ['--threads', '2', '--engine', engine, '--max-keys', '6000'];
    service = await startService({
      flags: [...flags, '--policies', POLICIES, '--admin-port', String(port)],
      env: { ADMIN_TOKEN: TOKEN },
    });
  });
  afterAll(async () => {
    expect(await service.stop()).toBe(0);
  });

  function admin(path: string, headers: Headers = RIGHT): Promise<Answer> {
    return get({ port }, path, { headers });
  }

  async function page(query: string): Promise<Page> {
    const answer = await admin(`/v1/keys${query}`);
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json']);
    expect(answer.headers['cache-control']).toBe('no-store');
    return members(answer) as unknown as Page;
  }

  async function allKeys(query: string): Promise<Page['keys']> {
    const keys: Page['keys'][number][] = [];
    let cursor = '';
    for (;;) {
      const next = await page(`${query}${cursor}`);
      keys.push(...next.keys);
      if (next.cursor === null) return keys;
      cursor = `&cursor=${next.cursor}`;
    }
  }

  async function take(keys: readonly string[], unit: 's' | 'd'): Promise<void> {
    const questions = keys.map((key) => ({ key, capacity: 1, interval: 1, unit }));
    const body = JSON.stringify(questions);
    const answer = await fetch(`${service.url}/api/v1/limits`, { method: 'POST', body });
    expect(answer.status).toBe(200);
    await answer.arrayBuffer();
  }

  test('keys are told with their buckets, whatever they are', async () => {
    await take(HOSTILE, 'd');
    await ask(service, { policy: 'a', key: 'of a policy' });
    const keys = await allKeys('?limit=3');
    expect(keys).toHaveLength(HOSTILE.length + 1);
    for (const key of HOSTILE) {
      const found = keys.filter((one) => key.startsWith(one.key) && one.key !== '');
      expect(found, key).toMatchObject([{ namespace: 'plain', remaining: 0, state: 'denied' }]);
    }
    const ofPolicy = await allKeys('?policy=a');
    expect(ofPolicy).toMatchObject([{ namespace: 'policy', policy: 'a', key: 'of a policy' }]);
    expect(await allKeys('?prefix=%3Cimg')).toMatchObject([{ key: HOSTILE[0] }]);
    expect(await allKeys('?prefix=nul%00')).toMatchObject([{ key: 'nul\0nul' }]);
    expect(await allKeys('?state=denied&prefix=of')).toEqual([]);
  });

  async function posted(
    path: string,
    body: string,
    headers: Headers = { 'Content-Type': 'application/json' },
  ): Promise<Answer> {
    const length = String(Buffer.byteLength(body));
    const head = request('POST', path, { ...RIGHT, 'Content-Length': length, ...headers });
    return exchange({ port }, head + body);
  }

  test.each(HOSTILE)(
    'one is explained, and changed, by its text and by its id: %j',
    async (key) => {
      const limit = { key, capacity: 5, interval: 1, unit: 'd' };
      await reset(service, `?key=${encodeURIComponent(key)}`);
      await ask(service, { ...limit, cost: 4 });
      const path = `/v1/keys/${encodeURIComponent(key)}`;
      const told = members(await admin(path));
      expect(told).toMatchObject({
        namespace: 'plain',
        bucket: { used: 4, remaining: 1, capacity: 5, retryAfterSeconds: 0 },
        goesBy: { kind: 'request' },
        shared: false,
      });
      const byId = `/v1/buckets/${String(told['id'])}`;
      expect(members(await admin(byId))).toMatchObject({ id: told['id'], bucket: { used: 4 } });
      //  what is done where, the body, what remains
      const acts = [
        [`${path}/refund`, { tokens: 1 }, 2],
        [`${byId}/refund`, { tokens: 2 }, 4],
        [`${path}/used`, { used: 5 }, 0],
        [`${byId}/used`, { used: 3 }, 2],
        [`${path}/reset`, {}, 5],
      ] as const;
      for (const [at, body, remaining] of acts) {
        const answer = members(await posted(at, JSON.stringify(body)));
        expect(answer).toMatchObject({ done: true, bucket: { remaining } });
        expect(members(await ask(service, { ...limit, cost: 0 }))).toMatchObject({ remaining });
      }
      const lines = service.output().split('\n');
      const logged = lines
        .filter((line) => line.includes('an operator changed a bucket'))
        .slice(-5);
      for (const line of logged) {
        const shown = JSON.stringify(key.slice(0, 18));
        const { id } = told;
        expect(JSON.parse(line)).toMatchObject({ level: 'info', from: '127.0.0.1', id });
        expect((JSON.parse(line) as { key: string }).key.startsWith(shown.slice(0, -1))).toBe(true);
      }
      expect(logged).toHaveLength(5);
    },
  );

  test('what is done is counted', async () => {
    const samples = await scrape(service);
    expect(samples.get('argus_admin_acts_total{act="reset"}')).toBe(HOSTILE.length);
    expect(samples.get('argus_admin_acts_total{act="refund"}')).toBe(2 * HOSTILE.length);
    expect(samples.get('argus_admin_acts_total{act="used"}')).toBe(2 * HOSTILE.length);
  });

  test('a key of a policy is explained by all limits, and where they stand', async () => {
    await ask(service, { policy: 'a', key: 'b c/d+e' });
    const told = members(await admin('/v1/keys/b%20c%2Fd+e?policy=a'));
    const where = { file: POLICIES, line: 5 };
    const limit = { bucket: { used: 1, capacity: 10 }, goesBy: { kind: 'policy', where } };
    expect(told).toMatchObject({ policy: 'a', limit: 'requests', key: 'b c/d+e', ...limit });
    expect(told['limits']).toMatchObject([limit]);
    expectProblem(await admin('/v1/keys/x?policy=other'), 404, 'other');
  });

  describe('an act is refused, and nothing is done', () => {
    const at = '/v1/keys/kept/reset';
    const json = { 'Content-Type': 'application/json' };

    //  fields of the request, the status, words about it
    test.each([
      [{}, 415, 'application/json'],
      [{ 'Content-Type': 'text/plain' }, 415, 'text/plain'],
      [{ 'Content-Type': 'application/x-www-form-urlencoded' }, 415, 'application/json'],
      [{ 'Content-Type': 'multipart/form-data; boundary=a' }, 415, 'application/json'],
      [{ 'Content-Type': 'application/json; charset=latin1' }, 415, 'latin1'],
      [{ ...json, 'Content-Encoding': 'gzip' }, 415, 'gzip'],
      [{ ...json, Origin: 'https://evil.test' }, 403, 'Origin'],
      [{ ...json, 'Sec-Fetch-Site': 'cross-site' }, 403, 'Sec-Fetch-Site'],
      [{ ...json, Authorization: 'Bearer wrong' }, 401, 'ADMIN_TOKEN'],
    ] as [Headers, number, string][])('by its fields: %j', async (headers, status, words) => {
      await take(['kept'], 'd');
      expectProblem(await posted(at, '{}', headers), status, words);
      expect(members(await admin('/v1/keys/kept'))).toMatchObject({ bucket: { used: 1 } });
    });

    //  the last part of the path, the body, the field at fault, words about it
    test.each([
      ['reset', '', 'body', 'JSON object'],
      ['reset', '[]', 'body', 'an array'],
      ['reset', 'null', 'body', 'null'],
      ['reset', '{"all":true}', 'all', 'there are none here'],
      ['reset', '{"__proto__":{}}', '__proto__', 'no field'],
      ['refund', '{}', 'tokens', 'missing'],
      ['refund', '{"tokens":0}', 'tokens', 'is 0'],
      ['refund', '{"tokens":-1}', 'tokens', 'is -1'],
      ['refund', '{"tokens":1.5}', 'tokens', 'is 1.5'],
      ['refund', '{"tokens":"1"}', 'tokens', 'is \\"1\\"'],
      ['refund', '{"tokens":1e300}', 'tokens', 'whole number'],
      ['refund', '{"tokens":1,"used":1}', 'used', 'there are tokens'],
      ['used', '{"used":-1}', 'used', 'is -1'],
      ['used', '{"used":2}', 'used', 'at most 1 (the capacity)'],
      ['used?policy=', '{"used":1}', 'policy', 'a name'],
      ['used?namespace=plain&limit=a', '{"used":1}', 'limit', 'left out'],
    ])('by what it says: %s %s', async (path, body, field, words) => {
      await take(['kept'], 'd');
      const answer = await posted(`/v1/keys/kept/${path}`, body);
      expectProblem(answer, 400);
      expect(answer.body).toContain(words);
      expect(members(answer)['field']).toBe(field);
      expect(members(await admin('/v1/keys/kept'))).toMatchObject({ bucket: { used: 1 } });
    });

    test('by what it names', async () => {
      expectProblem(await posted('/v1/keys/nobody/used', '{"used":1}'), 404, 'no bucket');
      expectProblem(await posted('/v1/buckets/nothing/reset', '{}'), 404, 'no id');
      expectProblem(await posted('/v1/keys/%ff/reset', '{}'), 400, 'UTF-8');
      expectProblem(await posted('/v1/keys/%ed%a0%80/reset', '{}'), 400, 'UTF-8');
      expectProblem(await posted(`/v1/keys/${'x'.repeat(257)}/reset`, '{}'), 400, 'has 257');
      expectProblem(await posted('/v1/keys//reset', '{}'), 404);
      expectProblem(await posted('/v1/keys/a/b/reset', '{}'), 404);
      expectProblem(await posted('/v1/keys/a/other', '{}'), 404);
      expectProblem(await admin('/v1/keys/a/reset'), 405, 'POST');
      const long = await posted('/v1/keys/a/reset', `{"a":"${'x'.repeat(70_000)}"}`);
      expectProblem(long, 413, 'at most');
    });

    test('at the port of decisions', async () => {
      for (const path of ['/v1/keys', '/v1/keys/kept', '/v1/buckets/AAAABWFsaWNl']) {
        expectProblem(await get(service, path, { headers: RIGHT }), 404);
      }
      const options = { headers: { ...RIGHT, ...json }, method: 'POST' };
      expectProblem(await get(service, at, options), 404);
    });
  });

  test('none that stays is missed or told twice under load, over sweeps and swaps', async () => {
    const staying = Array.from({ length: 1_000 }, (_, i) => `stays ${i}`);
    await take(staying, 'd');
    let isDone = false;
    const churn = async () => {
      for (let round = 0; !isDone; round++) {
        const coming = Array.from({ length: 500 }, (_, i) => `comes ${round} ${i}`);
        await take(coming, 's');
      }
      return true;
    };
    const churning = churn();
    const before = await scrape(service);
    let walks = 0;
    while (walks < 3 || (await evictions()) === (before.get('argus_evictions_total') ?? 0)) {
      const told = (await allKeys('?limit=173')).map(({ key }) => key);
      const stayed = told.filter((key) => key.startsWith('stays '));
      expect(stayed.toSorted()).toEqual(staying.toSorted());
      expect(told.length).toBeGreaterThan(staying.length);
      walks++;
    }
    isDone = true;
    expect(await churning).toBe(true);
    expect(await evictions()).toBeGreaterThan(0);
  }, 60_000);

  async function evictions(): Promise<number> {
    return (await scrape(service)).get('argus_evictions_total') ?? 0;
  }

  test('how long shards were locked for it is counted', async () => {
    await page('?limit=1');
    const samples = await scrape(service);
    expect(samples.get('argus_admin_hold_seconds_count')).toBeGreaterThan(0);
  });

  describe('what is wrong with a request is said', () => {
    //  the query, the field at fault, words about it
    test.each([
      ['limit=0', 'limit', 'from 1 to 1000'],
      ['limit=1001', 'limit', 'from 1 to 1000'],
      ['limit=-1', 'limit', 'from 1 to 1000'],
      ['namespace=other', 'namespace', 'plain, policy, envoy'],
      ['namespace=plain&policy=a', 'namespace', 'policy is there'],
      ['state=allowed', 'state', 'denied, or left out'],
      ['cursor=x', 'cursor', 'begin again without one'],
      [`cursor=${'x'.repeat(5_000)}`, 'cursor', 'begin again without one'],
      [`prefix=${'x'.repeat(257)}`, 'prefix', 'at most 256'],
      [`policy=${'x'.repeat(257)}`, 'policy', 'at most 256'],
      ['prefix=%ff', 'prefix=%ff', 'UTF-8'],
      ['prefix=%ed%a0%80', 'prefix=%ed%a0%80', 'UTF-8'],
      ['key=a', 'key', 'prefix, policy, namespace, state, limit, cursor'],
    ])('%s', async (query, field, words) => {
      const answer = await admin(`/v1/keys?${query}`);
      expectProblem(answer, 400, words);
      expect(members(answer)['field']).toBe(field);
    });

    test('a prefix has as many characters as one counts', async () => {
      const long = encodeURIComponent('😀'.repeat(256));
      expect(await page(`?prefix=${long}`)).toMatchObject({ keys: [] });
    });

    test('a query that is longer than all fields may be', async () => {
      expectProblem(await admin(`/v1/keys?prefix=${'x'.repeat(65_536)}`), 431);
    });
  });
});
