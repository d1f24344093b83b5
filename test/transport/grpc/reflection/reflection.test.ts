/** Reflection: what clients hear of services that they do not know, and how much they may ask. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RATE_LIMIT_SERVICE } from '../../../../src/envoy/wire/proto-files.ts';
import { CALLS_OVER_BOUND, CLIENT_BYTES } from '../../../../src/metrics/cells.ts';
import {
  MOST_QUESTION_BYTES,
  MOST_QUESTIONS,
  MOST_WAITING_BYTES,
} from '../../../../src/transport/grpc/reflection/reflection.ts';
import {
  block,
  callFields,
  data,
  framed,
  headers,
  reset,
  settings,
  windowUpdate,
} from '../../http2/frames.ts';
import { GrpcHarness, SERVICE } from '../grpc-harness.ts';
import { RawClient } from '../raw-client.ts';
import { Asker, filesIn, INFO, questionBytes } from './asker.ts';
import { rootOf } from './described-root.ts';

const HEALTH = 'grpc.health.v1.Health';
const V1 = 'grpc.reflection.v1.ServerReflection';
const V1ALPHA = 'grpc.reflection.v1alpha.ServerReflection';
const ENVOY = 'envoy.service.ratelimit.v3';
const INITIAL_WINDOW = 4;

let harness: GrpcHarness;
const stops: { stop(): void }[] = [];
beforeEach(async () => {
  const described = { name: `${ENVOY}.RateLimitService`, methods: {} };
  harness = await GrpcHarness.start({
    services: [{ ...described, describedBy: RATE_LIMIT_SERVICE }],
  });
});
afterEach(() => {
  for (const one of stops.splice(0)) one.stop();
  harness.stop();
});

function asker(path?: string): Asker {
  const one = new Asker(harness.port, path);
  stops.push(one);
  return one;
}

test.each([V1, V1ALPHA])('%s lists all services, and itself', async (service) => {
  const one = asker(`/${service}/ServerReflectionInfo`);
  const { listServicesResponse } = await one.ask({ listServices: '' });
  const names = listServicesResponse?.service.map(({ name }) => name);
  expect(names).toEqual([`${ENVOY}.RateLimitService`, HEALTH, V1, V1ALPHA, SERVICE]);
  expect(await one.end()).toBe(0);
});

//  what is asked by, and what its file says, by the message of a library
test.each([
  [{ fileContainingSymbol: HEALTH }, 'grpc.health.v1.HealthCheckRequest'],
  [{ fileContainingSymbol: `${HEALTH}.Watch` }, 'grpc.health.v1.HealthCheckResponse'],
  [{ fileContainingSymbol: V1 }, 'grpc.reflection.v1.ServerReflectionRequest'],
  [{ fileContainingSymbol: V1ALPHA }, 'grpc.reflection.v1alpha.ServerReflectionRequest'],
  [{ fileByFilename: 'grpc/health/v1/health.proto' }, 'grpc.health.v1.HealthCheckRequest'],
  [{ fileContainingSymbol: `${ENVOY}.RateLimitResponse.RateLimit` }, `${ENVOY}.RateLimitRequest`],
  [{ fileContainingSymbol: `${ENVOY}.RateLimitResponse.OVER_LIMIT` }, `${ENVOY}.RateLimitRequest`],
  [{ fileContainingSymbol: `${ENVOY}.RateLimitRequest.domain` }, `${ENVOY}.RateLimitRequest`],
  [{ fileContainingSymbol: 'google.protobuf.Duration' }, 'google.protobuf.Duration'],
  [{ fileContainingSymbol: 'envoy.type.v3.WEEK' }, 'envoy.type.v3.RateLimitUnit'],
])('%j is answered with a file that says %s', async (question, name) => {
  const answer = await asker().ask({ host: 'a', ...question });
  expect([answer.validHost, answer.originalRequest]).toEqual(['a', { host: 'a', ...question }]);
  const root = rootOf(filesIn(answer));
  root.resolveAll();
  expect(root.lookupTypeOrEnum(name).fullName).toBe(`.${name}`);
});

test('a file comes with all that it imports, so that it can be used at once', async () => {
  const one = asker();
  const answer = await one.ask({ fileByFilename: 'envoy/service/ratelimit/v3/rls.proto' });
  expect(answer.fileDescriptorResponse?.fileDescriptorProto).toHaveLength(6);
  const root = rootOf(filesIn(answer));
  root.resolveAll();
  const { ShouldRateLimit: method } = root.lookupService(`${ENVOY}.RateLimitService`).methods;
  expect([method?.requestType, method?.responseType]).toEqual([
    `.${ENVOY}.RateLimitRequest`,
    `.${ENVOY}.RateLimitResponse`,
  ]);
  const both = rootOf(filesIn(await one.ask({ fileContainingSymbol: V1 })));
  const { requestStream, responseStream } = both.lookupService(V1).methods[
    'ServerReflectionInfo'
  ] as { requestStream?: boolean; responseStream?: boolean };
  expect([requestStream, responseStream]).toEqual([true, true]);
});

//  what is not there, and is an answer all the same
test.each([
  [{ fileContainingSymbol: 'no.Such' }, 5],
  // A service that says nothing of itself.
  [{ fileContainingSymbol: SERVICE }, 5],
  [{ fileByFilename: 'no.proto' }, 5],
  [{ fileContainingExtension: { containingType: HEALTH, extensionNumber: 1 } }, 5],
  [{ allExtensionNumbersOfType: 'no.Such' }, 5],
  [{}, 3],
])('%j is an answer of its own, and the stream goes on', async (question, code) => {
  const one = asker();
  expect((await one.ask(question)).errorResponse?.errorCode).toBe(code);
  expect((await one.ask({ listServices: '*' })).listServicesResponse).toBeDefined();
});

test('a message has no extensions', async () => {
  const name = 'grpc.health.v1.HealthCheckRequest';
  const answer = await asker().ask({ allExtensionNumbersOfType: name });
  expect(answer.allExtensionNumbersResponse).toEqual({ baseTypeName: name });
});

test('many questions on a stream are answered in order', async () => {
  const one = asker();
  const names = Array.from({ length: 500 }, (_, i) => (i % 3 === 0 ? HEALTH : `no.${i}`));
  const answers = names.map((fileContainingSymbol) => one.ask({ fileContainingSymbol }));
  const asked = (await Promise.all(answers)).map(({ originalRequest }) => originalRequest);
  expect(asked).toEqual(names.map((fileContainingSymbol) => ({ fileContainingSymbol })));
  expect(await one.end()).toBe(0);
});

test('who asks is told to ask elsewhere when the connection is about to end', async () => {
  const one = asker();
  await one.ask({ listServices: '' });
  harness.protocol.closeIdle();
  expect(await one.code).toBe(14);
});

test('who begins to ask then is told the same', async () => {
  const client = await begin();
  harness.protocol.closeIdle();
  await client.until((words) => words.includes('PING'));
  expect(await codeAfter(client, data(1, LIST, false))).toBe('14');
});

const LIST = framed(questionBytes({ listServices: '' }));
const ENVOYS = framed(questionBytes({ fileContainingSymbol: `${ENVOY}.RateLimitService` }));

async function begin(): Promise<RawClient> {
  const client = await RawClient.begin(harness.port);
  stops.push(client);
  return client;
}

function opened(id: number): Buffer {
  return headers(id, block(callFields(INFO)));
}

/** What gRPC says at the end of stream 1. */
async function codeAfter(client: RawClient, ...pieces: readonly Uint8Array[]): Promise<string> {
  client.send(opened(1), ...pieces);
  await client.until((words) => words.some((word) => word.startsWith('HEADERS 1 end')));
  return statusIn(client);
}

function statusIn(client: RawClient): string {
  const last = client.frames.findLast(({ type }) => type === 1);
  return /grpc-status.(\d+)/.exec(last?.payload.toString('latin1') ?? '')?.[1] ?? '';
}

//  what is sent, and what gRPC says to it
test.each([
  ['no question at all', [data(1, '')], '0'],
  ['a message that is none', [data(1, framed(Buffer.of(0x0a, 5)), false)], '3'],
  ['a compressed message', [data(1, Buffer.of(1, 0, 0, 0, 0), false)], '13'],
  ['half a message, and the end', [data(1, LIST.subarray(0, 6))], '13'],
  ['half a prefix, and the end', [data(1, LIST.subarray(0, 3))], '13'],
  ['a message that is too long', [data(1, prefixOf(MOST_QUESTION_BYTES + 1), false)], '8'],
  ['a message of 4 GB', [data(1, prefixOf(2 ** 32 - 1), false)], '8'],
  [
    'more questions at once than are answered',
    [data(1, Buffer.concat(Array(MOST_QUESTIONS + 1).fill(LIST)), false)],
    '8',
  ],
])('%s', async (_, pieces, code) => {
  expect(await codeAfter(await begin(), ...pieces)).toBe(code);
});

function prefixOf(length: number): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(length, 1);
  return prefix;
}

test('messages may come in any pieces', async () => {
  const client = await begin();
  const bytes = Buffer.concat([LIST, LIST, LIST]);
  const pieces = [...bytes].map((byte) => data(1, Buffer.of(byte), false));
  expect(await codeAfter(client, ...pieces, data(1, ''))).toBe('0');
  expect(client.words.filter((word) => word.startsWith('DATA 1'))).toHaveLength(3);
});

test('a client that does not read is told so, and holds no more than its bound', async () => {
  const client = await begin();
  client.send(settings([INITIAL_WINDOW, 0]), opened(1));
  const most = MOST_WAITING_BYTES / 2_000;
  for (let i = 0; i < most; i++) client.send(data(1, ENVOYS, false));
  // By now all of them were read.
  client.send(opened(3), data(3, LIST));
  await client.until((words) => words.some((word) => word.startsWith('HEADERS 3')));
  const { words } = client;
  expect(words.filter((word) => word.startsWith('DATA 1'))).toEqual([]);
  client.send(settings([INITIAL_WINDOW, 2 ** 30]), windowUpdate(0, 2 ** 30));
  await client.until((said) => said.some((word) => word.startsWith('HEADERS 1 end')));
  const sent = client.frames.filter(({ type, streamId }) => type === 0 && streamId === 1);
  const bytes = sent.reduce((sum, { payload }) => sum + payload.length, 0);
  expect(bytes).toBeGreaterThan(MOST_WAITING_BYTES);
  expect(bytes).toBeLessThan(MOST_WAITING_BYTES + 10_000);
  const ends = client.frames.filter(({ type, streamId }) => type === 1 && streamId === 1);
  expect(ends.at(-1)?.payload.toString('latin1')).toContain('read the answers');
});

test('eight streams of a connection may stay open, of any kind', async () => {
  const client = await begin();
  for (let id = 1; id <= 17; id += 2) client.send(opened(id), data(id, LIST, false));
  await client.until((words) => words.some((word) => word.startsWith('HEADERS 17 end')));
  expect(statusIn(client)).toBe('8');
  expect(harness.counted(CALLS_OVER_BOUND + 3)).toBe(1);
  client.send(data(1, ''));
  await client.until((words) => words.some((word) => word.startsWith('HEADERS 1 end')));
  client.send(opened(19), data(19, LIST, false));
  await client.until((words) => words.some((word) => word.startsWith('DATA 19')));
});

test('a stream that is open holds the connection, for as long as its client wants', async () => {
  harness.stop();
  harness = await GrpcHarness.start({
    config: { keepAliveMs: 30, requestTimeoutMs: 30, headersTimeoutMs: 30 },
  });
  const client = await begin();
  client.send(opened(1), data(1, LIST.subarray(0, 4), false));
  const later = Date.now() + 300;
  while (Date.now() < later) await new Promise((resolve) => setTimeout(resolve, 20));
  client.send(data(1, LIST.subarray(4)));
  await client.until((words) => words.some((word) => word.startsWith('HEADERS 1 end')));
  expect(statusIn(client)).toBe('0');
});

test('what was kept of half a message is given back with its stream', async () => {
  const client = await begin();
  const long = Buffer.concat([prefixOf(MOST_QUESTION_BYTES), Buffer.alloc(4_000)]);
  client.send(opened(1), data(1, long, false), opened(3), data(3, LIST, false));
  await client.until((words) => words.some((word) => word.startsWith('DATA 3')));
  const held = harness.counted(CLIENT_BYTES);
  client.send(reset(1), data(3, LIST, false));
  await client.until((words) => words.filter((word) => word.startsWith('DATA 3')).length === 2);
  expect(held - harness.counted(CLIENT_BYTES)).toBeGreaterThan(4_000);
});
