/** A way to the store that holds all answers for a while, again and again. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface HoldingOptions {
  readonly to: number;
  readonly everyMs: number;
  readonly holdMs: number;
}

export interface HoldingProxy {
  readonly url: string;
  /** How often it has held answers. */
  readonly holds: () => number;
  stop(): void;
}

/** Listens on loopback, and passes all on to a port there. */
export async function startHoldingProxy(options: HoldingOptions): Promise<HoldingProxy> {
  const { to, everyMs, holdMs } = options;
  const sockets = new Set<Socket>();
  const stores = new Set<Socket>();
  let holds = 0;
  const server = createServer({ noDelay: true }, (client) => {
    const store = connect({ port: to, host: '127.0.0.1', noDelay: true });
    stores.add(store);
    client.pipe(store);
    store.pipe(client);
    for (const socket of [client, store]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        stores.delete(store);
        for (const other of [client, store]) other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const interval = setInterval(() => {
    holds += 1;
    for (const store of stores) store.pause();
    setTimeout(() => {
      for (const store of stores) store.resume();
    }, holdMs);
  }, everyMs);
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    holds: () => holds,
    stop: () => {
      clearInterval(interval);
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
