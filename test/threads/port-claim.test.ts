/** That a port is one instance's alone, also in the moment between its probe and its listening. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { canReusePort, claimPorts } from '../../src/threads/port-claim.ts';

const servers: Server[] = [];

async function claimPort(
  { host, port }: { host: string; port: number },
  listen: (port: number) => Promise<void>,
): Promise<number> {
  const ports = await claimPorts({ host, ports: [port] }, ([free = 0]) => listen(free));
  return ports[0] as number;
}

afterEach(async () => {
  await Promise.all(
    servers.splice(0).map(async (server) => {
      server.close();
      await once(server, 'close');
    }),
  );
});

/** Listens as deciders do: others that do so too are not noticed. */
async function listenShared(port: number): Promise<void> {
  const server = createServer().listen({ host: '127.0.0.1', port, reusePort: true });
  await once(server, 'listening');
  servers.push(server);
}

test('port 0 is a free one, and the same for whoever listens', async () => {
  let given = 0;
  const port = await claimPort({ host: '127.0.0.1', port: 0 }, async (free) => {
    given = free;
    await listenShared(free);
  });
  expect(port).toBeGreaterThan(0);
  expect(given).toBe(port);
});

test('two ports are two, and both are there to listen on', async () => {
  const ports = await claimPorts({ host: '127.0.0.1', ports: [0, 0] }, async (free) => {
    for (const port of free) await listenShared(port);
  });
  expect(new Set(ports).size).toBe(2);
});

test('a port that is asked for twice is taken', async () => {
  const [port = 0] = await claimPorts({ host: '127.0.0.1', ports: [0] }, async () => undefined);
  const twice = claimPorts({ host: '127.0.0.1', ports: [port, port] }, async () => undefined);
  await expect(twice).rejects.toMatchObject({ code: 'EADDRINUSE', port });
});

test.runIf(await canReusePort('127.0.0.1'))('a port that is shared already is taken', async () => {
  const port = await claimPort({ host: '127.0.0.1', port: 0 }, listenShared);
  const again = claimPort({ host: '127.0.0.1', port }, listenShared);
  await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect(servers).toHaveLength(1);
});

test.runIf(process.platform === 'linux')(
  'one that comes between the probe and the listening waits, and finds the port taken',
  async () => {
    let other: Promise<number> | undefined;
    await claimPort({ host: '127.0.0.1', port: 0 }, async (port) => {
      other = claimPort({ host: '0.0.0.0', port }, listenShared);
      const settled = other.then(
        () => 'settled',
        () => 'settled',
      );
      const soon = new Promise((resolve) => setTimeout(resolve, 300, 'waiting'));
      expect(await Promise.race([settled, soon])).toBe('waiting');
      await listenShared(port);
    });
    await expect(other).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(servers).toHaveLength(1);
  },
);
