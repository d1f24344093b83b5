/** Unary calls, asked by node:http2: what is answered, and to what is wrong. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { monotonicUs } from '../../../src/lib/clock.ts';
import { CALLS_OVER_BOUND, DURATION, STREAMS } from '../../../src/metrics/cells.ts';
import { MOST_MESSAGE_BYTES } from '../../../src/transport/grpc/message-frame.ts';
import { framed } from '../http2/frames.ts';
import { BOUNDED, ECHO, FAIL, GrpcHarness, LATE, SERVICE } from './grpc-harness.ts';
import { type Answer, GRPC, Http2Client } from './http2-client.ts';

let harness: GrpcHarness;
let client: Http2Client;
beforeAll(async () => {
  harness = await GrpcHarness.start();
  client = new Http2Client(harness.port);
});
afterAll(() => {
  client.close();
  harness.stop();
});

function numbers({ status, code, message }: Answer): readonly unknown[] {
  return [status, code, message];
}

test('a message is answered, with the fields that clients want', async () => {
  const answer = await client.call(ECHO, 'hello');
  expect(numbers(answer)).toEqual([200, '0', 'hello']);
  expect(answer.headers['content-type']).toBe('application/grpc');
  expect(numbers(await client.call(ECHO, ''))).toEqual([200, '0', '']);
});

test('messages of any length and bytes', async () => {
  for (const length of [1, 1_000, 16_379, 16_384, 70_000, 1_000_000, MOST_MESSAGE_BYTES]) {
    const message = Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString('latin1');
    const long = message.repeat(Math.ceil(length / 256)).slice(0, length);
    const answer = await client.call(ECHO, long);
    expect([answer.status, answer.code, answer.message === long]).toEqual([200, '0', true]);
  }
});

test('late answers are given to those who asked', async () => {
  const asked = Array.from({ length: 200 }, (_, i) => `${i}`);
  const answers = await Promise.all(asked.map((text) => client.call(LATE, text)));
  expect(answers.map(({ message }) => message)).toEqual(asked);
});

test('durations are measured of what decides: once a piece, or for each late answer', async () => {
  const measured = () =>
    Array.from({ length: DURATION.bounds.length + 1 }, (_, i) =>
      harness.counted(DURATION.buckets + i),
    ).reduce((sum, count) => sum + count);
  const before = measured();
  await client.call(FAIL, 'x');
  await client.call(BOUNDED, 'x');
  expect(measured()).toBe(before);
  await client.call(ECHO, 'x');
  await client.call(LATE, 'x');
  expect(measured()).toBe(before + 2);
});

test('a fault is told in words that a header field can hold', async () => {
  const answer = await client.call(FAIL, 'x');
  expect([answer.status, answer.code]).toEqual([200, '3']);
  expect(decodeURIComponent(answer.words ?? '')).toBe('no, 100 % not: ü');
  expect(answer.body).toHaveLength(0);
});

//  grpc-timeout, microseconds
test.each([
  ['20m', 20_000],
  ['1H', 3_600_000_000],
  ['2M', 120_000_000],
  ['99999999S', 99_999_999_000_000],
  ['15u', 15],
  ['1500n', 1],
  ['0m', 0],
])('a timeout of %s is %d us', async (text, us) => {
  const fromUs = monotonicUs();
  await client.call(ECHO, 'x', { 'grpc-timeout': text });
  const deadlineUs = harness.calls.at(-1)?.deadlineUs ?? Number.NaN;
  expect(deadlineUs).toBeGreaterThanOrEqual(fromUs + us);
  expect(deadlineUs).toBeLessThanOrEqual(monotonicUs() + us);
});

test('without a timeout there is no deadline', async () => {
  await client.call(ECHO, 'x');
  expect(harness.calls.at(-1)?.deadlineUs).toBeNull();
});

const GZIP = { 'grpc-encoding': 'gzip' };
//  what is wrong, fields, DATA, HTTP's status, gRPC's
test.each<readonly [string, Record<string, string>, Buffer, number, string | undefined]>([
  ['no such method', { ':path': `/${SERVICE}/Nope` }, framed('x'), 200, '12'],
  ['no such service', { ':path': '/nope.Nope/Nope' }, framed('x'), 200, '12'],
  ['compressed', GZIP, Buffer.concat([Buffer.of(1), framed('x').subarray(1)]), 200, '12'],
  [
    'compressed without saying how',
    {},
    Buffer.concat([Buffer.of(1), framed('x').subarray(1)]),
    200,
    '13',
  ],
  ['no message', {}, Buffer.alloc(0), 200, '13'],
  ['half a prefix', {}, Buffer.alloc(3), 200, '13'],
  ['half a message', {}, framed('xy').subarray(0, 6), 200, '13'],
  ['two messages', {}, Buffer.concat([framed('x'), framed('y')]), 200, '13'],
  ['a timeout that is none', { 'grpc-timeout': '20' }, framed('x'), 200, '13'],
  ['a long timeout', { 'grpc-timeout': '123456789m' }, framed('x'), 200, '13'],
  ['another type', { 'content-type': 'application/json' }, framed('x'), 415, undefined],
  [
    'a type that begins alike',
    { 'content-type': 'application/grpc-web' },
    framed('x'),
    415,
    undefined,
  ],
  ['another method', { ':method': 'PUT' }, framed('x'), 405, undefined],
])('refused: %s', async (_, fields, body, status, code) => {
  const before = harness.calls.length;
  const answer = await client.ask({ ':path': ECHO, ...GRPC, ...fields }, body);
  expect([answer.status, answer.code]).toEqual([status, code]);
  expect(harness.calls).toHaveLength(before);
  if (fields === GZIP) expect(answer.headers['grpc-accept-encoding']).toBe('identity');
  expect(numbers(await client.call(ECHO, 'on'))).toEqual([200, '0', 'on']);
});

test.each(['application/grpc+proto', 'application/grpc;x=y', 'APPLICATION/GRPC'])(
  'a type may be %s',
  async (type) => {
    expect((await client.call(ECHO, 'x', { 'content-type': type })).code).toBe('0');
  },
);

test('a call over a bound of size gets the answer of its method, and is counted', async () => {
  const [message, headers] = [CALLS_OVER_BOUND, CALLS_OVER_BOUND + 1];
  const long = Buffer.alloc(MOST_MESSAGE_BYTES + 1);
  expect(numbers(await client.call(BOUNDED, long))).toEqual([200, '0', 'over']);
  expect((await client.call(ECHO, long)).code).toBe('8');
  expect(harness.counted(message)).toBe(2);
  const wide = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [`x-${i}`, 'y'.repeat(3_400)]),
  );
  expect(numbers(await client.call(BOUNDED, 'x', wide))).toEqual([200, '0', 'over']);
  expect((await client.call(ECHO, 'x', wide)).code).toBe('8');
  expect(harness.counted(headers)).toBe(2);
});

test('plain requests: probes, and nothing else', async () => {
  const get = (path: string) => client.ask({ ':method': 'GET', ':path': path }, Buffer.alloc(0));
  expect((await get('/livez')).body.toString()).toBe('alive\n');
  expect((await get('/readyz?x')).status).toBe(200);
  expect((await get('/')).status).toBe(404);
  harness.state.phase = 'draining';
  expect((await get('/readyz')).status).toBe(503);
  harness.state.phase = 'serving';
  const head = await client.ask({ ':method': 'HEAD', ':path': '/livez' }, Buffer.alloc(0));
  expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, '6', 0]);
});

test('nothing stays open', () => {
  expect(harness.counted(STREAMS)).toBe(0);
});
