/** Health: asked once, and listened to. */
import type { ClientHttp2Stream } from 'node:http2';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CALLS_OVER_BOUND } from '../../../src/metrics/cells.ts';
import { framed } from '../http2/frames.ts';
import { GrpcHarness, SERVICE } from './grpc-harness.ts';
import { GRPC, Http2Client } from './http2-client.ts';

const CHECK = '/grpc.health.v1.Health/Check';
const WATCH = '/grpc.health.v1.Health/Watch';
const SERVING = '\x08\x01';
const NOT_SERVING = '\x08\x02';
const SERVICE_UNKNOWN = '\x08\x03';

let harness: GrpcHarness;
let client: Http2Client;
beforeEach(async () => {
  harness = await GrpcHarness.start();
  client = new Http2Client(harness.port);
});
afterEach(() => {
  client.close();
  harness.stop();
});

/** A request for the health of this service. */
function about(name: string): Buffer {
  return name === ''
    ? Buffer.alloc(0)
    : Buffer.from(`\x0a${String.fromCharCode(name.length)}${name}`);
}

//  what is asked, gRPC's status, the message
test.each([
  ['', '0', SERVING],
  [SERVICE, '0', SERVING],
  ['grpc.health.v1.Health', '0', SERVING],
  ['no.such.Service', '5', ''],
])('Check of %j', async (name, code, message) => {
  const answer = await client.call(CHECK, about(name));
  expect([answer.code, answer.message]).toEqual([code, message]);
});

test('Check of what is no message', async () => {
  for (const bad of [
    '\x0a',
    '\x0a\x05ab',
    '\x08',
    '\x07\x01',
    '\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff',
  ]) {
    expect((await client.call(CHECK, bad)).code).toBe('3');
  }
  // Fields that are not known are passed over.
  expect((await client.call(CHECK, '\x10\x05\x1a\x01a\x25aaaa')).code).toBe('0');
});

test('a service that drains is not healthy', async () => {
  harness.state.phase = 'draining';
  expect((await client.call(CHECK, '')).message).toBe(NOT_SERVING);
});

/** Somebody who listens, and what was heard. */
class Listener {
  readonly stream: ClientHttp2Stream;
  readonly heard: string[] = [];
  /** Of the trailers, or of an answer without a message. */
  code: string | undefined;

  constructor(client: Http2Client, name: string) {
    this.stream = client.session.request({ ':method': 'POST', ':path': WATCH, ...GRPC });
    this.stream
      .on('data', (chunk: Buffer) => void this.heard.push(chunk.toString('latin1', 5)))
      .on('response', (head) => this.#note(head))
      .on('trailers', (tail) => this.#note(tail))
      .on('error', () => undefined)
      .end(framed(about(name)));
  }

  #note(fields: Record<string, unknown>): void {
    const code = fields['grpc-status'];
    if (typeof code === 'string') this.code = code;
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('Watch tells each change', async () => {
  const listener = new Listener(client, '');
  await until(() => listener.heard.length === 1);
  harness.state.phase = 'draining';
  await until(() => listener.heard.length === 2);
  harness.state.phase = 'serving';
  await until(() => listener.heard.length === 3);
  expect(listener.heard).toEqual([SERVING, NOT_SERVING, SERVING]);
});

test('Watch of a service that is not there', async () => {
  const listener = new Listener(client, 'no.such.Service');
  await until(() => listener.heard.length === 1);
  expect(listener.heard).toEqual([SERVICE_UNKNOWN]);
});

test('who listens is told to look elsewhere when the connection is about to end', async () => {
  const listener = new Listener(client, '');
  await until(() => listener.heard.length === 1);
  harness.protocol.closeIdle();
  await until(() => listener.code !== undefined);
  expect(listener.code).toBe('14');
  await until(() => harness.connections === 0);
});

test('eight calls of a connection may stay open, and places become free', async () => {
  const listeners = Array.from({ length: 8 }, () => new Listener(client, ''));
  await until(() => listeners.every(({ heard }) => heard.length === 1));
  const refused = new Listener(client, '');
  await until(() => refused.code !== undefined);
  expect(refused.code).toBe('8');
  expect(harness.counted(CALLS_OVER_BOUND + 3)).toBe(1);
  listeners[0]?.stream.close(8);
  await until(() => listeners[0]?.stream.closed === true);
  await client.call(CHECK, '');
  const next = new Listener(client, '');
  await until(() => next.heard.length === 1);
});
