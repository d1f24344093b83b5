/**
 * The least that a node:http server can do for the same bytes on the wire: it parses the same JSON,
 * counts down one plain number, and answers as the service would for an allowed request. It checks
 * nothing, keeps no keys and never denies.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { identityOf } from './identity.ts';

interface Question {
  readonly key: string;
  readonly capacity: number;
  readonly interval: number;
}

let used = 0;

function handle(req: IncomingMessage, res: ServerResponse): void {
  let body: Buffer;
  req.on('data', (chunk: Buffer) => {
    body = chunk;
  });
  req.on('end', () => answer(res, JSON.parse(body.toString()) as Question));
}

function answer(res: ServerResponse, { capacity, interval }: Question): void {
  used = used >= capacity ? 1 : used + 1;
  const remaining = capacity - used;
  const resetMs = Math.ceil((used * interval * 1_000) / capacity);
  const body = `{"allowed":true,"limit":${capacity},"remaining":${remaining},"retryAfterMs":0,"resetAfterMs":${resetMs}}`;
  res.writeHead(200, [
    'Content-Type',
    'application/json',
    'RateLimit-Policy',
    `"default";q=${capacity};w=${interval}`,
    'RateLimit',
    `"default";r=${remaining};t=${Math.ceil(interval / capacity)}`,
    'Content-Length',
    String(body.length),
  ]);
  res.end(body, 'latin1');
}

const identity = identityOf(process.env);
const times = { keepAliveTimeout: 75_000 };
const server =
  identity === null
    ? createServer(times, handle)
    : createTlsServer({ ...times, ...identity }, handle);
server.listen(0, '127.0.0.1', () => {
  const scheme = identity === null ? 'http' : 'https';
  console.log(`serving on ${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.on('SIGINT', () => process.exit(0));
