/** The same answer by node:http2, with as little as gRPC wants: it reads all, decides nothing. */
import { createSecureServer, createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { framed } from '../../test/transport/http2/frames.ts';
import { identityOf } from '../support/identity.ts';
import { ANSWER } from './answer.ts';

const BODY = framed(ANSWER);
const HEAD = { ':status': 200, 'content-type': 'application/grpc' };
const TRAILERS = { 'grpc-status': '0' };

const identity = identityOf(process.env);
const server = identity === null ? createServer() : createSecureServer(identity);
server.on('stream', (stream: ServerHttp2Stream) => {
  stream
    .on('data', () => undefined)
    .on('end', () => {
      stream.respond(HEAD, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers(TRAILERS));
      stream.end(BODY);
    });
});
server.listen(0, '127.0.0.1', () => {
  const scheme = identity === null ? 'http' : 'https';
  console.log(`serving on ${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.on('SIGINT', () => process.exit(0));
