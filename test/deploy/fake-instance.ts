/** Stands in for an instance that fails in a way that a real one cannot be made to on time. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What it does with a question that it has read whole: it may have charged for it. */
export type Reaction = 'answer' | 'allow' | 'busy' | 'die' | 'hang';

export interface FakeInstance {
  readonly port: number;
  /** Questions that it has read. */
  readonly asked: number;
  readonly connections: number;
  stop(): Promise<void>;
}

/** `react` says what to do with each question, of which so many came before on its connection. */
export async function startFakeInstance(
  react: (before: number) => Reaction = () => 'answer',
): Promise<FakeInstance> {
  let asked = 0;
  let connections = 0;
  const onConnection = new WeakMap<IncomingMessage['socket'], number>();
  const server = createServer((req, res) => {
    req.resume().once('end', () => {
      asked++;
      const before = onConnection.get(req.socket) ?? 0;
      onConnection.set(req.socket, before + 1);
      const reaction = react(before);
      if (reaction === 'answer') res.end('OK');
      // As to a proxy: without a body, which nginx keeps no connection after.
      else if (reaction === 'allow') res.writeHead(200, { 'Content-Length': '0' }).end();
      else if (reaction === 'busy') res.writeHead(503, { 'Content-Length': '0' }).end();
      else if (reaction === 'die') req.socket.destroy();
    });
  });
  server.on('connection', () => {
    connections++;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get asked() {
      return asked;
    },
    get connections() {
      return connections;
    },
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
