/**
 * Asks a protocol of this thread over a real connection, as clients do: what reads, decides and
 * writes has then run, the system's part of it too.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { LIMIT_PATH, LIMITS_PATH } from '../contract/paths.ts';
import { ACCEPT_OPTIONS } from '../transport/connection/listener.ts';
import type { ProtocolName } from '../transport/protocols.ts';
import { GRPC_BEGIN, grpcCall } from './rehearsal-grpc.ts';

/** One kind of request, over so many connections, so often in all. */
interface Part {
  readonly connections: number;
  readonly requests: number;
  /** Questions in one request. */
  readonly questions: number;
  /** `number`: which request of its connection it is, from 0. */
  readonly text: (keys: readonly string[], number: number) => string;
  /** What a connection begins with, where that is no request. */
  readonly begin?: string;
  /** What only the end of an answer ends with. */
  readonly end: string;
}

/** Enough for what is asked all the time to be compiled for speed. */
const ONE = { connections: 8, requests: 3_000, questions: 1 } as const;
const MANY = { connections: 1, requests: 20, questions: 100 } as const;

export const PARTS: Readonly<Record<ProtocolName, readonly Part[]>> = {
  http: [
    { ...ONE, text: ([key]) => post(LIMIT_PATH, { key, ...LIMIT }), end: '}' },
    {
      ...MANY,
      text: (keys) =>
        post(
          LIMITS_PATH,
          keys.map((key) => ({ key, ...LIMIT })),
        ),
      end: ']',
    },
  ],
  resp: [ONE, MANY].map((part) => ({ ...part, text: throttles, end: '\n' })),
  // An answer ends with its status.
  grpc: [{ ...ONE, begin: GRPC_BEGIN, text: ([key = ''], i) => grpcCall(key, i), end: '0' }],
};

/** So small that keys are denied before they have all been asked for as often as that. */
const LIMIT = { capacity: 3, interval: 1, unit: 'h' } as const;
const THROTTLE = [String(LIMIT.capacity - 1), String(LIMIT.capacity), '3600'];
export const KEYS = 1_000;
const HOST = '127.0.0.1';

/**
 * Resolves when all was answered, or when nothing more will be: nobody depends on it. `open` serves
 * a connection that was accepted.
 */
export async function askOver(
  open: (accepted: Socket) => void,
  part: Part,
  signal: AbortSignal,
): Promise<void> {
  let opened = 0;
  const server = createServer(ACCEPT_OPTIONS, (socket) => {
    // Nobody else is served.
    if (opened++ < part.connections) open(socket);
    else socket.destroy();
  });
  try {
    server.listen({ host: HOST, port: 0, signal });
    await once(server, 'listening', { signal });
    const { port } = server.address() as AddressInfo;
    const next = requestsOf(part);
    const clients = Array.from({ length: part.connections }, () => {
      const socket = connect({ host: HOST, port, noDelay: true, signal });
      return askOn(socket, part, next);
    });
    await Promise.all(clients);
  } catch {
    // Without a loopback, or without time, the first who ask are slower.
  } finally {
    server.close();
  }
}

/** Each call is the next request; null when there have been enough. */
function requestsOf({ requests, questions, text }: Part): (number: number) => string | null {
  let [asked, key] = [0, 0];
  return (number) => {
    if (asked++ >= requests) return null;
    const keys = Array.from({ length: questions }, () => `key-${key++ % KEYS}`);
    return text(keys, number);
  };
}

/** Asks one thing after the other. Resolves when the connection is gone. */
function askOn(
  socket: Socket,
  { begin = '', end }: Part,
  next: (number: number) => string | null,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let number = 0;
  const ask = () => {
    const request = next(number++);
    if (request === null) socket.destroy();
    else socket.write(request, 'latin1');
  };
  socket
    .on('connect', () => {
      if (begin !== '') socket.write(begin, 'latin1');
      ask();
    })
    .on('data', (chunk) => {
      if (chunk.at(-1) === end.charCodeAt(0)) ask();
    })
    .on('error', () => socket.destroy())
    .on('close', () => resolve());
  return promise;
}

function post(path: string, value: unknown): string {
  const body = JSON.stringify(value);
  const head = `POST ${path} HTTP/1.1\r\nHost: ${HOST}\r\nContent-Type: application/json\r\n`;
  return `${head}Content-Length: ${body.length}\r\n\r\n${body}`;
}

function throttles(keys: readonly string[]): string {
  return keys
    .map((key) => {
      const words = ['CL.THROTTLE', key, ...THROTTLE];
      return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
    })
    .join('');
}
