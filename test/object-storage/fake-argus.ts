/** Stands in for Argus where a test wants it to misbehave, and remembers what it was asked. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Respond = (res: ServerResponse) => void;

export interface FakeArgus {
  readonly port: number;
  readonly url: string;
  /** The bodies of all requests so far. */
  readonly asked: string[];
  respond: Respond;
  /** Whoever asks afterwards is refused the connection. */
  stop(): Promise<void>;
}

export const DECISION = {
  allowed: true,
  limit: 10,
  remaining: 9,
  retryAfterMs: 0,
  resetAfterMs: 1_000,
  source: 'local',
} as const;

const DENIAL = { ...DECISION, allowed: false, remaining: 0 } as const;

/** Answers with decisions on requests and volume: how long to wait for each, 0 where it allows. */
export function decide(requestsMs: number, volumeMs: number): Respond {
  const all = [requestsMs, volumeMs].map((retryAfterMs) =>
    retryAfterMs === 0 ? DECISION : { ...DENIAL, retryAfterMs },
  );
  const allowed = all.every((one) => one.allowed);
  const retryAfterMs = Math.max(requestsMs, volumeMs);
  return answer(allowed ? 200 : 429, JSON.stringify({ allowed, retryAfterMs, all }));
}

export function answer(status: number, body: string, type = 'application/json'): Respond {
  return (res) => {
    res.writeHead(status, { 'Content-Type': type }).end(body);
  };
}

export async function startFakeArgus(): Promise<FakeArgus> {
  const server = createServer(async (req, res) => {
    let body = '';
    for await (const text of req.setEncoding('utf8')) body += text;
    fake.asked.push(body);
    fake.respond(res);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const fake: FakeArgus = {
    port,
    url: `http://127.0.0.1:${port}`,
    asked: [],
    respond: decide(0, 0),
    stop: async () => {
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return fake;
}
