/**
 * Stands in for the service where a test wants it to misbehave, and remembers what it was asked.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type {
  AnyDecision,
  AnyQuestion,
  PolicyQuestion,
  Question,
} from '../../src/client/client.ts';
import { CERTIFICATE, CERTIFICATE_KEY } from '../support/certificate.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Respond = (res: ServerResponse, asked: Asked) => void;

export interface FakeService {
  readonly url: string;
  readonly port: number;
  readonly asked: readonly Asked[];
  /** The connections it has been sent, open or not. */
  readonly sockets: readonly Socket[];
  stop(): Promise<void>;
}

export async function startFake(
  respond: Respond = decideAll,
  scheme: 'http' | 'https' = 'http',
): Promise<FakeService> {
  const asked: Asked[] = [];
  const sockets: Socket[] = [];
  const listener = async (req: IncomingMessage, res: ServerResponse) => {
    // The client may go away whenever it likes.
    req.on('error', () => {});
    let body = '';
    for await (const text of req.setEncoding('utf8')) body += text;
    const one = { method: req.method ?? '', path: req.url ?? '', headers: req.headers, body };
    asked.push(one);
    res.setHeader('Content-Type', 'application/json');
    respond(res, one);
  };
  const tls = { cert: CERTIFICATE, key: CERTIFICATE_KEY };
  const server = scheme === 'http' ? createServer(listener) : createTlsServer(tls, listener);
  server.keepAliveTimeout = 2 * PATIENCE_MS;
  server.on('connection', (socket) => sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { url: `${scheme}://127.0.0.1:${port}`, port, asked, sockets, stop };
}

/** Allows everything; what is left says which question it was: the number at the end of its key. */
export function decisionOn(question: AnyQuestion): AnyDecision {
  const remaining = Number(/\d*$/.exec(question.key)?.[0]);
  const waits = { retryAfterMs: 0, resetAfterMs: 1_000 };
  if (question.policy === undefined) {
    return { allowed: true, limit: question.capacity, remaining, ...waits };
  }
  return policyDecisionOn(question, remaining);
}

/** By a policy of one limit of 1,000 requests. */
function policyDecisionOn({ policy }: PolicyQuestion, remaining: number): AnyDecision {
  const said = { allowed: true, limit: 1_000, remaining, retryAfterMs: 0, resetAfterMs: 1_000 };
  return { ...said, policy, by: 'requests', limits: [{ name: 'requests', ...said }] };
}

/** The questions of a request: one, many, or all or none. */
export function questionsOf({ body }: Asked): readonly Question[] {
  const value = JSON.parse(body) as Question | Question[] | { readonly all: Question[] };
  if (Array.isArray(value)) return value;
  return 'all' in value ? value.all : [value];
}

export function decideAll(res: ServerResponse, asked: Asked): void {
  const decisions = questionsOf(asked).map(decisionOn);
  const isAll = asked.body.startsWith('{"all":');
  const each = asked.body.startsWith('[') ? decisions : decisions[0];
  res.end(JSON.stringify(isAll ? { allowed: true, retryAfterMs: 0, all: decisions } : each));
}

/** A refusal as the service words it. */
export function refuse(res: ServerResponse, status: number, detail: string, field?: string): void {
  const problem = { type: 'about:blank', title: 'Refused', status, detail, field };
  res.writeHead(status, { 'Content-Type': 'application/problem+json' });
  res.end(JSON.stringify(problem));
}

/** Long enough for any answer here, however busy the machine is. */
export const PATIENCE_MS = 20_000;

/** Resolves when the condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`This never came true: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
