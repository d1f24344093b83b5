/**
 * Makes sure that a port is this instance's alone before several threads listen on it.
 *
 * Listeners that share a port by SO_REUSEPORT do not notice a second instance: it would take half
 * of the connections, and every limit would be doubled. So the port is first bound alone. That
 * leaves a moment between the release and the deciders' listening in which another instance could
 * do the same; on Linux a name in the abstract socket namespace, which only one process can hold
 * and which goes with it, closes it.
 */
import { once } from 'node:events';
import { createServer, type ListenOptions, type Server } from 'node:net';

export interface PortClaim {
  readonly port: number;
  /** Lets another instance have the port. */
  release(): void;
}

const TRIES_FOR_ANY_PORT = 10;

/** Rejects with the system's error where the port is not to be had. Port 0 claims a free one. */
export async function claimPort(host: string, port: number): Promise<PortClaim> {
  for (let tries = 1; ; tries++) {
    try {
      return await claim(host, port);
    } catch (error) {
      // Another instance may have been given the same free port a moment ago.
      const mayTry = port === 0 && tries < TRIES_FOR_ANY_PORT;
      if (!mayTry || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}

/** Whether several threads can listen on one port here: Linux and the BSDs. */
export async function canReusePort(host: string): Promise<boolean> {
  try {
    const probe = await listen({ host, port: 0, reusePort: true });
    probe.close();
    return true;
  } catch {
    return false;
  }
}

async function claim(host: string, port: number): Promise<PortClaim> {
  const probe = await listen({ host, port, exclusive: true });
  try {
    const address = probe.address();
    const claimed = typeof address === 'object' && address !== null ? address.port : port;
    const name = process.platform === 'linux' ? await hold(`argus ${host} ${claimed}`) : null;
    return { port: claimed, release: () => name?.close() };
  } finally {
    probe.close();
    await once(probe, 'close');
  }
}

async function hold(name: string): Promise<Server> {
  const server = await listen({ path: `\0${name}` });
  return server.on('connection', (socket) => socket.destroy()).unref();
}

async function listen(options: ListenOptions): Promise<Server> {
  const server = createServer().listen(options);
  await once(server, 'listening');
  return server;
}
