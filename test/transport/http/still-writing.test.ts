/** A connection that is closed while its client still writes: the answer arrives all the same. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { request } from '../../support/ask.ts';
import { type RespService, startResp } from '../../support/resp-service.ts';

let service: RespService;
beforeAll(async () => {
  service = await startResp({ flags: ['--threads', '1'] });
});
afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

const MORE = Buffer.alloc(65_536, 'x');
/** Less than the service reads on for. */
const WRITES_MS = 400;

/** What comes back to a client that goes on writing for a while, whatever comes. */
async function answerTo(port: number, first: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  const errors: Error[] = [];
  let text = '';
  let hasEnded = false;
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.on('error', (error) => errors.push(error));
  // A client that is busy writing does not read meanwhile.
  socket.pause();
  socket.write(first);
  const until = performance.now() + WRITES_MS;
  while (performance.now() < until) {
    socket.write(MORE);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  socket.on('data', (bytes) => {
    text += bytes;
  });
  socket.on('end', () => {
    hasEnded = true;
  });
  socket.end();
  socket.resume();
  await closed;
  expect(errors).toEqual([]);
  expect(hasEnded).toBe(true);
  return text;
}

const CHUNKED = { 'Transfer-Encoding': 'chunked' };
const IN_CHUNKS = { Connection: 'close', ...CHUNKED };
const head = (method: string, path: string, more = {}) => request(method, path, more);
const TOO_LARGE = `ffff\r\n${MORE.subarray(1)}\r\n`;

test.each([
  ['400, what is no HTTP', 400, 'NONSENSE\r\n\r\n'],
  ['400, after a good request', 400, `${head('GET', '/livez')}NONSENSE\r\n\r\n`],
  ['400, CONNECT', 400, 'CONNECT a.test:443 HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['431', 431, `GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(20_000)}`],
  ['413', 413, head('POST', '/api/v1/limit', { 'Content-Length': '900000000' })],
  [
    '404, of a connection that ends with it',
    404,
    `${head('POST', '/nowhere', IN_CHUNKS)}ffffff\r\n`,
  ],
  ['405, likewise', 405, `${head('PUT', '/api/v1/limit', IN_CHUNKS)}ffffff\r\n`],
  [
    '415, likewise',
    415,
    `${head('POST', '/api/v1/limits', { ...IN_CHUNKS, 'Content-Encoding': 'gzip' })}ffffff\r\n`,
  ],
  [
    '417, likewise',
    417,
    `${head('POST', '/api/v1/limit', { ...IN_CHUNKS, Expect: 'x' })}ffffff\r\n`,
  ],
  ['200, though the body is none', 200, `${head('GET', '/livez', CHUNKED)}x\r\n`],
  ['404, likewise', 404, `${head('POST', '/nowhere', CHUNKED)}x\r\n`],
  ['413, likewise', 413, `${head('POST', '/api/v1/limit', CHUNKED)}${TOO_LARGE}x\r\n`],
])('a client that still writes is told %s', async (_, status, bytes) => {
  const text = await answerTo(service.port, bytes);
  expect(text).toContain(`HTTP/1.1 ${status} `);
  expect(text).toMatch(/(\}|OK)$/);
});

test('a client that still writes is told of its error in the Redis protocol', async () => {
  expect(await answerTo(service.respPort, '*x\r\n')).toMatch(/^-ERR Protocol error: .*\r\n$/);
});
