/**
 * Makes sure that a port is this instance's alone before several threads listen on it.
 *
 * Listeners that share a port by SO_REUSEPORT do not notice a second instance: it would take half
 * of the connections, and every limit would be doubled. So the port is first bound alone, and
 * released to the threads. Two instances that start at once could both get through that, whatever
 * addresses they listen on; so on Linux they take turns. Whose turn it is holds a name in the
 * abstract socket namespace, which one process can have at a time and which goes with it.
 */
import { once } from 'node:events';
import { createServer, type ListenOptions, type Server } from 'node:net';

const TURN = '\0argus: an instance is taking its port';
const TURN_WITHIN_MS = 10_000;
/** The code of the error where another instance has been taking its port for all that time. */
export const NO_TURN = 'NO_TURN';
const TRY_EVERY_MS = 20;

/**
 * Calls `listen` with a port that nothing listens on, which it must do by the time it resolves.
 * Resolves with that port; rejects with the system's error where it is not to be had. Port 0 is any.
 */
export async function claimPort(
  at: { readonly host: string; readonly port: number },
  listen: (port: number) => Promise<void>,
): Promise<number> {
  const turn = process.platform === 'linux' ? await takeTurn() : null;
  try {
    const port = await probe(at);
    await listen(port);
    return port;
  } finally {
    turn?.close();
  }
}

/** Whether several threads can listen on one port here: Linux and the BSDs. */
export async function canReusePort(host: string): Promise<boolean> {
  try {
    const server = await open({ host, port: 0, reusePort: true });
    server.close();
    return true;
  } catch {
    return false;
  }
}

async function takeTurn(): Promise<Server> {
  for (let waitedMs = 0; ; waitedMs += TRY_EVERY_MS) {
    try {
      const server = await open({ path: TURN });
      return server.on('connection', (socket) => socket.destroy());
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!isTaken) throw error;
      if (waitedMs >= TURN_WITHIN_MS) throw Object.assign(new Error(TURN), { code: NO_TURN });
      await new Promise((resolve) => setTimeout(resolve, TRY_EVERY_MS));
    }
  }
}

/** Binds the port alone, for a moment. */
async function probe({ host, port }: { host: string; port: number }): Promise<number> {
  const server = await open({ host, port, exclusive: true });
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : port;
}

async function open(options: ListenOptions): Promise<Server> {
  const server = createServer().listen(options);
  await once(server, 'listening');
  return server;
}
