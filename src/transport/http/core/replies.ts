/** Sends answers that are not decisions: words, nothing, problems. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { RETRY_AFTER_FIELD } from '../../../contract/fields.ts';
import { LIMIT_PATH } from '../../../contract/paths.ts';
import { shown } from '../../../lib/shown.ts';
import { type Cells, HTTP } from '../../../metrics/cells.ts';
import type { BadQuestion } from '../../question/reading.ts';
import type { ServiceState } from '../../service-state.ts';
import { ConnectionEnding } from './connection-ending.ts';
import { countProblem, type Problem, problemBody, problemHead } from './problem.ts';

const NO_ROOM: Problem = {
  status: 503,
  detail: 'there is no room for so large a body just now; small ones are read',
};

const CROWDED: Problem = {
  status: 503,
  detail: 'as many connections are open as MAX_CONNECTIONS allows; only probes are answered',
};

function tooLarge(mostBytes: number): Problem {
  const detail = `the body must have at most ${mostBytes} bytes, has more`;
  return { status: 413, detail, reason: 'body_too_large' };
}

export class Replies {
  readonly #cells: Cells;
  readonly #state: ServiceState;
  readonly #otherwise: string;
  readonly ending: ConnectionEnding;

  /** `otherwise`: what is said to who asks for what is not there. */
  constructor(cells: Cells, state: ServiceState, otherwise = `decisions are at ${LIMIT_PATH}`) {
    this.#otherwise = otherwise;
    this.#cells = cells;
    this.#state = state;
    this.ending = new ConnectionEnding(cells);
  }

  text(res: ServerResponse, body: string, type = 'text/plain; charset=utf-8'): void {
    const length = String(Buffer.byteLength(body));
    this.send(res, 200, ['Content-Type', type, 'Content-Length', length], body);
  }

  problem(res: ServerResponse, problem: Problem, more: readonly string[] = []): void {
    // Its body may still be on its way.
    if (this.#isLast(res)) {
      this.ending.refuseBody(res.req, res, problem, more);
      return;
    }
    countProblem(this.#cells, problem);
    const body = problemBody(problem);
    this.send(res, problem.status, [...problemHead(body), ...more], body);
  }

  badQuestion(res: ServerResponse, { reason, field, fault }: BadQuestion): void {
    const isForbidden = reason === 'forbidden';
    if (isForbidden) this.#cells.refuseAccess(HTTP, reason);
    const problem = { status: isForbidden ? 403 : 400, detail: fault, reason };
    this.problem(res, field === undefined ? problem : { ...problem, field });
  }

  /** Answers 415 to a request whose body would have to be unpacked first. */
  refusesEncoding(req: IncomingMessage, res: ServerResponse): boolean {
    const encoding = req.headers['content-encoding'];
    if (encoding === undefined || encoding.toLowerCase() === 'identity') return false;
    const detail = `Content-Encoding must be absent or identity, is ${shown(encoding)}`;
    this.problem(res, { status: 415, detail, reason: 'content_encoding' });
    return true;
  }

  notFound(res: ServerResponse): void {
    const path = shown(res.req.url?.split('?', 1)[0]);
    const detail = `there is nothing at ${path}; ${this.#otherwise}`;
    this.problem(res, { status: 404, detail, reason: 'not_found' });
  }

  /** `head`: names and values by turns, the length among them. */
  send(res: ServerResponse, status: number, head: string[], body: string): void {
    if (this.#state.isEnding) head.push('Connection', 'close');
    this.begin(res, status, head);
    res.end(body);
  }

  /** Begins an answer whose body the caller writes, bit by bit, and ends. */
  begin(res: ServerResponse, status: number, head: string[]): void {
    this.ending.answered(res.req);
    res.writeHead(status, head);
  }

  /** An answer without a body, given without waiting for that of the request. */
  empty(res: ServerResponse, status: number, head: string[]): void {
    head.push('Content-Length', '0');
    if (announcesBody(res.req)) this.ending.withoutBody(res.req, res, { status, head, body: '' });
    else this.send(res, status, head, '');
  }

  tooLarge(req: IncomingMessage, res: ServerResponse, mostBytes: number): void {
    this.ending.refuseBody(req, res, tooLarge(mostBytes));
  }

  /** Answers 503 to a body for which there is no room among others, just now. */
  noRoom(req: IncomingMessage, res: ServerResponse): void {
    this.ending.refuseBody(req, res, NO_ROOM, [RETRY_AFTER_FIELD, '1']);
  }

  /** Answers 503 on a connection that is one too many, and closes it. */
  crowdedOut(req: IncomingMessage, res: ServerResponse): void {
    this.ending.refuseBody(req, res, CROWDED, [RETRY_AFTER_FIELD, '1']);
  }

  /** Has `give` answer with what there is to say: now, or once that is there. */
  give<T>(res: ServerResponse, what: T | Promise<T>, give: (what: T) => void): void {
    if (what instanceof Promise) void this.inOrder(res.req.socket, what.then(give));
    else give(what);
  }

  /** Keeps a late answer ahead of the connection's closing answer. */
  inOrder(socket: Duplex, answering: Promise<void>): Promise<void> {
    return this.ending.inOrder(socket, answering);
  }

  /** Whether the connection ends with this answer. */
  #isLast(res: ServerResponse): boolean {
    return !res.shouldKeepAlive || this.#state.isEnding;
  }
}

function announcesBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
