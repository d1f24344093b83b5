/**
 * A TCP proxy on loopback between the service and what it needs, for a network that fails: what is
 * behind it is slow, or gone, or gone without a word.
 */
import { once } from 'node:events';
import { createServer, type Server, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../support/free-port.ts';

/**
 * What becomes of what is sent. `pass`: it arrives. `swallow`: it never does, in either direction,
 * but no connection closes and none is refused. `deafen`: it arrives, but no answer does. `refuse`:
 * connections are reset, and new ones refused.
 */
export type Weather = 'pass' | 'swallow' | 'deafen' | 'refuse';

export interface BlackHole {
  readonly port: number;
  /** Connections that it has accepted. */
  readonly accepted: number;
  /** How long it takes what is sent from now on, each way. It overtakes nothing. */
  delayMs: number;
  /**
   * A connection that has lost a byte one way loses all that follow, whatever comes after: who
   * wants to be heard again has to connect again. One that lost nothing goes on.
   */
  turn(weather: Weather): Promise<void>;
  stop(): Promise<void>;
}

export async function startBlackHole(targetPort: number): Promise<BlackHole> {
  const port = await freePort();
  const sockets = new Set<Socket>();
  let weather: Weather = 'pass';
  let server: Server = await listen();

  const hole = {
    port,
    accepted: 0,
    delayMs: 0,
    turn: async (next: Weather) => {
      const [before, after] = [weather, next];
      weather = after;
      if (before !== 'refuse' && after === 'refuse') await close();
      if (before === 'refuse' && after !== 'refuse') server = await listen();
    },
    stop: () => hole.turn('refuse'),
  };
  return hole;

  async function listen(): Promise<Server> {
    const listener = createServer({ allowHalfOpen: true }, accept);
    listener.listen({ host: '127.0.0.1', port });
    await once(listener, 'listening');
    return listener;
  }

  async function close(): Promise<void> {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.resetAndDestroy();
    await closed;
  }

  function accept(near: Socket): void {
    hole.accepted += 1;
    const far = new Socket({ allowHalfOpen: true });
    carry(near, far, ['swallow']);
    carry(far, near, ['swallow', 'deafen']);
    if (weather !== 'swallow') far.connect({ host: '127.0.0.1', port: targetPort });
  }

  /** An end and a reset are carried as bytes are. */
  function carry(from: Socket, to: Socket, lostIn: readonly Weather[]): void {
    let isLost = false;
    let underWay = 0;
    let last: Promise<void> = Promise.resolve();
    const deliver = (act: () => void) => {
      isLost ||= lostIn.includes(weather);
      if (isLost) return;
      if (hole.delayMs === 0 && underWay === 0) {
        act();
        return;
      }
      underWay += 1;
      const arrived = Promise.all([last, sleep(hole.delayMs)]);
      last = arrived.then(() => {
        underWay -= 1;
        act();
      });
    };
    sockets.add(from);
    from.on('data', (bytes) => deliver(() => to.writable && to.write(bytes)));
    from.on('end', () => deliver(() => to.end()));
    from.on('error', () => deliver(() => to.resetAndDestroy()));
    from.on('close', () => sockets.delete(from));
  }
}
