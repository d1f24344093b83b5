/** One request and its answer, or why there is none. */
import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { Deadline } from './deadline.ts';
import { UnavailableError, type UnavailableReason } from './errors.ts';

export interface HttpReply {
  readonly status: number;
  /** The field Content-Type; empty where there is none. */
  readonly type: string;
  readonly body: string;
}

/** `request` of node:http or of node:https. It follows no redirect, and sends nothing twice. */
export type NodeRequest = (url: string, options: RequestOptions) => ClientRequest;

export interface HttpRequest {
  readonly method: 'POST' | 'DELETE';
  /** With its query. */
  readonly path: string;
  /** JSON; left out where there is none. */
  readonly body?: string;
  /** The field Authorization. */
  readonly authorization?: string;
}

export interface ExchangeParts {
  readonly url: string;
  readonly request: HttpRequest;
  readonly deadline: Deadline;
}

/** A thousand decisions are a tenth of this. */
const MOST_ANSWER_CHARACTERS = 2_000_000;

export class HttpExchange {
  readonly #parts: ExchangeParts;
  readonly #settled = Promise.withResolvers<HttpReply>();
  /** Nothing to leave until it is known that time is left. */
  readonly #leaveDeadline: () => void = () => {};
  #request: ClientRequest | null = null;
  #isOver = false;

  /** May be over at once: its time runs whether or not it is started. */
  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    const { deadline } = parts;
    const expire = () => this.fail('timeout', `no answer within ${deadline.ms} ms`);
    this.#leaveDeadline = deadline.whenPassed(expire);
  }

  get reply(): Promise<HttpReply> {
    return this.#settled.promise;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Sends it. Calls `done` once, when its connection is free again or gone. */
  start(send: NodeRequest, agent: Agent, done: () => void): void {
    const { url, request } = this.#parts;
    const { method, path, body } = request;
    this.#request = send(url + path, { method, agent, headers: headersOf(request) })
      .on('response', (response) => this.#read(response))
      .on('error', (error) => this.#broke(error))
      .on('close', () => {
        this.fail('connection', 'the connection was closed without an answer');
        done();
      });
    this.#request.end(body);
  }

  /** Ends it without an answer, unless it is over. One that comes later is not read. */
  fail(reason: UnavailableReason, fault: string, cause?: Error): void {
    if (!this.#end()) return;
    const options = cause === undefined ? {} : { cause };
    this.#settled.reject(new UnavailableError(reason, `${this.#parts.url}: ${fault}`, options));
    this.#request?.destroy();
  }

  #read(response: IncomingMessage): void {
    let body = '';
    response
      .setEncoding('utf8')
      .on('data', (text: string) => {
        body += text;
        if (body.length > MOST_ANSWER_CHARACTERS) this.fail('answer', 'its answer does not end');
      })
      .on('error', (error) => this.#broke(error))
      .on('end', () => {
        const { statusCode: status = 0, headers } = response;
        const type = headers['content-type'] ?? '';
        if (this.#end()) this.#settled.resolve({ status, type, body });
        // An answer to a request that was not taken whole: nothing else can follow on it.
        if (this.#request?.writableFinished === false) this.#request.destroy();
      });
  }

  #broke(error: Error): void {
    // What Node says of several addresses that all failed is only in the code.
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    this.fail('connection', error.message === '' ? code : error.message, error);
  }

  /** Whether this is what ends it. */
  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#leaveDeadline();
    return true;
  }
}

function headersOf({ body, authorization }: HttpRequest): Record<string, string | number> {
  const content = { 'Content-Type': 'application/json' };
  return {
    Accept: 'application/json',
    ...(body === undefined ? {} : { ...content, 'Content-Length': Buffer.byteLength(body) }),
    ...(authorization === undefined ? {} : { Authorization: authorization }),
  };
}
