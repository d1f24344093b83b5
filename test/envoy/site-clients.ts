/** Clients of a proxy: they keep their connections, and see nothing but statuses. */
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

interface Listening {
  readonly port: number;
}

export class SiteClients {
  readonly #agent: Agent;
  readonly #port: number;

  /** `most`: how many ask at a time; the others wait for a connection. */
  constructor({ port }: Listening, most: number) {
    this.#port = port;
    this.#agent = new Agent({ keepAlive: true, maxSockets: most });
  }

  /** Of the answer to a request of this user. */
  statusOf(user: string): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const headers = { 'x-user': user };
    const to = { host: '127.0.0.1', port: this.#port, agent: this.#agent, headers };
    request(to, (response) => {
      response.on('error', reject).resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    })
      .on('error', reject)
      .end();
    return promise;
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Sends the request of a user and goes away, `afterMs` or at once, without an answer. */
export async function askAndLeave(
  { port }: Listening,
  user: string,
  afterMs: number,
): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => undefined);
  await new Promise((resolve) => {
    const bytes = `GET / HTTP/1.1\r\nhost: argus.test\r\nx-user: ${user}\r\n\r\n`;
    socket.write(bytes, resolve);
  });
  if (afterMs > 0) await sleep(afterMs);
  socket.destroy();
  await closed;
}

/** How often each of them is there. */
export function counted(statuses: readonly number[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
