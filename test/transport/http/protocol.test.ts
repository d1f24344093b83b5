/** What reaches the service below its routes: malformed, half-open, pipelined, too many. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ask,
  exchange,
  freshKey,
  get,
  LIMIT_PATH,
  members,
  post,
  request,
} from '../../support/ask.ts';
import { expectProblem } from '../../support/problem.ts';
import { RawClient } from '../../support/raw-http.ts';
import { type Service, startService } from '../../support/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService({ flags: ['--threads', '2'] });
});
afterAll(async () => {
  expect((await ask(service, question())).status).toBe(200);
  await service.stop();
});

function question(): object {
  return { key: freshKey(), capacity: 5, interval: 60 };
}

const LIMIT = `POST ${LIMIT_PATH} HTTP/1.1\r\nHost: a\r\n`;

describe('what is not HTTP is 400, and ends the connection', () => {
  const malformed = [
    ['no request line', 'NONSENSE\r\n\r\n'],
    ['a request line with a word too many', 'GET /livez x HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a version that is not one', 'GET /livez HTTP/x.y\r\nHost: a\r\n\r\n'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['a method that is not known', 'FETCH /livez HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a method in lower case', 'get /livez HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a target without a slash', 'GET livez HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a target with bytes above ASCII', 'GET /caf\xe9 HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a target with a space', 'GET /live z HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a header without a colon', 'GET /livez HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n'],
    ['a header name with a space', 'GET /livez HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n'],
    ['a space before the colon', 'GET /livez HTTP/1.1\r\nHost : a\r\n\r\n'],
    ['a folded header', 'GET /livez HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n'],
    ['NUL in a header', 'GET /livez HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n'],
    ['two Content-Lengths', `${LIMIT}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
    ['two equal Content-Lengths', `${LIMIT}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}`],
    ['Content-Length as a list', `${LIMIT}Content-Length: 2, 2\r\n\r\n{}`],
    ['Content-Length below 0', `${LIMIT}Content-Length: -1\r\n\r\n{}`],
    ['Content-Length in hex', `${LIMIT}Content-Length: 0x2\r\n\r\n{}`],
    ['Content-Length past counting', `${LIMIT}Content-Length: ${'9'.repeat(30)}\r\n\r\n{}`],
    [
      'Content-Length beside chunked',
      `${LIMIT}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['a coding that is not chunked', `${LIMIT}Transfer-Encoding: gzip\r\n\r\n{}`],
    ['chunked not last', `${LIMIT}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`],
    ['a chunk size that is not one', `${LIMIT}Transfer-Encoding: chunked\r\n\r\nx\r\n{}\r\n`],
    ['a chunk longer than it says', `${LIMIT}Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n`],
    ['CONNECT', 'CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n'],
  ] as const;
  test.each(malformed)('%s', async (_, bytes) => {
    const client = await RawClient.connect(service.port);
    const answer = await client.send(Buffer.from(bytes, 'latin1')).answer();
    expectProblem(answer, 400);
    expect(answer.headers['connection']).toBe('close');
    await client.closed();
    client.destroy();
  });

  test('HTTP/1.1 without Host is 400 too, but was read whole: the connection is kept', async () => {
    const client = await RawClient.connect(service.port);
    expectProblem(await client.send('GET /livez HTTP/1.1\r\n\r\n').answer(), 400, 'Host');
    expect((await client.send(request('GET', '/livez')).answer()).body).toBe('OK');
    client.destroy();
  });

  test('only from there on: a good request before it is answered first', async () => {
    const client = await RawClient.connect(service.port);
    client.send(`${request('GET', '/livez')}NONSENSE\r\n\r\n`);
    expect((await client.answer()).body).toBe('OK');
    expectProblem(await client.answer(), 400);
    await client.closed();
    client.destroy();
  });
});

describe('what is HTTP is answered', () => {
  test('HTTP/1.0 without Host, and closed after', async () => {
    const client = await RawClient.connect(service.port);
    const answer = await client.send('GET /livez HTTP/1.0\r\n\r\n').answer();
    expect([answer.status, answer.body]).toEqual([200, 'OK']);
    await client.closed();
    client.destroy();
  });

  test('with how long the connection is kept: longer than proxies keep theirs', async () => {
    const { headers } = await get(service, '/livez');
    expect(headers).toMatchObject({ connection: 'keep-alive', 'keep-alive': 'timeout=75' });
  });

  test('Connection: close is closed after its answer', async () => {
    const client = await RawClient.connect(service.port);
    client.send(request('GET', '/livez', { Connection: 'close' }));
    expect((await client.answer()).headers['connection']).toBe('close');
    await client.closed();
    client.destroy();
  });

  test('empty lines before a request are passed over', async () => {
    expect((await exchange(service, `\r\n\r\n${request('GET', '/livez')}`)).body).toBe('OK');
  });

  test('bytes above ASCII in a header that nobody reads', async () => {
    const bytes = Buffer.from(request('GET', '/livez', { 'X-Any': 'caf\u00e9' }), 'latin1');
    expect((await exchange(service, bytes)).body).toBe('OK');
  });

  test('one hundred requests sent at once, in order', async () => {
    const client = await RawClient.connect(service.port);
    const key = freshKey();
    const ordered = { key, capacity: 200, interval: 1, unit: 'd' };
    const batch = [post(ordered), post({ key }), request('GET', '/nowhere'), post(ordered)];
    const bytes = Buffer.concat(batch.map((one) => Buffer.from(one)));
    client.send(Buffer.concat(Array.from({ length: 25 }, () => bytes)));
    for (let i = 0; i < 25; i++) {
      expect(members(await client.answer())).toMatchObject({ remaining: 199 - 2 * i });
      expectProblem(await client.answer(), 400, 'capacity');
      expectProblem(await client.answer(), 404);
      expect(members(await client.answer())).toMatchObject({ remaining: 198 - 2 * i });
    }
    client.destroy();
  });
});

describe('an answer that takes a while is given before the refusal of what follows it', () => {
  test.each(['NONSENSE', 'CONNECT a.test:443 HTTP/1.1\r\nHost: a'])('%s', async (next) => {
    const client = await RawClient.connect(service.port);
    client.send(`${request('GET', '/metrics')}${next}\r\n\r\n`);
    expect((await client.answer()).body).toContain('argus_keys');
    expectProblem(await client.answer(), 400);
    await client.closed();
    client.destroy();
  });
});

describe('headers that are too long are 431, and end the connection', () => {
  const long = 'x'.repeat(20_000);
  test.each([
    ['one long header', request('GET', '/livez', { 'X-Long': long })],
    ['a long target', request('GET', `/${long}`)],
    ['a thousand headers', request('GET', '/livez', manyHeaders(1_000))],
    ['a megabyte of headers', request('GET', '/livez', { 'X-Long': 'x'.repeat(1_000_000) })],
    ['a header without an end', `GET /livez HTTP/1.1\r\nX-Long: ${long}`],
  ])('%s', async (_, bytes) => {
    const client = await RawClient.connect(service.port);
    const answer = await client.send(bytes).answer();
    expectProblem(answer, 431);
    expect(answer.headers['connection']).toBe('close');
    await client.closed();
    client.destroy();
  });
});

function manyHeaders(count: number): Record<string, string> {
  const names = Array.from({ length: count }, (_, i) => `X-Header-${i}`);
  return Object.fromEntries(names.map((name) => [name, 'twenty bytes of text']));
}

describe('a client that closes its side', () => {
  test('after a request is answered, and the connection ends', async () => {
    const client = await RawClient.connect(service.port);
    const answer = await client.send(post(question())).end().answer();
    expect(members(answer)).toMatchObject({ remaining: 4 });
    await client.closed();
    client.destroy();
  });

  test('before a request has come whole is not waited for', async () => {
    for (const bytes of ['', 'POST /api/v1', `${LIMIT}Content-Length: 50\r\n\r\n{"key":`]) {
      const client = await RawClient.connect(service.port);
      client.send(bytes).end();
      if (bytes !== '') expectProblem(await client.answer(), 400);
      await client.closed();
      client.destroy();
    }
  });

  //  what it sent before it was gone
  test.each([
    ['nothing', ''],
    ['a question', post({ key: 'gone', capacity: 1, interval: 1 })],
    ['half a question', `${LIMIT}Content-Length: 50\r\n\r\n{`],
    ['a body that is too long', `${LIMIT}Content-Length: 99999\r\n\r\n{`],
    ['a question for the metrics', request('GET', '/metrics')],
    ['what is not HTTP', 'NONSENSE\r\n\r\n'],
    ['CONNECT', 'CONNECT a.test:443 HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['an upgrade', request('GET', '/livez', { Connection: 'Upgrade', Upgrade: 'h2c' })],
  ])('by a reset, after %s, harms nobody', async (_, bytes) => {
    for (let i = 0; i < 50; i++) {
      const client = await RawClient.connect(service.port);
      if (i % 2 === 0) client.send(bytes);
      else await client.sent(bytes);
      client.reset();
    }
    expect((await get(service, '/livez')).body).toBe('OK');
  });
});

describe('MAX_CONNECTIONS', () => {
  async function connectAndAsk(crowded: Service): Promise<RawClient | null> {
    const client = await RawClient.connect(crowded.port);
    const { status } = await client.send(request('GET', '/openapi.json')).answer();
    if (status === 200) return client;
    expect(status).toBe(503);
    client.destroy();
    return null;
  }

  test('are served and not one more; when one goes another may come', async () => {
    const crowded = await startService({ flags: ['--threads', '1', '--max-connections', '4'] });
    const clients = [];
    for (let i = 0; i < 4; i++) clients.push(await connectAndAsk(crowded));
    expect(clients).not.toContain(null);
    expect(await connectAndAsk(crowded)).toBeNull();
    clients.pop()?.destroy();
    let next: RawClient | null = null;
    while (next === null) next = await connectAndAsk(crowded);
    for (const client of [...clients, next]) client?.destroy();
    await crowded.stop();
  });

  test('are the most over all threads', async () => {
    const crowded = await startService({ flags: ['--threads', '2', '--max-connections', '6'] });
    const clients = [];
    for (let i = 0; i < 40; i++) clients.push(await connectAndAsk(crowded));
    const served = clients.filter((client) => client !== null);
    expect(served.length).toBeLessThanOrEqual(6);
    expect(served.length).toBeGreaterThan(0);
    for (const client of served) client.destroy();
    await crowded.stop();
  });
});
