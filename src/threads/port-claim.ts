/**
 * Makes sure that ports are this instance's alone before several threads listen on them.
 *
 * Listeners that share a port by SO_REUSEPORT do not notice a second instance: it would take half
 * of the connections, and every limit would be doubled. So the port is first bound alone, and
 * released to the threads. Two instances that start at once could both get through that, whatever
 * addresses they listen on; so on Linux they take turns. Whose turn it is holds a name in the
 * abstract socket namespace, which one process can have at a time and which goes with it.
 */
import { once } from 'node:events';
import { createServer, type ListenOptions, type Server } from 'node:net';

/** Whoever listens on this has the turn. */
export const TURN = '\0argus: an instance is taking its port';
const TURN_WITHIN_MS = 10_000;
/** The code of the error where another instance has been taking its port for all that time. */
export const NO_TURN = 'NO_TURN';
const TRY_EVERY_MS = 20;
const TAKEN = 'EADDRINUSE';

/**
 * Calls `listen` with ports that nothing listens on, in the order they are asked for, which it must
 * do on all of them by the time it resolves. Resolves with those ports; rejects with the system's
 * error, and the port in it, where one is not to be had. Port 0 is any.
 */
export async function claimPorts(
  at: { readonly host: string; readonly ports: readonly number[] },
  listen: (ports: readonly number[]) => Promise<void>,
): Promise<readonly number[]> {
  const turn = process.platform === 'linux' ? await takeTurn() : null;
  try {
    const ports: number[] = [];
    for (const port of at.ports) {
      const free = await probe({ host: at.host, port });
      // A port that any would do for may come out as one that is asked for by its number.
      if (ports.includes(free))
        throw Object.assign(new Error('taken twice'), { code: TAKEN, port });
      ports.push(free);
    }
    await listen(ports);
    return ports;
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
      const isTaken = (error as NodeJS.ErrnoException).code === TAKEN;
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
