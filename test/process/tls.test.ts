/** TLS on the port of HTTP of a running service: who is served, and what all others are told. */
import { execFileSync } from 'node:child_process';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshKey, LIMIT_PATH, post, request } from '../support/ask.ts';
import { RawClient } from '../support/raw-http.ts';
import { type Service, startService } from '../support/service.ts';
import { TlsFiles } from '../support/tls-files.ts';

const files = new TlsFiles();
let service: Service;
beforeAll(async () => {
  const flags = ['--threads', '2', '--headers-timeout-ms', '1500', '--request-timeout-ms', '2000'];
  service = await startService({ flags: [...flags, ...files.flags] });
});
afterAll(async () => {
  expect(await service.stop()).toBe(0);
  files.remove();
});

const QUESTION = { key: 'k', capacity: 1_000_000, interval: 1 };

function secure(options: ConnectionOptions = {}): Promise<RawClient> {
  return RawClient.secure(service.port, { ca: files.ca, ...options });
}

/** Resolves with the handshake that was, or with the code of what became of it. */
function handshake(options: ConnectionOptions): Promise<TLSSocket | string> {
  const { promise, resolve } = Promise.withResolvers<TLSSocket | string>();
  const socket = connect({ host: '127.0.0.1', port: service.port, ca: files.ca, ...options });
  socket
    .on('secureConnect', () => resolve(socket))
    .on('error', ({ code = '' }: NodeJS.ErrnoException) => resolve(code));
  return promise;
}

test.each(['localhost', '127.0.0.1'])('curl asks https://%s', (host) => {
  const question = JSON.stringify({ key: freshKey(), capacity: 1, interval: 1 });
  const type = ['-H', 'Content-Type: application/json'];
  const url = `https://${host}:${service.port}${LIMIT_PATH}`;
  const answer = execFileSync('curl', [
    '-s',
    '--cacert',
    files.caFile,
    ...type,
    '-d',
    question,
    url,
  ]);
  expect(JSON.parse(String(answer))).toMatchObject({ allowed: true });
});

test('questions are answered one after the other, in the lane and out of it', async () => {
  const client = await secure();
  const livez = request('GET', '/livez');
  for (const bytes of [post(QUESTION), post(QUESTION), livez, post(QUESTION)]) {
    expect((await client.send(bytes).answer()).status).toBe(200);
  }
  client.send(Buffer.concat([post(QUESTION), post(QUESTION), post(QUESTION)]));
  for (let i = 0; i < 3; i++) expect((await client.answer()).status).toBe(200);
  client.destroy();
});

test('a client that has said all is answered, and the connection ended by both', async () => {
  const client = await secure();
  // The second takes a while.
  client.send(post(QUESTION)).send(request('GET', '/metrics')).end();
  for (let i = 0; i < 2; i++) expect((await client.answer()).status).toBe(200);
  await client.closed();
});

test('HTTP/1.1 is the only protocol that a client can agree on', async () => {
  for (const offered of [['h2', 'http/1.1'], ['http/1.1']]) {
    const socket = (await handshake({ ALPNProtocols: offered })) as TLSSocket;
    expect(socket.alpnProtocol).toBe('http/1.1');
    socket.destroy();
  }
  expect(await handshake({ ALPNProtocols: ['h2'] })).toBe(
    'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL',
  );
});

test('TLS 1.2 is the oldest', async () => {
  const [oldest, old] = await Promise.all(
    (['TLSv1.2', 'TLSv1.1'] as const).map((version) =>
      handshake({ minVersion: 'TLSv1', maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' }),
    ),
  );
  expect(oldest).toMatchObject({ encrypted: true });
  (oldest as TLSSocket).destroy();
  expect(old).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
});

test.each([
  ['GET', request('GET', '/livez')],
  ['POST', post(QUESTION)],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
])('a client that sends %s without TLS is told what to speak', async (_, bytes) => {
  const client = await RawClient.connect(service.port);
  const { status, headers, body } = await client.send(bytes).answer();
  expect([status, headers['content-type'], body]).toEqual([
    400,
    'text/plain',
    'this port speaks TLS: ask by https\n',
  ]);
  await client.closed();
  client.destroy();
});

test.each([
  ['nothing that is known', 'hello there\r\n'],
  ['a record of TLS that is no hello', Buffer.from([22, 3, 1, 0, 5, 2, 0, 0, 1, 0])],
  ['a hello longer than any', Buffer.from([22, 3, 1, 0, 5, 1, 0, 0x40, 1, 0])],
])('a client that sends %s is closed at once', async (_, bytes) => {
  const client = await RawClient.connect(service.port);
  const began = performance.now();
  await client.send(bytes).closed();
  expect(performance.now() - began).toBeLessThan(1_000);
  client.destroy();
});

test.each([
  ['nothing', ''],
  ['the first byte of a hello', Buffer.from([22])],
  ['half a hello', Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])],
])('a client that sends %s, and then no more, is closed in time', async (_, bytes) => {
  const client = await RawClient.connect(service.port);
  const began = performance.now();
  await client.send(bytes).closed();
  expect(performance.now() - began).toBeGreaterThan(1_000);
  client.destroy();
});

test('a client through its handshake that asks nothing is told that it took too long', async () => {
  const client = await secure();
  expect((await client.answer()).status).toBe(408);
  await client.closed();
});

test('a session goes on, on whichever thread its client comes back to', async () => {
  const first = (await handshake({ maxVersion: 'TLSv1.2' })) as TLSSocket;
  const session = first.getSession();
  first.destroy();
  expect(session).toBeDefined();
  // Of two threads one takes them all once in a thousand.
  for (let i = 0; i < 10; i++) {
    const again = (await handshake({ maxVersion: 'TLSv1.2', session })) as TLSSocket;
    expect(again.isSessionReused()).toBe(true);
    again.destroy();
  }
});

test('a client cannot begin its handshake anew', async () => {
  const socket = (await handshake({ maxVersion: 'TLSv1.2' })) as TLSSocket;
  const { promise, resolve } = Promise.withResolvers<unknown>();
  socket.on('error', resolve).renegotiate({}, resolve);
  expect(await promise).toMatchObject({ code: 'ERR_SSL_NO_RENEGOTIATION' });
  socket.destroy();
});
