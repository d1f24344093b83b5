/**
 * A thread that fails may have held a lock: the process says why and ends, whatever it was that
 * failed and whoever would have caught it.
 */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { freshKey, get, post, request } from '../support/ask.ts';
import { freePort } from '../support/free-port.ts';
import { RawClient } from '../support/raw-http.ts';
import { RIGHT, TOKEN } from '../support/reset.ts';
import { runService, type Service, type ServiceOptions, startService } from '../support/service.ts';

const POLICIES = fileURLToPath(new URL('./policies.yaml', import.meta.url));
const ALTERED = fileURLToPath(new URL('../support/altered-service.ts', import.meta.url));

function broken(what: string): ServiceOptions {
  const flags = ['--threads', '2', '--port', '0', '--policies', POLICIES];
  return { script: ALTERED, env: { TEST_BREAK: what }, flags };
}

type Ending = Pick<Service, 'ended' | 'output'>;

interface Entry {
  readonly level: string;
  readonly msg: string;
  readonly err?: { readonly message: string; readonly stack: string };
}

/** The last line it logs says that it ends, and of what. */
async function expectFailure(service: Ending, thread: string): Promise<void> {
  expect(await service.ended).toBe(1);
  const entries = service
    .output()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Entry);
  const fatal = entries.filter(({ level }) => level === 'fatal');
  expect(fatal, service.output()).toHaveLength(1);
  expect(fatal[0]?.msg).toContain(thread);
  expect(fatal[0]?.err?.message).toContain('broken on purpose');
  expect(fatal[0]?.err?.stack).toContain('\n    at ');
}

//  what is broken, the thread that the log names
const threads = [
  ['main', 'main thread'],
  ['decider-timer', 'decider'],
  ['rebalancer', 'rebalancer'],
  ['policies', 'thread of the policies'],
] as const;
test.each(threads)('an uncaught error in a thread (%s) is logged; exit code 1', async (...row) => {
  const [what, thread] = row;
  // It may fail before it serves.
  await expectFailure(runService(broken(what)), thread);
});

test('a failed assertion in a decision is logged and not answered; exit code 1', async () => {
  const service = await startService(broken('decision'));
  expect((await get(service, '/livez')).status).toBe(200);
  const client = await RawClient.connect(service.port);
  client.send(post({ key: freshKey(), capacity: 1, interval: 1 }));
  await client.closed();
  await expectFailure(service, 'decider');
  client.destroy();
});

test('a failed assertion in an Express handler is no 500; exit code 1', async () => {
  const service = await startService(broken('express-handler'));
  const client = await RawClient.connect(service.port);
  client.send('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.closed();
  await expectFailure(service, 'decider');
  client.destroy();
});

//  what is broken, who asks it, the thread that the log names
test.each([
  ['admin', '/v1/threads', 'thread of the admin port'],
  ['keys', '/v1/keys', 'thread of the keys'],
])('what throws while an operator is answered is no 500: %s; exit code 1', async (...row) => {
  const [what, path, thread] = row;
  const port = await freePort();
  const { flags = [], ...options } = broken(what);
  const env = { ...options.env, ADMIN_TOKEN: TOKEN };
  const admin = ['--admin-port', String(port)];
  const service = await startService({ ...options, env, flags: [...flags, ...admin] });
  const client = await RawClient.connect(port);
  client.send(request('GET', path, RIGHT));
  await client.closed();
  await expectFailure(service, thread);
  client.destroy();
});

test('a request that Express itself refuses is a 4xx, and the service goes on', async () => {
  const service = await startService({ flags: ['--threads', '1'] });
  for (const path of ['/%', '/%ff', '/api/v1/%']) {
    const { status } = await get(service, path);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  }
  expect((await get(service, '/livez')).status).toBe(200);
  expect(await service.stop('SIGINT')).toBe(0);
});
