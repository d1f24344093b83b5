/** Where threads cannot share a port: one listener hands connections on, or one decider listens. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ask, freshKey, get, LIMIT_PATH, post, request } from '../support/ask.ts';
import { expectProblem } from '../support/problem.ts';
import { RawClient } from '../support/raw-http.ts';
import { runService, type Service, startService } from '../support/service.ts';

const ALTERED = fileURLToPath(new URL('../support/altered-service.ts', import.meta.url));

async function start(accept: string, ...flags: readonly string[]): Promise<Service> {
  const env = { TEST_ACCEPT: accept };
  return startService({ script: ALTERED, env, flags: ['--threads', '2', ...flags] });
}

describe.concurrent.each(['handed-on', 'alone'])('connections are accepted: %s', (accept) => {
  test('the same limits hold over all deciders', async () => {
    const service = await start(accept);
    const one = { key: freshKey(), capacity: 50, interval: 1, unit: 'd' };
    const asked = await Promise.all(Array.from({ length: 100 }, () => ask(service, one)));
    expect(asked.filter(({ status }) => status === 200)).toHaveLength(50);
    expectProblem(await get(service, '/nowhere'), 404);
    const second = runService({ flags: ['--host', '127.0.0.1', '--port', String(service.port)] });
    expect(await second.ended).toBe(1);
    expect(await service.stop('SIGINT')).toBe(0);
  });

  test('time limits hold', async () => {
    const times = ['--headers-timeout-ms', '1000', '--request-timeout-ms', '1000'];
    const service = await start(accept, ...times, '--keep-alive-ms', '500');
    const half = request('POST', LIMIT_PATH, { 'Content-Length': '9' });
    const late = ['', 'POST /api', half].map(async (bytes) => {
      const client = await RawClient.connect(service.port);
      expectProblem(await client.send(bytes).answer(), 408);
      await client.closed();
      client.destroy();
    });
    // One that is idle is closed without a word.
    const idle = await RawClient.connect(service.port);
    expect(
      (await idle.send(post({ key: freshKey(), capacity: 5, interval: 60 })).answer()).status,
    ).toBe(200);
    await idle.closed();
    idle.destroy();
    await Promise.all(late);
    expect(await service.stop('SIGINT')).toBe(0);
  });

  test('as many are served as MAX_CONNECTIONS says', async () => {
    const service = await start(accept, '--max-connections', '4');
    const clients = [];
    for (let i = 0; i < 12; i++) {
      const client = await RawClient.connect(service.port);
      const { status } = await client.send(request('GET', '/openapi.json')).answer();
      clients.push({ client, served: status === 200 });
    }
    expect(clients.filter(({ served }) => served)).toHaveLength(4);
    for (const { client } of clients) client.destroy();
    expect(await service.stop('SIGINT')).toBe(0);
  });
});
