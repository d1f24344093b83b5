/** Starting: where it says it serves, and that a port is one instance's alone. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, freshKey, get, members } from '../support/ask.ts';
import { freePort } from '../support/free-port.ts';
import { runService, type Service, startService } from '../support/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService({ flags: ['--threads', '2'] });
});
afterAll(async () => {
  await service.stop();
});

/** Tries to serve there, and tells the one line it printed and its exit code. */
async function refusalAt(host: string, port: number) {
  const run = runService({ flags: ['--host', host, '--port', String(port), '--threads', '2'] });
  const code = await run.ended;
  const lines = run.output().trimEnd().split('\n');
  const entry = JSON.parse(lines[0] ?? '') as { level: string; msg: string };
  return { code, lines: lines.length, level: entry.level, words: entry.msg };
}

test('one line says that it serves, and where', async () => {
  await get(service, '/livez');
  const lines = service.output().trimEnd().split('\n');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    msg: `serving on http://127.0.0.1:${service.port}`,
  });
});

test('a port that another program has: one clear line, and exit code 1', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  expect(await refusalAt('127.0.0.1', port)).toEqual({
    code: 1,
    lines: 1,
    level: 'fatal',
    words: expect.stringMatching(new RegExp(`^Cannot listen on .*${port}.*: it is in use$`)),
  });
  other.close();
});

test.each(['127.0.0.1', '0.0.0.0'])(
  'a second Argus on the same port at %s is refused, and the first still answers',
  async (host) => {
    const refusal = await refusalAt(host, service.port);
    expect(refusal).toMatchObject({ code: 1, lines: 1, level: 'fatal' });
    expect(refusal.words).toContain('in use');
    const key = freshKey();
    for (let i = 0; i < 10; i++) {
      const answer = await ask(service, { key, capacity: 10, interval: 1, unit: 'd' });
      expect(members(answer)).toMatchObject({ remaining: 9 - i });
    }
  },
);

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['127.0.0.1', '0.0.0.0'],
  ['localhost', '127.0.0.1'],
])(
  'of two that start on one port in the same moment, at %s and %s, one serves',
  async (...hosts) => {
    const port = await freePort();
    const runs = hosts.map((host) =>
      runService({ flags: ['--host', host, '--port', String(port), '--threads', '2'] }),
    );
    // The one that is refused ends; the other would not.
    const code = await Promise.race(runs.map(({ ended }) => ended));
    expect(code).toBe(1);
    const winner = runs.filter(({ process }) => process.exitCode === null);
    expect(winner).toHaveLength(1);
    while (!winner[0]?.output().includes('serving on')) {
      expect(winner[0]?.process.exitCode).toBe(null);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(await winner[0]?.stop('SIGINT')).toBe(0);
  },
);

test('a port that is given up can be had again at once', async () => {
  const first = await startService({ flags: ['--threads', '2'] });
  const { port } = first;
  await ask(first, { key: 'a', capacity: 1, interval: 1 });
  expect(await first.stop('SIGINT')).toBe(0);
  const again = await startService({ flags: ['--threads', '2', '--port', String(port)] });
  expect(again.port).toBe(port);
  // A restart begins with full buckets.
  const answer = await ask(again, { key: 'a', capacity: 1, interval: 1 });
  expect(members(answer)).toMatchObject({ allowed: true });
  expect(await again.stop('SIGINT')).toBe(0);
});

test('a port of the Redis protocol that is taken: the line says how to do without', async () => {
  const port = await freePort();
  const first = await startService({ flags: ['--resp-port', String(port)] });
  const run = runService({
    flags: ['--host', '127.0.0.1', '--port', '0', '--resp-port', String(port)],
  });
  expect(await run.ended).toBe(1);
  expect(run.output()).toContain(`port ${port}: it is in use; RESP_PORT=0 does without`);
  expect(await first.stop()).toBe(0);
});

test('a port of operators that is taken: the line says how to do without', async () => {
  const port = await freePort();
  const env = { ADMIN_TOKEN: 'a' };
  const flags = ['--admin-port', String(port), '--threads', '1'];
  const first = await startService({ flags, env });
  const run = runService({ flags: ['--host', '127.0.0.1', '--port', '0', ...flags], env });
  expect(await run.ended).toBe(1);
  expect(run.output()).toContain(`port ${port}: it is in use; ADMIN_PORT=0 does without`);
  expect(await first.stop()).toBe(0);
});

//  an address: of a block that is set aside for documentation, of a name that nobody may have
test.each([
  ['192.0.2.1', 'this machine does not have that address'],
  ['nobody.invalid', '(there is no such host|no name server says where that host is)'],
])('at %s nobody can listen: one clear line, and exit code 1', async (host, why) => {
  const refusal = await refusalAt(host, 0);
  expect(refusal).toMatchObject({ code: 1, lines: 1, level: 'fatal' });
  expect(refusal.words).toMatch(new RegExp(`^Cannot listen on ${host} port 0: ${why}$`));
});
