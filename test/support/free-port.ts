/** Ports for services that cannot be told to take any free one. */
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the range that the system hands out to clients, so that none of them takes it meanwhile.
 */
const FIRST = 15_000;
const COUNT = 15_000;

/** A port that nothing listens on; another for each call, and most likely for each process. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    const server = createServer().listen({ host: '127.0.0.1', port });
    try {
      await once(server, 'listening');
    } catch {
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}
