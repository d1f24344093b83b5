/** Waiting for a turn with the client as it is used: real time, a real connection, the hook. */
import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { type Unanswered, UnavailableError } from '../../src/client/client.ts';
import { freshKey } from '../support/ask.ts';
import { type Service, startService } from '../support/service.ts';
import { decideAll, type Respond, until } from './fake-service.ts';
import { started } from './started.ts';

const QUESTION = { key: 'k', capacity: 1, interval: 1 } as const;
const { atEnd, clientOf, fakeOf } = started();

/** Denies, and tells this wait. */
function denying(retryAfterMs: number): Respond {
  const decision = { allowed: false, limit: 1, remaining: 0, retryAfterMs, resetAfterMs: 1 };
  return (res) => res.writeHead(429).end(JSON.stringify(decision));
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('the real service serves all in their order, each after the wait that it told', async () => {
  const service: Service = await startService({ flags: ['--threads', '1', '--max-keys', '100'] });
  atEnd(() => service.stop());
  const client = clientOf(service.url);
  const question = { key: freshKey(), capacity: 1, interval: 50, unit: 'ms' } as const;
  const order: number[] = [];
  const startMs = performance.now();
  const calls = [0, 1, 2, 3, 4].map(async (place) => {
    expect(await client.acquire(question)).toMatchObject({ allowed: true, limit: 1 });
    order.push(place);
  });
  await Promise.all(calls);
  expect(order).toEqual([0, 1, 2, 3, 4]);
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(4 * 50 - 1);
});

test('a wait above 2^31 - 1 ms is waited for, and not cut to nothing', async () => {
  const fake = await fakeOf(denying(2 ** 31 + 5));
  const controller = new AbortController();
  const { signal } = controller;
  const call = clientOf(fake.url).acquire(QUESTION, { signal, maxWaitMs: 2 ** 33 });
  const settled = Promise.allSettled([call]);
  await until(() => fake.asked.length > 0);
  await pause(50);
  expect(fake.asked).toHaveLength(1);
  controller.abort(new Error('enough'));
  expect(await settled).toMatchObject([{ reason: { message: 'enough' } }]);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test.each(['deny', 'throw'] as const)(
  'without an answer it is not asked again, and the hook is told, where onError is to %s',
  async (onError) => {
    const told: Unanswered[] = [];
    const fake = await fakeOf((res) => res.destroy());
    const client = clientOf(fake.url, { onError, onUnavailable: (one) => told.push(one) });
    const call = client.acquire(QUESTION, { maxWaitMs: 60_000 });
    await expect(call).rejects.toThrow(UnavailableError);
    expect(fake.asked).toHaveLength(1);
    expect(told).toMatchObject([{ call: 'acquire', questions: [QUESTION] }]);
  },
);

test('without an answer onError may allow', async () => {
  const fake = await fakeOf((res) => res.destroy());
  const decision = await clientOf(fake.url, { onError: 'allow' }).acquire(QUESTION);
  expect(decision).toMatchObject({
    allowed: true,
    degraded: true,
    error: { reason: 'connection' },
  });
});

test('a bad question rejects at once, and asks nobody', async () => {
  const fake = await fakeOf(decideAll);
  const client = clientOf(fake.url, { onError: 'allow' });
  const above = client.acquire({ ...QUESTION, cost: 2 });
  await expect(above).rejects.toMatchObject({ name: 'BadQuestionError', field: 'cost' });
  const both = client.acquire({ ...QUESTION, policy: 'p' } as never);
  await expect(both).rejects.toMatchObject({ name: 'BadQuestionError', field: 'capacity' });
  expect(fake.asked).toEqual([]);
});

test('close() ends the wait of all that stand in line', async () => {
  const fake = await fakeOf(denying(3_600_000));
  const client = clientOf(fake.url);
  const calls = [1, 2, 3].map(() => client.acquire(QUESTION));
  const settled = Promise.allSettled(calls);
  await until(() => fake.asked.length > 0);
  // Until the answer is there, on most machines: it comes to the same.
  await pause(50);
  client.close();
  const closed = { reason: { name: 'UnavailableError', reason: 'closed' } };
  expect(await settled).toMatchObject([closed, closed, closed]);
});
