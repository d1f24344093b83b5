/**
 * How a connection of node:http ends: with one last answer, after all that are owed before it, and
 * so that the client can still read it. Closing while the client sends would reset the connection
 * and take the answer from it.
 *
 * Used by Replies for answers to requests, and by HttpServer for bytes that never became one.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Cells } from '../../../metrics/cells.ts';
import { countProblem, type Problem, problemBody, problemHead, rawProblem } from './problem.ts';

/** How long a client may take to read what is left before its connection is closed. */
const LINGER_MS = 1_000;

/** An answer to a request whose body may still be on its way. */
export interface Early {
  readonly status: number;
  /** Names and values by turns. */
  readonly head: readonly string[];
  readonly body: string;
}

export class ConnectionEnding {
  readonly #cells: Cells;
  /** Connections that have had their last answer, whatever else they send. */
  readonly #answered = new WeakSet<Duplex>();
  /** The last request of each connection that was answered before its body had arrived. */
  readonly #early = new WeakMap<Duplex, IncomingMessage>();
  /** Answers that are not ready at once, all of a connection's together. */
  readonly #answering = new WeakMap<Duplex, Promise<unknown>>();

  constructor(cells: Cells) {
    this.#cells = cells;
  }

  /** Is told that a request is answered, though its body may still be on its way. */
  answered(req: IncomingMessage): void {
    // One that is there whole may be answered after the next, and must not take its place here.
    if (!req.complete) this.#early.set(req.socket, req);
  }

  /** Answers a request at once as the last one of its connection, and reads on for a moment. */
  refuseBody(
    req: IncomingMessage,
    res: ServerResponse,
    problem: Problem,
    more: readonly string[] = [],
  ): void {
    countProblem(this.#cells, problem);
    const body = problemBody(problem);
    this.withoutBody(req, res, {
      status: problem.status,
      head: [...problemHead(body), ...more],
      body,
    });
  }

  /** The same, whatever the answer is. */
  withoutBody(req: IncomingMessage, res: ServerResponse, { status, head, body }: Early): void {
    this.#answered.add(req.socket);
    res.writeHead(status, [...head, 'Connection', 'close']);
    // An answer that has no body would only be sent with its end.
    if (body === '' || req.method === 'HEAD') res.flushHeaders();
    else res.write(body);
    const end = () => {
      clearTimeout(timer);
      res.end();
    };
    const timer = setTimeout(end, LINGER_MS);
    req.on('end', end).on('close', end).resume();
  }

  /** Keeps late answers ahead of the connection's closing answer. */
  async inOrder(socket: Duplex, answering: Promise<void>): Promise<void> {
    const all = Promise.all([this.#answering.get(socket), answering]);
    this.#answering.set(socket, all);
    await all;
    if (this.#answering.get(socket) === all) this.#answering.delete(socket);
  }

  /**
   * Answers on a connection whose bytes never became a request, after all that did, and closes it.
   */
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
    // CONNECT takes the connection out of all of Node's time limits.
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
    // node:http begins an answer when the one before it is written, which may take a while: this
    // one would overtake it. Over TLS that takes a turn, however little there is to write.
    while (socket.writable && socket.writableLength > 0) {
      await new Promise((resolve) => socket.write('', resolve));
    }
    if (!socket.writable) {
      clearTimeout(timer);
      socket.destroy();
      return;
    }
    if (!this.#answered.has(socket) && !this.#isAnsweredUnread(socket)) {
      countProblem(this.#cells, problem);
      socket.write(rawProblem(problem));
    }
    this.#answered.add(socket);
    // Closed while the client still writes, it would be reset, and the answer be lost with it.
    socket.on('data', () => undefined).once('end', () => socket.destroy());
    socket.end(() => {
      if (socket.readableEnded) socket.destroy();
    });
    socket.resume();
  }

  /**
   * Whether these bytes belong to a body whose request has its answer: a second would be no one's.
   */
  #isAnsweredUnread(socket: Duplex): boolean {
    return this.#early.get(socket)?.complete === false;
  }
}
