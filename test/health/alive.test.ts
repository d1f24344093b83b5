/** What `argus health` takes for alive, and what it says of everything else. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { isAlive } from '../../src/health/alive.ts';
import { runService, startService } from '../support/service.ts';

/** Without TLS, and without a port for probes. */
const PLAIN = { probePort: 0, tlsCertFile: '', tlsClientCaFile: '' };

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** A server that answers each path with this status, and never ends its body. */
async function listen(
  host: string,
  status: number | null,
): Promise<{ port: number; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((req, res) => {
    asked.push(`${req.method} ${req.url}`);
    if (status !== null) res.writeHead(status).write('OK');
  });
  servers.push(server.listen(0, host));
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, asked };
}

describe('isAlive()', () => {
  //  where it listens, where it is said to listen
  test.each([
    ['127.0.0.1', '127.0.0.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['::1', '::1'],
    ['::', '::'],
    ['127.0.0.1', 'localhost'],
  ])('asks at %s for %s', async (listens, host) => {
    const { port, asked } = await listen(listens, 200);
    expect(await isAlive({ ...PLAIN, host, port })).toEqual({
      ok: true,
      words: `alive at ${host} port ${port}`,
    });
    expect(asked).toEqual(['GET /livez']);
  });

  test.each([503, 404, 500, 302])('takes a %i for no life', async (status) => {
    const { port } = await listen('127.0.0.1', status);
    const words = `nothing alive at 127.0.0.1 port ${port}: it answers ${status}`;
    expect(await isAlive({ ...PLAIN, host: '127.0.0.1', port })).toEqual({ ok: false, words });
  });

  test('waits two seconds for an answer', async () => {
    const { port } = await listen('127.0.0.1', null);
    const { ok, words } = await isAlive({ ...PLAIN, host: '127.0.0.1', port });
    expect([ok, words]).toEqual([false, expect.stringContaining('no answer in 2000 ms')]);
  });

  test('says that nobody listens', async () => {
    const { port } = await listen('127.0.0.1', 200);
    servers.pop()?.close().closeAllConnections();
    const { ok, words } = await isAlive({ ...PLAIN, host: '127.0.0.1', port });
    expect([ok, words]).toEqual([false, expect.stringContaining('ECONNREFUSED')]);
  });

  test('says that a free port is not known', async () => {
    expect(await isAlive({ ...PLAIN, host: '0.0.0.0', port: 0 })).toMatchObject({ ok: false });
  });
});

describe('argus health', () => {
  /** How it ends, and what it says. */
  async function health(...flags: readonly string[]): Promise<[unknown, string]> {
    const run = runService({ flags: ['health', ...flags] });
    return [await run.ended, run.output()];
  }

  test('with flags asks the service that they say', async () => {
    const service = await startService({ flags: ['--threads', '1', '--max-keys', '1000'] });
    const at = `127.0.0.1 port ${service.port}`;
    const flags = ['--host', '127.0.0.1', '--port', String(service.port)];
    expect(await health(...flags)).toEqual([0, `argus: alive at ${at}\n`]);
    await service.stop();
    const [code, words] = await health(...flags);
    expect([code, words]).toEqual([
      1,
      expect.stringMatching(`^argus: nothing alive at ${at}: .*\n$`),
    ]);
  });

  test('refuses a wrong flag as the service does, and knows --help', async () => {
    expect(await health('--port', 'x')).toEqual([2, expect.stringContaining('--port must be')]);
    expect(await health('--help')).toEqual([0, expect.stringContaining('argus health [flags]')]);
  });
});
