/** Forward-auth waits for no body, for no client, and not for the end of the service. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LocalLimiter } from '../../../src/limiter/local-limiter.ts';
import { Cells } from '../../../src/metrics/cells.ts';
import { reserveTable } from '../../../src/table/table-memory.ts';
import { exchange, type Headers, request } from '../../support/ask.ts';
import { RawClient } from '../../support/raw-http.ts';
import { startService } from '../../support/service.ts';
import { FORWARD_POLICIES } from './forward-policies.ts';
import { GatedLimiter } from './gated-limiter.ts';
import { HttpHarness } from './http-harness.ts';

let limiter: GatedLimiter;
let http: HttpHarness;
let client: RawClient;

beforeEach(async () => {
  const cells = new Cells(Cells.reserve(1), 0);
  limiter = new GatedLimiter(new LocalLimiter(reserveTable(1_000), cells));
  http = await HttpHarness.start(limiter, {}, FORWARD_POLICIES);
  client = await RawClient.connect(http.port);
});
afterEach(async () => {
  client.destroy();
  await http.close();
});

function asking(headers: Headers = {}, { method = 'POST', behind = 'site' } = {}): string {
  return request(method, `/api/v1/forward/${behind}`, {
    'X-Forwarded-For': '192.0.2.1',
    ...headers,
  });
}

describe('a body that is announced and does not come', () => {
  //  how it is announced
  test.each([
    [{ 'Content-Length': '5' }],
    [{ 'Content-Length': '999999999999' }],
    [{ 'Transfer-Encoding': 'chunked' }],
    [{ 'Content-Length': '5', Expect: '100-continue' }],
    [{ 'Transfer-Encoding': 'chunked', Expect: '100-continue' }],
    [{ 'Content-Length': '5', Expect: 'something' }],
  ] as const)('%j is not waited for, and is the last of its connection', async (headers) => {
    for (const method of ['POST', 'GET', 'HEAD']) {
      const one = await RawClient.connect(http.port);
      const address = { 'X-Forwarded-For': method.length === 4 ? '192.0.2.4' : '192.0.2.3' };
      const bodyless = method === 'HEAD';
      const answer = await one
        .send(asking({ ...headers, ...address }, { method }))
        .answer({ bodyless });
      expect([
        answer.status,
        answer.headers['content-length'],
        answer.headers['connection'],
      ]).toEqual([200, '0', 'close']);
      // As a proxy does that was told so. It would be closed without, a second later.
      await one.end().closed();
      one.destroy();
    }
  });

  test('nor before a refusal', async () => {
    const answer = await client
      .send(asking({ 'Content-Length': '5' }, { behind: 'none' }))
      .answer();
    expect([answer.status, answer.headers['connection']]).toEqual([403, 'close']);
    await client.end().closed();
  });
});

test('a proxy that does not close is answered at once, and closed a moment later', async () => {
  const startMs = performance.now();
  await client.send(asking({ 'Content-Length': '5' })).answer();
  const answeredMs = performance.now();
  await client.closed();
  expect(performance.now() - answeredMs).toBeGreaterThan(answeredMs - startMs);
});

test('beyond MAX_CONNECTIONS a proxy is told that there is no room, and not 403', async () => {
  const crowded = await startService({ flags: ['--threads', '1', '--max-connections', '1'] });
  const first = await RawClient.connect(crowded.port);
  await first.send(request('GET', '/livez')).answer();
  const refused = await exchange(crowded, asking({ 'Content-Length': '5' }));
  expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
  first.destroy();
  await crowded.stop();
});

test('what comes of a body is no question', async () => {
  const inner = asking({}, { method: 'GET' });
  client.send(asking({ 'Content-Length': String(inner.length) }) + inner);
  expect((await client.answer()).status).toBe(200);
  await client.closed();
  expect(http.counted).toMatchObject({ allowed: 1, denied: 0 });
});

test('where none is announced, the connection is kept, whatever is expected', async () => {
  for (const headers of [{}, { 'Content-Length': '0' }, { Expect: 'something' }] as Headers[]) {
    const address = { 'X-Forwarded-For': '192.0.2.12' };
    const { status } = await client.send(asking({ ...headers, ...address })).answer();
    expect(status).toBe(200);
  }
});

test('an HTTP/1.0 proxy is answered, and its connection closed', async () => {
  client.send(asking({}, { method: 'GET' }).replace('HTTP/1.1', 'HTTP/1.0'));
  const { status, headers } = await client.answer();
  expect([status, headers['content-length'], headers['connection']]).toEqual([200, '0', 'close']);
  await client.closed();
});

describe('a decision that comes late', () => {
  test('is answered then, in its place, and counted then', async () => {
    const open = limiter.shut();
    client.send(asking() + request('GET', '/livez'));
    await http.servesOthers();
    expect(http.counted).toMatchObject({ allowed: 0, answered: 0 });
    open();
    expect((await client.answer()).headers['ratelimit']).toContain('"requests";r=1;');
    expect((await client.answer()).body).toBe('OK');
    expect(http.counted).toMatchObject({ allowed: 1, answered: 1 });
  });

  test('closes the connection where a body was announced', async () => {
    const open = limiter.shut();
    client.send(asking({ 'Content-Length': '5' }));
    await http.servesOthers();
    open();
    expect((await client.answer()).headers['connection']).toBe('close');
    await client.closed();
  });

  test('is given while the service ends, as the last of its connection', async () => {
    const open = limiter.shut();
    client.send(asking());
    await http.servesOthers();
    http.phase = 'closing';
    open();
    const { status, headers } = await client.answer();
    expect([status, headers['connection']]).toEqual([200, 'close']);
    await client.closed();
  });

  test('is told nobody who has gone', async () => {
    const open = limiter.shut();
    client.send(asking());
    await http.servesOthers();
    client.destroy();
    open();
    await http.connectionsAreAtMost(0);
    expect(http.counted).toMatchObject({ allowed: 1 });
  });
});

test('when the service ends, an answer is the last of its connection', async () => {
  http.phase = 'closing';
  const { status, headers } = await client.send(asking()).answer();
  expect([status, headers['connection']]).toEqual([200, 'close']);
  await client.closed();
});
