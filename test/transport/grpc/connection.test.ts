/** Connections of gRPC over real sockets: how they begin, rest, are too slow, and end. */
import { afterEach, expect, test, vi } from 'vitest';
import { BAD_REQUESTS, CLIENT_BYTES, CLIENTS_CLOSED, STREAMS } from '../../../src/metrics/cells.ts';
import { CERTIFICATE } from '../../support/certificate.ts';
import {
  block,
  call,
  callFields,
  data,
  framed,
  headers,
  PREFACE,
  SETTINGS_ACK,
  settings,
} from '../http2/frames.ts';
import { ECHO, GrpcHarness, type HarnessOptions, LATE } from './grpc-harness.ts';
import { RawClient, type RawOptions } from './raw-client.ts';

const CHECK = '/grpc.health.v1.Health/Check';
const stops: { stop(): void }[] = [];
afterEach(() => {
  for (const one of stops.splice(0)) one.stop();
});

async function start(options: HarnessOptions = {}, isBeyond = false): Promise<GrpcHarness> {
  const harness = await GrpcHarness.start(options, isBeyond);
  stops.push(harness);
  return harness;
}

async function begin(harness: GrpcHarness): Promise<RawClient> {
  const client = await RawClient.begin(harness.port);
  stops.push(client);
  return client;
}

function raw(harness: GrpcHarness, options: RawOptions = {}): RawClient {
  const client = new RawClient(harness.port, options);
  stops.push(client);
  return client;
}

const answered = (id: number) => (words: readonly string[]) =>
  words.some((word) => word.startsWith(`HEADERS ${id} end`));

test('HTTP/1 is told where it is, and closed', async () => {
  const client = raw(await start());
  client.send(Buffer.from('GET /livez HTTP/1.1\r\nHost: a\r\n\r\n'));
  await client.closed();
  expect(client.text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(client.text).toContain('this port speaks gRPC');
});

test('what is neither gets a GOAWAY', async () => {
  const client = raw(await start());
  client.send(Buffer.from('160301020001000001fc0303', 'hex'));
  await client.closed();
  expect(client.words.at(-1)).toBe('GOAWAY 0 = 1');
});

test('calls in one piece are answered in one', async () => {
  const client = await begin(await start());
  const ids = Array.from({ length: 30 }, (_, i) => 2 * i + 1);
  client.send(...ids.map((id) => call(id, ECHO, `${id}`)));
  await client.until(answered(59));
  const bodies = client.frames.filter(({ type }) => type === 0);
  expect(bodies.map(({ payload }) => payload.toString('latin1', 5))).toEqual(ids.map(String));
});

test('a connection that says nothing, or half of its first words, is closed in time', async () => {
  const harness = await start({ config: { headersTimeoutMs: 60 } });
  const [silent, half] = [raw(harness), raw(harness)];
  half.send(PREFACE);
  await Promise.all([silent.closed(), half.closed()]);
  for (const { words } of [silent, half]) {
    expect(words).toEqual(['SETTINGS', 'WINDOW_UPDATE 0 + 2147418112', 'GOAWAY 0 = 4']);
  }
  expect(harness.goAways('timeout')).toBe(2);
});

test('settings that nobody answers end the connection in time', async () => {
  const harness = await start({ config: { headersTimeoutMs: 60, requestTimeoutMs: 60 } });
  const client = raw(harness);
  client.send(PREFACE, settings(), call(1, ECHO, 'x'));
  await client.closed();
  expect(client.words.at(-1)).toBe('GOAWAY 1 = 4');
});

test('half a frame ends the connection in time, half a call only the call', async () => {
  const harness = await start({ config: { headersTimeoutMs: 60, requestTimeoutMs: 100 } });
  const [frame, half] = [await begin(harness), await begin(harness)];
  half.send(headers(1, block(callFields(ECHO))), data(1, framed('hello').subarray(0, 6), false));
  frame.send(call(1, ECHO, 'hello').subarray(0, 30));
  await frame.closed();
  expect(frame.words.at(-1)).toBe('GOAWAY 0 = 11');
  await half.until((words) => words.includes('RST_STREAM 1 = 8'));
  half.send(call(3, ECHO, 'on'));
  await half.until(answered(3));
});

test('an idle connection is told to go, and may ask until it has heard', async () => {
  const harness = await start({ config: { headersTimeoutMs: 60, keepAliveMs: 100 } });
  const client = await begin(harness);
  await client.until((words) => words.includes('GOAWAY 2147483647 = 0'));
  client.send(call(1, ECHO, 'x'));
  await client.until(answered(1));
  await client.closed();
  expect(client.words.at(-1)).toBe('GOAWAY 1 = 0');
  expect(harness.goAways('idle')).toBe(1);
});

test('a client that is gone without a word is found by a PING', async () => {
  const config = { headersTimeoutMs: 60, requestTimeoutMs: 100, keepAliveMs: 100 };
  const harness = await start({ config, lateMs: 5_000 });
  const client = await begin(harness);
  client.send(call(1, LATE, 'x'));
  await client.until((words) => words.includes('PING'));
  await client.closed();
  expect(harness.goAways('timeout')).toBe(1);
  await vi.waitUntil(() => harness.counted(STREAMS) === 0);
});

test.each([
  ['without TLS', undefined],
  ['over TLS', CERTIFICATE],
])('a client that ends its side gets what it has asked for, %s', async (_, ca) => {
  const harness = await start({ lateMs: 50, isTls: ca !== undefined });
  const client = raw(harness, { allowHalfOpen: true, ca });
  client.send(
    PREFACE,
    settings(),
    SETTINGS_ACK,
    call(1, LATE, 'x'),
    headers(3, block(callFields(ECHO))),
  );
  client.socket.end();
  await client.until(answered(1));
  while (!client.isEnded) await new Promise((resolve) => setTimeout(resolve, 2));
  expect(client.words).toContain('RST_STREAM 3 = 8');
});

test('a client that does not read is read no further, and closed in time', async () => {
  const config = { headersTimeoutMs: 60, requestTimeoutMs: 100 };
  const harness = await start({ config });
  const client = await begin(harness);
  client.socket.pause();
  const long = 'x'.repeat(10_000);
  // Room for all of it: it is the socket that is full.
  client.send(settings([4, 2 ** 31 - 1]), Buffer.from('0000040800000000007fff0000', 'hex'));
  for (let id = 1; id < 4_000; id += 2) client.send(call(id, ECHO, long));
  const held: number[] = [];
  while (harness.connections > 0) {
    held.push(harness.counted(CLIENT_BYTES));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(Math.max(...held)).toBeLessThan(1_000_000);
  expect(harness.goAways('unread')).toBe(1);
  expect(harness.calls.length).toBeLessThan(1_900);
});

test('of those that hold too much the largest is closed', async () => {
  const harness = await start({ mostClientBytes: 1_000_000 });
  const [large, small] = [await begin(harness), await begin(harness)];
  small.send(call(1, ECHO, 'x'));
  for (let id = 1; id < 200; id += 2) {
    large.send(headers(id, block(callFields(ECHO))), data(id, Buffer.alloc(16_000), false));
  }
  await large.closed();
  expect(harness.counted(CLIENTS_CLOSED)).toBe(1);
  await vi.waitUntil(() => harness.counted(STREAMS) === 0);
  small.send(call(3, ECHO, 'on'));
  await small.until(answered(3));
});

test('shutdown: all that is asked is answered, and then the connection ends', async () => {
  const harness = await start({ lateMs: 100 });
  const [busy, idle] = [await begin(harness), await begin(harness)];
  busy.send(call(1, LATE, 'x'));
  await new Promise((resolve) => setTimeout(resolve, 20));
  harness.protocol.closeIdle();
  harness.protocol.closeIdle();
  await busy.until((words) => words.includes('PING'));
  const payload = busy.frames.find(({ type }) => type === 6)?.payload ?? Buffer.alloc(8);
  const ack = Buffer.concat([Buffer.from('000008060100000000', 'hex'), payload]);
  for (const client of [busy, idle]) client.send(call(3, ECHO, 'y'), ack, call(5, ECHO, 'z'));
  await Promise.all([busy.closed(), idle.closed()]);
  for (const client of [busy, idle]) {
    expect(answered(3)(client.words)).toBe(true);
    expect(answered(5)(client.words)).toBe(false);
    expect(client.words.filter((word) => word.startsWith('GOAWAY'))).toHaveLength(2);
  }
  expect(answered(1)(busy.words)).toBe(true);
  expect(harness.goAways('shutdown')).toBe(2);
});

test('beyond MAX_CONNECTIONS health is told once, and all else is refused', async () => {
  const harness = await start({}, true);
  const [probe, other] = [await begin(harness), await begin(harness)];
  probe.send(call(1, CHECK, ''));
  await probe.until(answered(1));
  expect(probe.frames.find(({ type }) => type === 0)?.payload.toString('hex')).toBe(
    '00000000020801',
  );
  other.send(call(1, ECHO, 'x'));
  await other.until((words) => words.some((word) => word.startsWith('GOAWAY')));
  await Promise.all([probe.closed(), other.closed()]);
  expect(harness.calls).toEqual([]);
  expect(harness.goAways('crowd')).toBe(2);
  expect(harness.counted(BAD_REQUESTS)).toBeLessThanOrEqual(1);
});
