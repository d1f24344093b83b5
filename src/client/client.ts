/**
 * The client of the service for Node: `@argus-limit/argus/client`.
 *
 * A denial is a value, and so is whatever `onError` makes of a service that does not answer. Only a
 * bad question always throws: to let it pass would switch a limit off because of a typing error.
 */
import './node-version.ts';
import { Batcher } from './batcher.ts';
import { UnavailableError } from './errors.ts';
import { HttpPoster } from './http-poster.ts';
import type { Decision, Question } from './question.ts';

export { type AddressOptions, keyOfAddress } from './address.ts';
export {
  ArgusError,
  BadQuestionError,
  UnavailableError,
  type UnavailableReason,
} from './errors.ts';
export { type RateLimitOptions, rateLimit } from './express.ts';
export type { Decision, Limit, Question, Source, Unit } from './question.ts';

/** What becomes of a call to which the service gives no decision. */
export type OnError = 'allow' | 'deny' | 'throw';

export interface ClientOptions {
  /** Where the service is, such as `http://127.0.0.1:8123`; https where a proxy in front has it. */
  readonly url: string;
  /** For connecting and answering together; 250 unless it is given. */
  readonly timeoutMs?: number | undefined;
  /**
   * Throws an UnavailableError unless it is given. Whether everybody or nobody may pass while the
   * service is away depends on what the limit guards, which only the caller knows.
   */
  readonly onError?: OnError | undefined;
  /** Most connections; 16 unless it is given. */
  readonly maxSockets?: number | undefined;
}

/** Enough for a lost packet, which TCP sends again after 200 ms. */
const TIMEOUT_MS = 250;
const MOST_TIMEOUT_MS = 2 ** 31 - 1;
const MAX_SOCKETS = 16;
const MOST_MAX_SOCKETS = 10_000;

/** When to come back after a denial by `onError`: there is nothing to compute it from. */
const RETRY_MS = 1_000;

export class ArgusClient {
  readonly #onError: OnError;
  readonly #poster: HttpPoster;
  readonly #batcher: Batcher;

  constructor(options: ClientOptions) {
    const { url, timeoutMs = TIMEOUT_MS, maxSockets = MAX_SOCKETS, onError = 'throw' } = options;
    checkUrl(url);
    checkWhole('timeoutMs', timeoutMs, MOST_TIMEOUT_MS);
    checkWhole('maxSockets', maxSockets, MOST_MAX_SOCKETS);
    if (!['allow', 'deny', 'throw'].includes(onError)) {
      throw new TypeError(`onError must be allow, deny or throw, is ${String(onError)}`);
    }
    this.#onError = onError;
    this.#poster = new HttpPoster({ url, maxSockets });
    this.#batcher = new Batcher(this.#poster, timeoutMs);
  }

  /**
   * May this key do this now? Rejects with a BadQuestionError, or with an UnavailableError where
   * `onError` is to throw.
   */
  async limit(question: Question): Promise<Decision> {
    try {
      return await this.#batcher.ask(question);
    } catch (error) {
      if (this.#onError === 'throw' || !(error instanceof UnavailableError)) throw error;
      return fallback(question, this.#onError === 'allow', error);
    }
  }

  /** Ends all connections. Calls that are not answered, and later ones, are left to `onError`. */
  close(): void {
    this.#poster.close();
  }
}

function fallback({ capacity }: Question, allowed: boolean, error: UnavailableError): Decision {
  const retryAfterMs = allowed ? 0 : RETRY_MS;
  const resetAfterMs = retryAfterMs;
  return {
    allowed,
    limit: capacity,
    remaining: 0,
    retryAfterMs,
    resetAfterMs,
    degraded: true,
    error,
  };
}

function checkUrl(url: string): void {
  const { protocol, username, password, search, hash } = URL.parse(url) ?? {};
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new TypeError(`url must begin with http:// or https://, is ${url}`);
  }
  if ([username, password, search, hash].some((part) => part !== '')) {
    // Not shown: there may be a password in it.
    throw new TypeError('url must be a host, a port and at most a path, has more');
  }
}

function checkWhole(name: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  throw new RangeError(`${name} must be a whole number from 1 to ${most}, is ${value}`);
}
