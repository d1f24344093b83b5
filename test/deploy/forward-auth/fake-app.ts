/** Stands in for the application behind a proxy: says what has reached it. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it arrived. */
export interface Arrived {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly bytes: number;
  /** Of the body, in hexadecimal. */
  readonly sha256: string;
}

export interface FakeApp {
  readonly port: number;
  /** Whole requests, in the order they were. */
  readonly arrived: readonly Arrived[];
  stop(): Promise<void>;
}

export async function startFakeApp(): Promise<FakeApp> {
  const arrived: Arrived[] = [];
  const server = createServer((req, res) => {
    const hash = createHash('sha256');
    let bytes = 0;
    req.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      bytes += chunk.length;
    });
    req.on('end', () => {
      const { method = '', url: target = '', headers } = req;
      arrived.push({ method, target, headers, bytes, sha256: hash.digest('hex') });
      res.writeHead(200, { 'Content-Length': '3' }).end('app');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    arrived,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
