/** deploy/forward-auth/ in the real proxies: what clients see, and what the service counts. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { exchange, get, type Headers, request } from '../../support/ask.ts';
import type { ProxyProcess } from '../../support/proxy-process.ts';
import { RawClient } from '../../support/raw-http.ts';
import { isMissing } from '../../support/resp-tools.ts';
import type { Service } from '../../support/service.ts';
import { broken } from '../deployment-facts.ts';
import type { FakeApp } from './fake-app.ts';
import { PROXIES } from './proxies.ts';
import { decisions, MOST, SiteClient, Started } from './site.ts';

const BODY = 'a body of many bytes, '.repeat(15_000);
const SHA256 = createHash('sha256').update(BODY).digest('hex');
const WITH_BODY = { 'Content-Length': String(BODY.length) };
const EXPECTING = { ...WITH_BODY, Expect: '100-continue' };

for (const forwardProxy of PROXIES) {
  const { name, tool, policy } = forwardProxy;
  const otherPolicy = policy === 'site' ? 'site-403' : 'site';

  describe.skipIf(isMissing(tool))(name, () => {
    const started = new Started();
    let app: FakeApp;
    let service: Service;
    let proxy: ProxyProcess;
    let client: SiteClient;
    /** Before the test. */
    let arrived = 0;
    let decided = 0;

    beforeAll(async () => {
      app = await started.app();
      service = await started.service();
      proxy = await started.proxy(forwardProxy, service, app);
    });
    afterAll(() => started.stop());

    beforeEach(async () => {
      client = new SiteClient(proxy);
      arrived = app.arrived.length;
      decided = await decisions(service);
    });

    /** Since the test began. */
    async function counts(): Promise<readonly [arrived: number, decided: number]> {
      return [app.arrived.length - arrived, (await decisions(service)) - decided];
    }

    test('what is allowed goes on, and its answer says what is left', async () => {
      for (const [i, { status, body, headers }] of (await client.exhaust()).entries()) {
        expect([status, body]).toEqual([200, 'app']);
        expect(headers['ratelimit-policy']).toBe(`"requests";q=${MOST};w=86400`);
        expect(headers['ratelimit']).toMatch(new RegExp(`^"requests";r=${MOST - 1 - i};t=\\d+$`));
        expect(headers['retry-after']).toBeUndefined();
      }
      expect(await counts()).toEqual([MOST, MOST]);
    });

    test('a denial is 429 with all its fields, whatever the method, and does not go on', async () => {
      await client.exhaust();
      for (const method of ['GET', 'HEAD', 'PUT', 'OPTIONS']) {
        const { status, headers } = await get(client, '/', { method });
        expect([method, status]).toEqual([method, 429]);
        expect(Number(headers['retry-after'])).toBeGreaterThan(3_600);
        expect(headers['ratelimit']).toMatch(/^"requests";r=0;t=\d+$/);
        expect(headers['ratelimit-policy']).toBe(`"requests";q=${MOST};w=86400`);
      }
      expect(await counts()).toEqual([MOST, MOST + 4]);
    });

    test('HEAD is HEAD for the application', async () => {
      const { status, headers } = await get(client, '/a', { method: 'HEAD' });
      expect([status, headers['content-length']]).toEqual([200, '3']);
      expect(app.arrived.at(-1)).toMatchObject({ method: 'HEAD', target: '/a' });
      expect(await counts()).toEqual([1, 1]);
    });

    test('a body reaches the application whole', async () => {
      const { status } = await exchange(client, request('POST', '/a?b=c', WITH_BODY) + BODY);
      expect(status).toBe(200);
      const wanted = { method: 'POST', target: '/a?b=c', bytes: BODY.length, sha256: SHA256 };
      expect(app.arrived.at(-1)).toMatchObject(wanted);
      expect(await counts()).toEqual([1, 1]);
    });

    /** The last answer to a body that waits to be asked for, and whether it was. */
    async function expecting(): Promise<{ status: number; wasAsked: boolean; left: unknown }> {
      const raw = await RawClient.connect(client.port, client.from);
      let answer = await raw.send(request('POST', '/a', EXPECTING)).answer();
      const wasAsked = answer.status === 100;
      if (wasAsked) raw.send(BODY);
      // Some say it for themselves, and hand on what the application says.
      while (answer.status === 100) answer = await raw.answer();
      raw.destroy();
      return { status: answer.status, wasAsked, left: answer.headers['ratelimit'] };
    }

    test('and does where the client waits to be told to go on', async () => {
      expect(await expecting()).toMatchObject({ status: 200, wasAsked: true });
      expect(app.arrived.at(-1)).toMatchObject({ bytes: BODY.length, sha256: SHA256 });
      expect(await counts()).toEqual([1, 1]);
    });

    test('a client that waits to be told to go on is told that it is denied', async () => {
      await client.exhaust();
      const left = expect.stringContaining('"requests";r=0;');
      // It says so before it asks.
      const wasAsked = name === 'Envoy';
      expect(await expecting()).toEqual({ status: 429, wasAsked, left });
      expect(await counts()).toEqual([MOST, MOST + 1]);
    });

    //  what he says of where he comes from
    test.each<readonly [string, Headers]>([
      ['an address', { 'X-Forwarded-For': '198.51.100.1' }],
      ['addresses', { 'X-Forwarded-For': '198.51.100.1, 198.51.100.2, 198.51.100.3' }],
      ['hundreds of them', { 'X-Forwarded-For': Array(300).fill('198.51.100.1').join() }],
      ['what is none', { 'x-forwarded-for': 'unknown,,' }],
      ['other fields', { 'X-Real-IP': '198.51.100.1', Forwarded: 'for=198.51.100.1' }],
    ])('a client who forges %s is who he is', async (_, headers) => {
      await client.exhaust();
      expect((await get(client, '/', { headers })).status).toBe(429);
      expect(await counts()).toEqual([MOST, MOST + 1]);
    });

    test('nor does he get rid of X-Forwarded-For', async () => {
      await client.exhaust();
      const headers = { 'X-Forwarded-For': '198.51.100.1', Connection: 'X-Forwarded-For' };
      // Envoy takes no such request.
      expect([400, 429]).toContain((await get(client, '/', { headers })).status);
      expect((await counts())[0]).toBe(MOST);
    });

    test('two lines of X-Forwarded-For neither', async () => {
      await client.exhaust();
      const lines = 'X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-For: 198.51.100.2\r\n';
      const forged = request('GET', '/').replace('Host:', `${lines}Host:`);
      expect((await exchange(client, forged)).status).toBe(429);
      expect(await counts()).toEqual([MOST, MOST + 1]);
    });

    //  a target by which he would be asked about otherwise
    test.each([
      `/?policy=${otherPolicy}&key=other&cost=0`,
      `/../${otherPolicy}`,
      '/../../../livez',
      `/%2e%2e/${otherPolicy}`,
      `//${otherPolicy}`,
      `/..;/${otherPolicy}?key=a`,
      '-403',
      '-403/',
      '*',
    ])('the target %s steers nothing', async (target) => {
      await client.exhaust();
      // Some hand on no such target at all.
      expect([400, 404, 429]).toContain(await client.statusOf(request('GET', target)));
      expect((await get(client, '/')).status).toBe(429);
      expect((await counts())[0]).toBe(MOST);
    });

    //  fields by which he would be asked about otherwise
    test.each<Headers>([
      { 'X-Forwarded-Uri': `/api/v1/forward/${otherPolicy}`, 'X-Forwarded-Method': 'DELETE' },
      { 'X-Original-URI': `/api/v1/forward/${otherPolicy}`, 'X-Original-Method': 'HEAD' },
      { 'X-Rewrite-URL': `/api/v1/forward/${otherPolicy}`, 'X-Original-URL': '/livez' },
      { 'X-HTTP-Method-Override': 'DELETE', 'X-Forwarded-Host': otherPolicy },
      { Origin: 'https://elsewhere.example', 'Sec-Fetch-Site': 'cross-site' },
      { Policy: otherPolicy, Key: 'other', Cost: '0' },
      { Upgrade: 'websocket', Connection: 'Upgrade' },
    ])('the fields %j steer nothing', async (headers) => {
      await client.exhaust();
      const wanted = 'Upgrade' in headers ? [400, 403, 429] : [429];
      expect(wanted).toContain((await get(client, '/', { headers })).status);
      expect((await counts())[0]).toBe(MOST);
    });

    test.skipIf(name !== 'nginx')(
      'one that announces a body, and keeps it, is answered',
      async () => {
        const plain = (text: string) => broken(text, 'proxy_set_header Content-Length "";', '');
        const other = new SiteClient(await started.proxy(forwardProxy, service, app, plain));
        const { status } = await exchange(other, request('POST', '/', WITH_BODY) + BODY);
        expect(status).toBe(200);
        expect(app.arrived.at(-1)).toMatchObject({ bytes: BODY.length, sha256: SHA256 });
        expect(await counts()).toEqual([1, 1]);
      },
    );

    test('a policy that is gone lets nobody through', async () => {
      const gone = (text: string) =>
        name === 'HAProxy'
          ? broken(text, 'lua.argus site', 'lua.argus gone')
          : broken(text, `forward/${policy}`, 'forward/gone');
      const other = new SiteClient(await started.proxy(forwardProxy, service, app, gone));
      expect((await get(other, '/')).status).toBe(403);
      expect(await counts()).toEqual([0, 0]);
    });
  });
}
