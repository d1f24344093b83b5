/** Sends answers that are not decisions: words, nothing, problems. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { RETRY_AFTER_FIELD } from '../../../contract/fields.ts';
import { LIMIT_PATH } from '../../../contract/paths.ts';
import type { Cells } from '../../../metrics/cells.ts';
import type { BadQuestion } from '../../question/request-reader.ts';
import { shown } from '../../question/shown.ts';
import type { ServiceState } from '../../service-state.ts';
import { PROBLEM_TYPE, type Problem, problemBody, rawProblem } from './problem.ts';

/** How long a client may take to read the last answer before its connection is closed. */
const LINGER_MS = 1_000;

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
  /** Connections that have had their last answer, whatever else they send. */
  readonly #answered = new WeakSet<Duplex>();
  /** The request each connection was last refused, perhaps before its body had arrived. */
  readonly #refused = new WeakMap<Duplex, IncomingMessage>();
  /** Answers that are not ready at once, all of a connection's together. */
  readonly #answering = new WeakMap<Duplex, Promise<unknown>>();

  constructor(cells: Cells, state: ServiceState) {
    this.#cells = cells;
    this.#state = state;
  }

  text(res: ServerResponse, body: string, type = 'text/plain; charset=utf-8'): void {
    const length = String(Buffer.byteLength(body));
    this.send(res, 200, ['Content-Type', type, 'Content-Length', length], body);
  }

  problem(res: ServerResponse, problem: Problem, more: readonly string[] = []): void {
    // Its body may still be on its way.
    if (this.#isLast(res)) {
      this.#refuseBody(res.req, res, problem, more);
      return;
    }
    this.#count(problem);
    this.#refused.set(res.req.socket, res.req);
    const body = problemBody(problem);
    this.send(res, problem.status, [...problemHead(body), ...more], body);
  }

  badQuestion(res: ServerResponse, { reason, field, fault }: BadQuestion): void {
    const problem = { status: 400, detail: fault, reason };
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
    const detail = `there is nothing at ${path}; decisions are at ${LIMIT_PATH}`;
    this.problem(res, { status: 404, detail, reason: 'not_found' });
  }

  /** `head`: names and values by turns, the length among them. */
  send(res: ServerResponse, status: number, head: string[], body: string): void {
    if (this.#state.isEnding) head.push('Connection', 'close');
    res.writeHead(status, head);
    res.end(body);
  }

  tooLarge(req: IncomingMessage, res: ServerResponse, mostBytes: number): void {
    this.#refuseBody(req, res, tooLarge(mostBytes));
  }

  /** Answers 503 to a body for which there is no room among others, just now. */
  noRoom(req: IncomingMessage, res: ServerResponse): void {
    this.#refuseBody(req, res, NO_ROOM, [RETRY_AFTER_FIELD, '1']);
  }

  /** Answers 503 on a connection that is one too many, and closes it. */
  crowdedOut(req: IncomingMessage, res: ServerResponse): void {
    this.#refuseBody(req, res, CROWDED, [RETRY_AFTER_FIELD, '1']);
  }

  /**
   * Answers at once and reads on for a moment: closing while the client still sends would reset the
   * connection and take the answer from it.
   */
  #refuseBody(
    req: IncomingMessage,
    res: ServerResponse,
    problem: Problem,
    more: readonly string[] = [],
  ): void {
    this.#count(problem);
    this.#answered.add(req.socket);
    const body = problemBody(problem);
    res.writeHead(problem.status, [...problemHead(body), ...more, 'Connection', 'close']);
    res.write(body);
    const end = () => {
      clearTimeout(timer);
      res.end();
    };
    const timer = setTimeout(end, LINGER_MS);
    req.on('end', end).on('close', end).resume();
  }

  /** Has `give` answer with what there is to say: now, or once that is there. */
  give<T>(res: ServerResponse, what: T | Promise<T>, give: (what: T) => void): void {
    if (what instanceof Promise) void this.inOrder(res.req.socket, what.then(give));
    else give(what);
  }

  /** Keeps late answers ahead of the connection's closing answer. */
  async inOrder(socket: Duplex, answering: Promise<void>): Promise<void> {
    const all = Promise.all([this.#answering.get(socket), answering]);
    this.#answering.set(socket, all);
    await all;
    if (this.#answering.get(socket) === all) this.#answering.delete(socket);
  }

  /** Answers on a connection whose bytes never became a request, after all that did, and closes it. */
  last(socket: Duplex, problem: Problem): void {
    // CONNECT takes Node's own listener off, and an error that nobody hears ends the process.
    socket.on('error', () => socket.destroy());
    // Node would end it with the answers that are owed, if the client ends it meanwhile.
    socket.removeAllListeners('end');
    void this.#answerLast(socket, problem);
  }

  async #answerLast(socket: Duplex, problem: Problem): Promise<void> {
    // Requests that came whole in the same piece are answered before setImmediate's turn.
    await new Promise(setImmediate);
    while (this.#answering.has(socket)) {
      await this.#answering.get(socket);
      // And so are those whose answers were there, and waited for this one.
      await new Promise(setImmediate);
    }
    // Where earlier answers are stuck, this one would overtake them.
    const isStuck = !socket.writable || socket.writableLength > 0;
    if (isStuck || this.#answered.has(socket) || this.#isRefusedUnread(socket)) {
      socket.destroy();
      return;
    }
    this.#count(problem);
    this.#answered.add(socket);
    // CONNECT takes the connection out of all of Node's time limits.
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
    // Closed while the client still writes, it would be reset, and the answer be lost with it.
    socket.on('data', () => undefined).once('end', () => socket.destroy());
    socket.end(rawProblem(problem), () => {
      if (socket.readableEnded) socket.destroy();
    });
    socket.resume();
  }

  /** Whether these bytes belong to a body whose request has its answer: a second would be no one's. */
  #isRefusedUnread(socket: Duplex): boolean {
    return this.#refused.get(socket)?.complete === false;
  }

  /** Whether the connection ends with this answer. */
  #isLast(res: ServerResponse): boolean {
    return !res.shouldKeepAlive || this.#state.isEnding;
  }

  #count(problem: Problem): void {
    if (problem.reason !== undefined) this.#cells.badRequest(problem.reason);
  }
}

function problemHead(body: string): string[] {
  const length = String(Buffer.byteLength(body));
  return ['Content-Type', PROBLEM_TYPE, 'Content-Length', length];
}
