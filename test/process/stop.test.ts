/** Stopping: who is still answered, who is not waited for, and the exit codes. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ask, freshKey, get, members, post, request } from '../support/ask.ts';
import { expectProblem } from '../support/problem.ts';
import { RawClient } from '../support/raw-http.ts';
import { type Service, startService } from '../support/service.ts';

const ALTERED = fileURLToPath(new URL('../support/altered-service.ts', import.meta.url));
const FOR_EVER_MS = '60000';

function question(): object {
  return { key: freshKey(), capacity: 5, interval: 60 };
}

async function untilReadyIs(service: Service, status: number): Promise<void> {
  while ((await get(service, '/readyz')).status !== status) await sleep(10);
}

async function untilRefused(service: Service): Promise<void> {
  for (;;) {
    const client = await RawClient.connect(service.port).catch(() => null);
    if (client === null) return;
    client.destroy();
    await sleep(10);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A connection with a request of which half has arrived, and the other half. */
async function halfAsked(service: Service): Promise<{ client: RawClient; rest: Buffer }> {
  const client = await RawClient.connect(service.port);
  // An answer before it shows that the connection has been accepted.
  expect((await client.send(request('GET', '/livez')).answer()).status).toBe(200);
  const bytes = post(question());
  await client.sent(bytes.subarray(0, -20));
  return { client, rest: bytes.subarray(-20) };
}

/** Starts two deciders to which connections come in this way. */
async function start(accept: string, ...flags: readonly string[]): Promise<Service> {
  const env = { TEST_ACCEPT: accept };
  return startService({ script: ALTERED, env, flags: ['--threads', '2', ...flags] });
}

describe.concurrent.each(['each', 'handed-on'])('connections are accepted: %s', (accept) => {
  test('SIGTERM: not ready, and still serving for DRAIN_DELAY_MS; then exit code 0', async () => {
    const service = await start(accept, '--drain-delay-ms', '4000');
    const idle = await RawClient.connect(service.port);
    expect((await idle.send(post(question())).answer()).status).toBe(200);
    const signalled = performance.now();
    service.process.kill('SIGTERM');
    await untilReadyIs(service, 503);
    expectProblem(await get(service, '/readyz'), 503, 'draining');
    expect((await get(service, '/livez')).status).toBe(200);
    expect(members(await ask(service, question()))).toMatchObject({ remaining: 4 });
    const last = await idle.send(post(question())).answer();
    expect(members(last)).toMatchObject({ remaining: 4 });
    expect(last.headers['connection']).toBe('keep-alive');
    expect(await service.ended).toBe(0);
    expect(performance.now() - signalled).toBeGreaterThanOrEqual(4000);
    await idle.closed();
    idle.destroy();
  });

  test('a client that stalls is given up in its own time while draining too', async () => {
    const times = ['--headers-timeout-ms', '300', '--request-timeout-ms', '600'];
    const service = await start(accept, '--drain-ms', FOR_EVER_MS, ...times);
    const headers = await RawClient.connect(service.port);
    await headers.sent(Buffer.from('POST /api/v1/limit HTTP/1.1\r\nHost'));
    const { client: body } = await halfAsked(service);
    service.process.kill('SIGINT');
    expect(await service.ended).toBe(0);
    for (const client of [headers, body]) {
      expectProblem(await client.answer(), 408);
      await client.closed();
      client.destroy();
    }
  });

  test('SIGINT does not wait, closes listeners and idle connections; exit code 0', async () => {
    const service = await start(accept, '--drain-delay-ms', FOR_EVER_MS, '--drain-ms', FOR_EVER_MS);
    const clients = [];
    for (let i = 0; i < 10; i++) clients.push(await RawClient.connect(service.port));
    for (const client of clients.slice(0, 5)) await client.send(post(question())).answer();
    // These are with node:http, those in the lane.
    for (const client of clients.slice(3, 8)) await client.send(request('GET', '/livez')).answer();
    service.process.kill('SIGINT');
    expect(await service.ended).toBe(0);
    for (const client of clients) {
      await client.closed();
      client.destroy();
    }
  });

  test('a request in flight is answered, and its connection closed; exit code 0', async () => {
    const service = await start(accept, '--drain-ms', FOR_EVER_MS);
    const halves = [];
    for (let i = 0; i < 6; i++) halves.push(await halfAsked(service));
    const idle = await RawClient.connect(service.port);
    await idle.send(post(question())).answer();
    service.process.kill('SIGINT');
    await untilRefused(service);
    await idle.closed();
    expect(service.process.exitCode).toBeNull();
    for (const { client, rest } of halves) {
      const answer = await client.send(rest).answer();
      expect(members(answer)).toMatchObject({ remaining: 4 });
      expect(answer.headers['connection']).toBe('close');
      await client.closed();
    }
    expect(await service.ended).toBe(0);
    for (const { client } of halves) client.destroy();
    idle.destroy();
  });

  test('a client that is stuck does not hold it beyond DRAIN_MS; exit code 0', async () => {
    const service = await start(accept, '--drain-ms', '500', '--request-timeout-ms', FOR_EVER_MS);
    const { client } = await halfAsked(service);
    const neverReads = await RawClient.connect(service.port);
    neverReads.send(post(question()));
    service.process.kill('SIGINT');
    expect(await service.ended).toBe(0);
    client.destroy();
    neverReads.destroy();
  });

  test('a client that is closed on and does not close does not hold it', async () => {
    const service = await start(accept, '--drain-ms', FOR_EVER_MS);
    const clients = [];
    for (const bytes of [request('GET', '/livez', { Connection: 'close' }), 'NONSENSE\r\n\r\n']) {
      const client = await RawClient.connect(service.port);
      await client.send(bytes).answer();
      await client.closed();
      clients.push(client);
    }
    service.process.kill('SIGINT');
    expect(await service.ended).toBe(0);
    for (const client of clients) client.destroy();
  });
});

describe.concurrent('a second signal ends it at once', () => {
  test.each([
    ['SIGTERM', 'SIGTERM', 143],
    ['SIGTERM', 'SIGINT', 130],
  ] as const)('%s, then %s', async (first, second, code) => {
    const service = await startService({ flags: ['--drain-delay-ms', FOR_EVER_MS] });
    service.process.kill(first);
    await untilReadyIs(service, 503);
    service.process.kill(second);
    expect(await service.ended).toBe(code);
  });

  test('SIGINT, then SIGTERM while a request is waited for', async () => {
    const service = await startService({ flags: ['--drain-ms', FOR_EVER_MS, '--threads', '2'] });
    const { client } = await halfAsked(service);
    service.process.kill('SIGINT');
    await untilRefused(service);
    service.process.kill('SIGTERM');
    expect(await service.ended).toBe(143);
    client.destroy();
  });
});
