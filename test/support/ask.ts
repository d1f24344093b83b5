/**
 * Asks a running service, each time over a connection of its own, so that any thread may answer.
 */
import { type Answer, RawClient } from './raw-http.ts';

interface Listening {
  readonly port: number;
  /** The address to ask it from, where it matters. */
  readonly from?: string;
}

export type Headers = Readonly<Record<string, string>>;

/** A body as it is sent; an object is sent as JSON. */
export type Body = string | Uint8Array | object;

export const LIMIT_PATH = '/api/v1/limit';

/** POSTs to the limit endpoint. */
export async function ask(service: Listening, body: Body, headers: Headers = {}): Promise<Answer> {
  return exchange(service, post(body, headers));
}

/** A request without a body. */
export async function get(
  service: Listening,
  path: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Headers } = {},
): Promise<Answer> {
  const bytes = request(method, path, headers);
  return exchange(service, bytes, method === 'HEAD');
}

/** What the service answers to exactly these bytes. */
export async function exchange(
  { port, from }: Listening,
  bytes: string | Uint8Array,
  bodyless = false,
): Promise<Answer> {
  const client = await RawClient.connect(port, from);
  try {
    return await client.send(bytes).answer({ bodyless });
  } finally {
    client.destroy();
  }
}

/** The bytes of a POST to the limit endpoint. */
export function post(body: Body, headers: Headers = {}): Buffer {
  const bytes = bytesOf(body);
  const head = request('POST', LIMIT_PATH, { 'Content-Length': String(bytes.length), ...headers });
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** A request line, a Host, and these headers. */
export function request(method: string, path: string, headers: Headers = {}): string {
  const lines = Object.entries({ Host: 'argus.test', ...headers });
  return `${method} ${path} HTTP/1.1\r\n${lines.map(([n, v]) => `${n}: ${v}\r\n`).join('')}\r\n`;
}

/** The bytes of one chunk of a chunked body. */
export function chunk(body: string | Uint8Array): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([
    Buffer.from(`${bytes.length.toString(16)}\r\n`),
    bytes,
    Buffer.from('\r\n'),
  ]);
}

export const LAST_CHUNK = '0\r\n\r\n';

function bytesOf(body: Body): Buffer {
  if (typeof body === 'string' || body instanceof Uint8Array) return Buffer.from(body);
  return Buffer.from(JSON.stringify(body));
}

let keys = 0;

/** A key that no other test uses. */
export function freshKey(): string {
  keys++;
  return `key-${keys}`;
}

/** A question about a bucket that gets no token back while a test looks. */
export function fiveADay(key = freshKey()): Question {
  return { key, capacity: 5, interval: 1, unit: 'd' };
}

interface Question {
  readonly key: string;
  readonly capacity: number;
  readonly interval: number;
  readonly unit: string;
}

/** The decision in a JSON answer, or the members of a problem. */
export function members(answer: Answer): Record<string, unknown> {
  return JSON.parse(answer.body) as Record<string, unknown>;
}
