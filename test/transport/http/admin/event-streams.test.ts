/** Events as they are sent: who is told what, and what one who does not read costs. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { MOST_HAPPENINGS } from '../../../../src/admin/happenings.ts';
import { MOST_LISTENERS } from '../../../../src/transport/http/admin/event-streams.ts';
import { get, request } from '../../../support/ask.ts';
import { EventClient } from '../../../support/event-client.ts';
import { expectProblem } from '../../../support/problem.ts';
import { RawClient } from '../../../support/raw-http.ts';
import { RIGHT } from '../../../support/reset.ts';
import { AdminHarness, type AdminHarnessOptions } from './admin-harness.ts';

let harness: AdminHarness;
const start = async (options: AdminHarnessOptions = {}) => {
  harness = await AdminHarness.start(options);
};
afterEach(() => harness.stop());

const LISTEN = request('GET', '/v1/events', RIGHT);

/** Connects, asks, and reads nothing. */
async function deafListener(): Promise<Socket> {
  const socket = connect({ port: harness.port, host: '127.0.0.1' });
  socket.on('error', () => undefined).pause();
  await once(socket, 'connect');
  socket.write(LISTEN);
  return socket;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('a listener is told what has happened, how things are, and both again each second', async () => {
  await start();
  harness.happen('one');
  harness.happen('two');
  const client = await EventClient.open(harness.port);
  expect(client.headers).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  expect(await client.next()).toMatchObject({ event: 'happening', id: 'run-1' });
  expect(await client.next()).toEqual({
    event: 'happening',
    id: 'run-2',
    data: { time: '1970-01-01T00:00:00.000Z', kind: 'two', what: 'It was two', detail: {} },
  });
  expect(await client.next()).toMatchObject({ event: 'now', id: null, data: { keys: 1 } });
  harness.tell();
  expect(await client.next()).toMatchObject({ event: 'now', data: { keys: 2 } });
  harness.happen('three');
  harness.tell();
  expect(await client.next()).toMatchObject({ event: 'happening', id: 'run-3' });
  expect(await client.next()).toMatchObject({ event: 'now', data: { keys: 3 } });
  client.close();
});

//  the id that one comes back with, the ids that one is told
test.each([
  ['run-1', ['run-2', 'run-3']],
  ['run-3', []],
  ['run-4', ['run-1', 'run-2', 'run-3']],
  ['before-3', ['run-1', 'run-2', 'run-3']],
  ['run-3x', ['run-1', 'run-2', 'run-3']],
  ['', ['run-1', 'run-2', 'run-3']],
])('who comes back with %j misses nothing and hears nothing twice', async (id, told) => {
  await start();
  for (const kind of ['one', 'two', 'three']) harness.happen(kind);
  const client = await EventClient.open(harness.port, { 'Last-Event-ID': id });
  const ids = [];
  for (let next = await client.next(); next?.event === 'happening'; next = await client.next()) {
    ids.push(next.id);
  }
  expect(ids).toEqual(told);
  client.close();
});

test('how things are is worked out once for all who listen, and not where nobody does', async () => {
  await start();
  harness.tell();
  expect(harness.worked).toBe(0);
  const clients = await Promise.all([1, 2, 3].map(() => EventClient.open(harness.port)));
  for (const client of clients) await client.next();
  const before = harness.worked;
  harness.tell();
  expect(harness.worked).toBe(before + 1);
  for (const client of clients) {
    expect(await client.next()).toMatchObject({ data: { keys: before + 1 } });
    client.close();
  }
  await until(() => harness.sockets.size === 0);
  harness.tell();
  expect(harness.worked).toBe(before + 1);
});

test('who does not read holds what one second was, and others are told meanwhile', async () => {
  // So much that the buffers of the system are full soon.
  await start({ padding: 200_000 });
  const deaf = await deafListener();
  const client = await EventClient.open(harness.port);
  await client.next();
  let most = 0;
  let counted = 0;
  for (let second = 0; second < 200; second++) {
    harness.happen('one');
    harness.tell();
    expect(await client.nextOf('now')).not.toBeNull();
    most = Math.max(most, harness.waitingBytes);
    counted = Math.max(counted, harness.clientBytes);
  }
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThan(3 * 200_000);
  // And it is counted for it.
  expect(counted).toBeGreaterThan(0);
  client.close();
  deaf.destroy();
});

test('who reads again is told what happened meanwhile, as far as it is kept', async () => {
  await start({ padding: 200_000 });
  const deaf = await deafListener();
  await until(() => harness.worked === 1);
  for (let second = 0; second < 100; second++) {
    harness.tell();
    await turn();
  }
  expect(harness.waitingBytes).toBeGreaterThan(0);
  for (let i = 0; i < MOST_HAPPENINGS + 5; i++) harness.happen('one');
  harness.tell();
  let text = '';
  deaf.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  deaf.resume();
  await until(() => harness.waitingBytes === 0);
  harness.tell();
  await until(() => text.includes(`id: run-${MOST_HAPPENINGS + 5}\n`));
  const ids = [...text.matchAll(/^id: run-(\d+)$/gm)].map(([, id]) => Number(id));
  expect(ids).toEqual(Array.from({ length: MOST_HAPPENINGS }, (_, i) => i + 6));
  deaf.destroy();
});

test('who takes nothing for as long as a request may take is closed; who reads is not', async () => {
  await start({ padding: 200_000, requestTimeoutMs: 300 });
  const deaf = await deafListener();
  const client = await EventClient.open(harness.port);
  await until(() => harness.sockets.size === 2);
  const began = performance.now();
  while (harness.sockets.size === 2) {
    harness.tell();
    await client.nextOf('now');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // Not by the time of a request alone, which this listener is older than by now.
  expect(performance.now() - began).toBeGreaterThan(300);
  harness.tell();
  expect(await client.nextOf('now')).not.toBeNull();
  client.close();
  deaf.destroy();
});

test('as many listen as may, and the next is told so, until one goes', async () => {
  await start();
  const clients = await Promise.all(
    Array.from({ length: MOST_LISTENERS }, () => EventClient.open(harness.port)),
  );
  const refused = await get(harness, '/v1/events', { headers: RIGHT });
  expectProblem(refused, 503, `${MOST_LISTENERS} clients listen`);
  expect(refused.headers['retry-after']).toBe('5');
  expect((await get(harness, '/v1/instances', { headers: RIGHT })).status).toBe(200);
  clients[0]?.close();
  await until(() => harness.sockets.size === MOST_LISTENERS - 1);
  const client = await EventClient.open(harness.port);
  for (const one of [...clients, client]) one.close();
});

test('who sends nothing any more listens no more', async () => {
  await start();
  const client = await RawClient.connect(harness.port);
  client.send(LISTEN);
  await until(() => harness.worked === 1);
  client.end();
  expect(await client.answers()).toMatchObject([{ status: 200 }]);
  await until(() => harness.sockets.size === 0);
});

test('what is asked behind a stream, or is no request, changes nothing in it', async () => {
  await start();
  const client = await RawClient.connect(harness.port);
  client.send(LISTEN + request('GET', '/v1/instances', RIGHT) + LISTEN);
  await until(() => harness.worked === 2);
  client.send('\0 no request\r\n\r\n');
  for (let second = 0; second < 50; second++) {
    harness.tell();
    await turn();
  }
  expect(harness.waitingBytes).toBeLessThan(10_000);
  harness.end();
  const [stream] = await client.answers();
  expect(stream?.status).toBe(200);
  expect(stream?.body.match(/^event: now$/gm)?.length).toBeGreaterThan(50);
  expect(stream?.body).toMatch(/\n\n$/);
});

test('HEAD is answered at once, a parameter is refused', async () => {
  await start();
  const head = await get(harness, '/v1/events', { method: 'HEAD', headers: RIGHT });
  expect(head.status).toBe(200);
  expect(head.headers['content-type']).toBe('text/event-stream');
  expectProblem(await get(harness, '/v1/events?since=1', { headers: RIGHT }), 400, 'none here');
});

test('with the service the streams end, and none begins', async () => {
  await start();
  const client = await EventClient.open(harness.port);
  await client.next();
  harness.end();
  expect(await client.next()).toBeNull();
  expectProblem(await get(harness, '/v1/events', { headers: RIGHT }), 503, 'ending');
});
