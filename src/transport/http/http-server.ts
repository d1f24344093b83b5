/**
 * HTTP on the connections of one decider: time limits, and what is refused wherever it goes. What a
 * request asks is the routes' business.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TokenBook } from '../../access/token-book.ts';
import { MOST_BODY_BYTES } from '../../contract/bounds.ts';
import { assert } from '../../lib/assert.ts';
import { type Clock, httpDate } from '../../lib/clock.ts';
import { shown } from '../../lib/shown.ts';
import type { Caller } from '../../tracing/caller.ts';
import { checkEveryMs, MOST_CHECK_EVERY_MS } from '../connection/check-every.ts';
import type { ClientBytes } from '../connection/client-bytes.ts';
import type { Protocol } from '../connection/listener.ts';
import type { Turns } from '../connection/turns.ts';
import type { ServiceState } from '../service-state.ts';
import { Lane, type LaneParts } from './asking/lane.ts';
import type { LimitRoute } from './asking/limit-route.ts';
import { problemOf } from './core/client-error.ts';
import type { CrossSite } from './core/cross-site.ts';
import { PacedConnection } from './core/paced-connection.ts';
import type { Problem } from './core/problem.ts';
import type { Replies } from './core/replies.ts';
import type { PrefixRoute, RouteTable } from './core/route.ts';
import { pathOf, targetOf } from './core/target.ts';

export interface HttpTimes {
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveMs: number;
}

export interface HttpServerParts {
  readonly times: HttpTimes;
  readonly state: ServiceState;
  readonly clock: Clock;
  readonly turns: Turns;
  readonly clientBytes: ClientBytes;
  readonly replies: Replies;
  readonly routes: RouteTable;
  /** The hot one of them, and whether its plain requests take the short way; null for none. */
  readonly hot: {
    readonly limitRoute: LimitRoute;
    readonly hasLane: boolean;
    readonly tokens: TokenBook;
  } | null;
  readonly crossSite: CrossSite;
  /** Told whose question is asked; null where nobody wants to know. */
  readonly caller: Caller | null;
  /**
   * Serves every route of one path, the hot one included; calls `other` for a target it cannot even
   * read.
   */
  readonly app: (req: IncomingMessage, res: ServerResponse, other: () => void) => void;
}

const HOST_MISSING: Problem = {
  status: 400,
  detail: 'an HTTP/1.1 request must have a Host field, has none',
  reason: 'malformed_http',
};
const WRONG_VERSION: Problem = {
  status: 400,
  detail: 'the version must be HTTP/1.1 or HTTP/1.0, is neither',
  reason: 'malformed_http',
};

export class HttpServer implements Protocol {
  readonly #parts: HttpServerParts;
  readonly #server: Server;
  readonly #lane: Lane | null;
  /** Those that node:http serves. */
  readonly #paced = new WeakMap<Duplex, PacedConnection>();
  /** Those beyond MAX_CONNECTIONS, and what is called when one is sent away. */
  readonly #beyond = new WeakMap<Duplex, () => void>();

  constructor(parts: HttpServerParts) {
    const { headersTimeoutMs, requestTimeoutMs, keepAliveMs } = parts.times;
    this.#parts = parts;
    this.#server = createServer({
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: checkEveryMs(headersTimeoutMs),
      // Asked for by #isRefused instead: Node's own refusal has no problem details.
      requireHostHeader: false,
    });
    // Their bytes are bounded. Of more lines than a bound of Node's own older versions drop the
    // last without a word, and a proxy adds last what it knows of a client.
    this.#server.maxHeadersCount = 0;
    // For a client that does not read its answers: nothing else would ever end its connection.
    this.#server.timeout = requestTimeoutMs + 2 * MOST_CHECK_EVERY_MS;
    // A client that has sent all it will is still owed the answers that take a while.
    Object.assign(this.#server, { httpAllowHalfOpen: true });
    this.#server
      .on('request', (req, res) => this.#request(req, res))
      .on('checkContinue', (req, res) => this.#expectContinue(req, res))
      .on('checkExpectation', (req, res) => this.#expectOther(req, res))
      .on('connect', (_req, socket) => this.#connect(socket))
      .on('clientError', (error, socket) => this.#clientError(error, socket))
      // It never listens itself, and checks no time limits before it has heard this. Nor is it ever
      // closed: it would stop checking them, and a half-sent request would hold the shutdown.
      .emit('listening');
    const { hot } = parts;
    this.#lane = hot?.hasLane ? this.#createLane(hot) : null;
  }

  open(socket: Socket): void {
    if (this.#lane === null) this.#serve(socket);
    else this.#lane.open(socket);
  }

  openBeyond(socket: Socket, refused: () => void): void {
    this.#beyond.set(socket, refused);
    this.#serve(socket);
  }

  closeIdle(): void {
    this.#lane?.closeIdle();
    this.#server.closeIdleConnections();
  }

  stop(): void {
    this.#lane?.stop();
    this.#server.close();
  }

  /** Serves a connection by node:http. */
  #serve(socket: Socket): void {
    this.#server.emit('connection', socket);
    const paced = new PacedConnection(socket, this.#parts.turns);
    this.#paced.set(socket, paced);
    paced.countBy(this.#parts.clientBytes.join(socket, paced));
  }

  #createLane({ limitRoute, tokens }: Pick<LaneParts, 'limitRoute' | 'tokens'>): Lane {
    const timedOut = Object.assign(new Error('nothing arrived'), {
      code: 'ERR_HTTP_REQUEST_TIMEOUT',
    });
    return new Lane({
      ...this.#parts,
      ...this.#parts.times,
      limitRoute,
      tokens,
      date: httpDate,
      handOver: (socket) => this.#serve(socket),
      timedOut: (socket) => this.#clientError(timedOut, socket),
    });
  }

  #request(req: IncomingMessage, res: ServerResponse): void {
    const paced = this.#paced.get(req.socket);
    assert(paced !== undefined, 'a connection of node:http is paced');
    paced.began();
    res.once('prefinish', () => paced.answered()).once('close', () => paced.ended());
    // Node reads no further on a connection that asked for another protocol, and got none.
    if (req.headers.upgrade !== undefined) res.shouldKeepAlive = false;
    if (this.#isRefused(req, res)) return;
    const { hot, crossSite, app, replies } = this.#parts;
    if (hot !== null && req.url === hot.limitRoute.path && req.method === hot.limitRoute.method) {
      if (!crossSite.refuses(req, res)) hot.limitRoute.handle(req, res);
      return;
    }
    const under = this.#under(req);
    if (under === undefined) app(req, res, () => replies.notFound(res));
    else under.handle(req, res);
  }

  /** The route that answers whatever the method, without the body. */
  #under(req: IncomingMessage): PrefixRoute | undefined {
    return this.#parts.routes.under(targetOf(req));
  }

  /** A connection beyond MAX_CONNECTIONS may ask once how the service is. */
  #isCrowdedOut(req: IncomingMessage, res: ServerResponse): boolean {
    const refused = this.#beyond.get(req.socket);
    if (refused === undefined) return false;
    res.shouldKeepAlive = false;
    const isLook = req.method === 'GET' || req.method === 'HEAD';
    if (isLook && this.#parts.routes.isProbe(pathOf(req))) return false;
    refused();
    this.#parts.replies.crowdedOut(req, res);
    return true;
  }

  /** What is wrong with a request wherever it goes. */
  #isRefused(req: IncomingMessage, res: ServerResponse): boolean {
    if (this.#isCrowdedOut(req, res)) return true;
    const { httpVersion } = req;
    if (httpVersion === '1.1' && req.headers.host === undefined) {
      this.#parts.replies.problem(res, HOST_MISSING);
      return true;
    }
    if (httpVersion !== '1.1' && httpVersion !== '1.0') {
      this.#parts.replies.problem(res, WRONG_VERSION);
      return true;
    }
    const length = req.headers['content-length'];
    if (length === undefined || Number(length) <= MOST_BODY_BYTES) return false;
    const mostBytes = this.#parts.routes.mostBytesAt(pathOf(req));
    if (Number(length) <= mostBytes) return false;
    this.#parts.replies.tooLarge(req, res, mostBytes);
    return true;
  }

  #expectContinue(req: IncomingMessage, res: ServerResponse): void {
    if (this.#isRefused(req, res)) return;
    if (this.#under(req) === undefined) res.writeContinue();
    this.#request(req, res);
  }

  #expectOther(req: IncomingMessage, res: ServerResponse): void {
    if (this.#under(req) !== undefined) {
      this.#request(req, res);
      return;
    }
    if (this.#isCrowdedOut(req, res)) return;
    const detail = `Expect must be 100-continue, is ${shown(req.headers.expect)}`;
    this.#parts.replies.problem(res, { status: 417, detail, reason: 'expectation' });
  }

  #connect(socket: Duplex): void {
    const detail = 'CONNECT is for proxies, and this is none';
    this.#answerLast(socket, { status: 400, detail, reason: 'malformed_http' });
  }

  #clientError(error: Error, socket: Duplex): void {
    const problem = problemOf(error);
    if (problem === null) socket.destroy();
    else this.#answerLast(socket, problem);
  }

  #answerLast(socket: Duplex, problem: Problem): void {
    this.#paced.get(socket)?.stop();
    this.#parts.replies.ending.last(socket, problem);
  }
}
