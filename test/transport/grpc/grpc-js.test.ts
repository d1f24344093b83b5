/** The client that most have, @grpc/grpc-js, as it comes: calls, deadlines, cancellations. */
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { ECHO, FAIL, GrpcHarness, type HarnessOptions, LATE } from './grpc-harness.ts';

const open: { stop(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.stop();
});

const bytes = (message: Buffer) => message;

class Caller {
  readonly harness: GrpcHarness;
  readonly client: Client;

  constructor(harness: GrpcHarness, options: Record<string, number> = {}) {
    this.harness = harness;
    this.client = new Client(`127.0.0.1:${harness.port}`, credentials.createInsecure(), options);
    open.push({ stop: () => this.client.close() }, harness);
  }

  static async start(options?: HarnessOptions, ofClient?: Record<string, number>): Promise<Caller> {
    return new Caller(await GrpcHarness.start(options), ofClient);
  }

  /** The message of the answer, or the number of its status. */
  call(path: string, text: string, deadlineMs = 5_000): Promise<string | number> {
    const { promise, resolve } = Promise.withResolvers<string | number>();
    const deadline = Date.now() + deadlineMs;
    const done = (error: ServiceError | null, message?: Buffer) =>
      resolve(error === null ? (message as Buffer).toString('latin1') : error.code);
    this.client.makeUnaryRequest(path, bytes, bytes, Buffer.from(text), { deadline }, done);
    return promise;
  }
}

test('1,000 calls, 100 at once', async () => {
  const caller = await Caller.start();
  for (let round = 0; round < 10; round++) {
    const asked = Array.from({ length: 100 }, (_, i) => `call ${round} ${i}`);
    expect(await Promise.all(asked.map((text) => caller.call(ECHO, text)))).toEqual(asked);
  }
});

test('a fault, and a method that is not there', async () => {
  const caller = await Caller.start();
  expect(await caller.call(FAIL, 'x')).toBe(status.INVALID_ARGUMENT);
  expect(await caller.call('/no.Such/Method', 'x')).toBe(status.UNIMPLEMENTED);
});

test('deadlines that pass, and the connection goes on', async () => {
  const caller = await Caller.start({ lateMs: 200 });
  const late = await Promise.all(Array.from({ length: 50 }, () => caller.call(LATE, 'x', 30)));
  expect(new Set(late)).toEqual(new Set([status.DEADLINE_EXCEEDED]));
  expect(await caller.call(ECHO, 'on')).toBe('on');
  expect(caller.harness.connections).toBe(1);
});

test('cancellations, 500 of them, and no other call is lost', async () => {
  const caller = await Caller.start({ lateMs: 20 });
  const cancelled: Promise<number>[] = [];
  const kept: Promise<string | number>[] = [];
  for (let i = 0; i < 500; i++) {
    const { promise, resolve } = Promise.withResolvers<number>();
    const call = caller.client.makeUnaryRequest(LATE, bytes, bytes, Buffer.from('x'), (error) =>
      resolve(error?.code ?? 0),
    );
    setImmediate(() => call.cancel());
    cancelled.push(promise);
    kept.push(caller.call(LATE, `${i}`));
  }
  expect(new Set(await Promise.all(cancelled))).toEqual(new Set([status.CANCELLED]));
  expect(await Promise.all(kept)).toEqual(kept.map((_, i) => `${i}`));
});

test('pings to keep the connection', async () => {
  const caller = await Caller.start(
    { lateMs: 300 },
    { 'grpc.keepalive_time_ms': 20, 'grpc.keepalive_timeout_ms': 100 },
  );
  expect(await caller.call(LATE, 'x')).toBe('x');
  expect(caller.harness.connections).toBe(1);
});

test('connections that become old lose no call', async () => {
  const caller = await Caller.start({
    config: { grpcMaxConnectionAgeMs: 150, headersTimeoutMs: 100 },
    lateMs: 3,
  });
  let calls = 0;
  const ask = async (name: number) => {
    // However many a machine makes in that time, some are under way at each end.
    while (calls <= 500 || caller.harness.goAways('age') <= 5) {
      const path = calls++ % 3 === 0 ? LATE : ECHO;
      expect(await caller.call(path, `${name}`)).toBe(`${name}`);
    }
  };
  await Promise.all(Array.from({ length: 20 }, (_, name) => ask(name)));
  expect(calls).toBeGreaterThan(500);
  expect(caller.harness.goAways('age')).toBeGreaterThan(5);
});
