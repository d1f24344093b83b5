/**
 * The lane: a short way from the socket to a decision, for requests in the shape that nearly all
 * have. It holds a connection until the first chunk that is anything else; that goes, with the
 * connection, to node:http, which answers it and all that follows.
 *
 * Used by HttpServer. A connection in the lane has no request begun and no answer owed, so that it
 * can be handed over before any chunk: while a decision is waited for, nothing is read. Bytes of an
 * answer may be waiting for the client to read.
 */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type Grant, NOTHING, OPEN } from '../../../access/grant.ts';
import { digestOf, type Pass, type TokenBook } from '../../../access/token-book.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Caller } from '../../../tracing/caller.ts';
import { checkEveryMs } from '../../connection/check-every.ts';
import { type Receiver, receive } from '../../connection/read-buffer.ts';
import { permitted } from '../../question/refusal.ts';
import type { ServiceState } from '../../service-state.ts';
import { bearerTokenIn } from '../core/token-gate.ts';
import { contextIn } from '../core/trace-context.ts';
import { type Answer, linesOf } from './answer.ts';
import type { LimitRoute } from './limit-route.ts';
import {
  authorizationIn,
  hasHead,
  MOST_BYTES,
  type PlainHead,
  PlainReader,
} from './plain-request.ts';

export interface LaneParts {
  readonly limitRoute: LimitRoute;
  readonly tokens: TokenBook;
  /** Null where nobody wants to know whose question it is. */
  readonly caller: Caller | null;
  readonly state: ServiceState;
  readonly clock: Clock;
  /** What a Date field says at a time of that clock. */
  readonly date: (nowUs: number) => string;
  readonly headersTimeoutMs: number;
  readonly keepAliveMs: number;
  /** Serves a connection by node:http, from here on. */
  readonly handOver: (socket: Socket) => void;
  /** Answers and ends a connection on which nothing came for too long. */
  readonly timedOut: (socket: Socket) => void;
}

/** Most heads that are kept, one for each length of a request. */
export const KEPT_HEADS = 64;
/**
 * A client asks at the last moment it was told: an idle connection is kept longer, as by node:http.
 */
const KEEP_ALIVE_GRACE_MS = 1_000;

export class Lane {
  readonly #parts: LaneParts;
  readonly #reader = new PlainReader();
  readonly #connections = new Set<LaneConnection>();
  /**
   * The last heads, by the lengths of their requests: clients of one kind all send the same few.
   */
  readonly #heads: (PlainHead | null)[] = new Array(KEPT_HEADS).fill(null);
  /** The fields of every answer after those of the decision, but for the date. */
  readonly #lastFields: string;
  readonly #timer: NodeJS.Timeout;

  constructor(parts: LaneParts) {
    this.#parts = parts;
    const seconds = Math.floor(parts.keepAliveMs / 1_000);
    this.#lastFields = `Connection: keep-alive\r\nKeep-Alive: timeout=${seconds}\r\n\r\n`;
    // A timer for all: one a connection would have to be set anew for every request.
    this.#timer = setInterval(() => this.#endIdle(), checkEveryMs(parts.headersTimeoutMs)).unref();
  }

  open(socket: Socket): void {
    const connection = new LaneConnection(socket, this.#parts.clock());
    this.#connections.add(connection);
    connection.listen({
      bytes: (chunk) => {
        if (this.#answers(connection, chunk)) return;
        this.#leave(connection);
        connection.putBack(chunk);
        this.#parts.handOver(socket);
        socket.resume();
      },
      close: () => this.#connections.delete(connection),
    });
  }

  /** Ends all connections in the lane but those that wait for a decision. */
  closeIdle(): void {
    for (const { socket, isWaiting } of this.#connections) {
      if (isWaiting) continue;
      // Asked again while its last answer is still to be read, it would listen for the end of it
      // anew.
      if (!socket.writableEnded) socket.destroySoon();
    }
  }

  /** Ends no idle connection any more. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** Answers the chunk if it is a plain request; false leaves everything as it was. */
  #answers(connection: LaneConnection, chunk: Buffer): boolean {
    const { limitRoute, state, clock, caller } = this.#parts;
    const { socket } = connection;
    // A client that does not read, and a service that stops, are node:http's to deal with.
    if (socket.writableLength > 0 || state.isEnding || chunk.length > MOST_BYTES) return false;
    const nowUs = clock();
    const text = chunk.toString('latin1');
    const head = this.#headOf(connection, text);
    if (head === null) return false;
    const grant = connection.grantFor(head, this.#parts.tokens);
    const { reader } = limitRoute;
    const from = head.bytes;
    const read = reader.readPlain(text, from) ?? reader.readJson(chunk.subarray(from));
    // Who may not ask is told so by node:http.
    const reading = grant === OPEN ? read : permitted(read, grant);
    if (!reading.ok) return false;
    connection.isFresh = false;
    const answer =
      caller === null
        ? limitRoute.answer(reading.question, head.accept, nowUs)
        : caller.during(contextIn(head.before + head.after), () =>
            limitRoute.answer(reading.question, head.accept, nowUs),
          );
    if (answer instanceof Promise) {
      void this.#answerLate(connection, answer, nowUs);
      return true;
    }
    socket.write(this.#rendered(answer, nowUs), 'latin1');
    limitRoute.answered(nowUs);
    connection.lastUs = nowUs;
    return true;
  }

  /** Reads on when the answer is given. A client that has gone meanwhile is answered in vain. */
  async #answerLate(
    connection: LaneConnection,
    coming: Promise<Answer>,
    nowUs: number,
  ): Promise<void> {
    const { limitRoute, state, clock } = this.#parts;
    const { socket } = connection;
    connection.isWaiting = true;
    socket.pause();
    const answer = await coming;
    const lateUs = clock();
    if (state.isEnding) {
      socket.write(this.#renderedLast(answer, lateUs), 'latin1');
      socket.destroySoon();
    } else {
      socket.write(this.#rendered(answer, lateUs), 'latin1');
      connection.readOn(lateUs);
    }
    limitRoute.answered(nowUs);
  }

  #headOf(connection: LaneConnection, request: string): PlainHead | null {
    const place = request.length % KEPT_HEADS;
    const kept = this.#heads[place] ?? null;
    if (kept !== null && hasHead(request, kept, connection.authorization)) return kept;
    const head = this.#reader.read(request);
    if (head === null) return null;
    this.#heads[place] = head;
    if (head.hasAuthorization) connection.show(authorizationIn(request, head), this.#parts.tokens);
    return head;
  }

  /** As node:http would write it. */
  #rendered(answer: Answer, nowUs: number): string {
    const { status, body } = answer;
    const date = this.#parts.date(nowUs);
    return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${linesOf(answer)}Date: ${date}\r\n${this.#lastFields}${body}`;
  }

  /** The same, where the connection ends with it. */
  #renderedLast(answer: Answer, nowUs: number): string {
    const { status, body } = answer;
    const date = this.#parts.date(nowUs);
    return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${linesOf(answer)}Connection: close\r\nDate: ${date}\r\n\r\n${body}`;
  }

  #endIdle(): void {
    const { clock, headersTimeoutMs, keepAliveMs, timedOut } = this.#parts;
    const nowUs = clock();
    for (const connection of this.#connections) {
      const { socket, isWaiting, isFresh, lastUs } = connection;
      const mostMs = isFresh ? headersTimeoutMs : keepAliveMs + KEEP_ALIVE_GRACE_MS;
      if (isWaiting || nowUs - lastUs < mostMs * 1_000) continue;
      this.#leave(connection);
      if (isFresh) timedOut(socket);
      else socket.destroy();
    }
  }

  #leave(connection: LaneConnection): void {
    this.#connections.delete(connection);
    connection.unlisten();
  }
}

interface Listeners {
  readonly bytes: Receiver;
  readonly close: () => void;
}

class LaneConnection {
  readonly socket: Socket;
  /** When the last request came, was answered if that was later, or the connection came. */
  lastUs: number;
  /** Whether nothing has come yet. */
  isFresh = true;
  /** Whether the last request waits for its decision, and nothing more is read. */
  isWaiting = false;
  /** What Authorization said last, and what lets it ask; null where that is no token in force. */
  authorization = '';
  #pass: Pass | null = null;
  readonly #end = () => {
    // What has ended says so in spite of a pause, once nothing is left to be read.
    if (!this.isWaiting) this.socket.end();
  };
  readonly #fail = () => this.socket.destroy();
  #close: (() => void) | null = null;
  #stopReceiving: (() => void) | null = null;

  constructor(socket: Socket, nowUs: number) {
    this.socket = socket;
    this.lastUs = nowUs;
  }

  /** Takes note of what Authorization says. The same again costs no look. */
  show(authorization: string, tokens: TokenBook): void {
    if (authorization === this.authorization && this.#pass !== null) return;
    this.authorization = authorization;
    const token = tokens.isOpen ? undefined : bearerTokenIn(authorization);
    this.#pass = token === undefined ? null : tokens.passFor(digestOf(token));
  }

  /** What a request with this head may do, if it has what Authorization said last. */
  grantFor({ hasAuthorization }: PlainHead, tokens: TokenBook): Grant {
    if (tokens.isOpen) return OPEN;
    return (hasAuthorization ? this.#pass?.grant : null) ?? NOTHING;
  }

  listen({ bytes, close }: Listeners): void {
    this.#close = close;
    this.socket.on('end', this.#end).on('error', this.#fail).on('close', close);
    this.#stopReceiving = receive(this.socket, bytes);
  }

  unlisten(): void {
    if (this.#close === null) return;
    this.#stopReceiving?.();
    this.socket.off('end', this.#end).off('error', this.#fail).off('close', this.#close);
  }

  /** Reads on, the last request having been answered at `nowUs`. */
  readOn(nowUs: number): void {
    this.isWaiting = false;
    this.lastUs = nowUs;
    if (this.socket.readableEnded) this.socket.end();
    else this.socket.resume();
  }

  /** Puts a chunk back where it came from, for whoever listens next and then resumes. */
  putBack(chunk: Buffer): void {
    // Paused, or what is put back would wait for the client's next bytes.
    this.socket.pause();
    // A copy: these bytes are here until the next are read.
    this.socket.unshift(Buffer.from(chunk));
  }
}
