/**
 * Sends requests to one service over a bounded number of kept connections, each within a deadline.
 *
 * Nothing is sent twice. A connection that breaks while it waits for an answer may have charged the
 * key or not, so that a second try could charge it again.
 */
import { Agent, request } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import type { ClientTls } from './client-options.ts';
import type { Deadline } from './deadline.ts';
import {
  HttpExchange,
  type HttpReply,
  type HttpRequest,
  type NodeRequest,
} from './http-exchange.ts';

export interface SenderOptions {
  /** http or https, and a path only where the service stands below one. */
  readonly url: string;
  readonly maxSockets: number;
  readonly tls: ClientTls | null;
  /** Shown with each request that shows none of its own. */
  readonly token?: string | undefined;
}

/**
 * Less than any usual server keeps an idle connection, so that we close it first. Node's agent also
 * heeds a shorter time that the server announces, but only if it has one of its own.
 */
const MOST_IDLE_MS = 4_000;

export class HttpSender {
  readonly url: string;
  readonly #maxSockets: number;
  readonly #token: string | undefined;
  readonly #agent: Agent;
  readonly #request: NodeRequest;
  readonly #running = new Set<HttpExchange>();
  /** Not in the agent's queue: it opens connections even for requests that were given up. */
  readonly #waiting: HttpExchange[] = [];
  #isClosed = false;

  constructor({ url, maxSockets, tls, token }: SenderOptions) {
    this.url = url.replace(/\/+$/, '');
    this.#maxSockets = maxSockets;
    this.#token = token;
    const kept = { keepAlive: true, maxSockets, timeout: MOST_IDLE_MS };
    const isTls = URL.parse(url)?.protocol === 'https:';
    this.#agent = isTls ? new TlsAgent({ ...kept, ...tls }) : new Agent(kept);
    this.#request = isTls ? tlsRequest : request;
  }

  /** Rejects with an UnavailableError. */
  send(request: HttpRequest, deadline: Deadline): Promise<HttpReply> {
    const exchange = new HttpExchange({
      url: this.url,
      request: this.#authorized(request),
      deadline,
    });
    if (exchange.isOver) return exchange.reply;
    if (this.#isClosed) {
      exchange.fail('closed', 'the client is closed');
    } else {
      this.#waiting.push(exchange);
      this.#startWaiting();
    }
    return exchange.reply;
  }

  /** Gives up whatever has not been answered, and ends all connections. */
  close(): void {
    this.#isClosed = true;
    const given = [...this.#waiting.splice(0), ...this.#running];
    for (const exchange of given) exchange.fail('closed', 'the client was closed');
    this.#agent.destroy();
  }

  #authorized(request: HttpRequest): HttpRequest {
    const token = this.#token;
    return token === undefined ? request : { authorization: `Bearer ${token}`, ...request };
  }

  #startWaiting(): void {
    while (this.#running.size < this.#maxSockets) {
      const exchange = this.#waiting.shift();
      if (exchange === undefined) return;
      if (exchange.isOver) continue;
      this.#running.add(exchange);
      exchange.start(this.#request, this.#agent, () => {
        this.#running.delete(exchange);
        this.#startWaiting();
      });
    }
  }
}
