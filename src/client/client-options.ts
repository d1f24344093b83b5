/** What a client is told once, and that it makes sense. */
import { createSecureContext } from 'node:tls';
import type { OnError, OnUnavailable } from './unavailable.ts';

export interface ClientOptions {
  /** Where the service is, such as `http://127.0.0.1:8123`; https where it speaks TLS. */
  readonly url: string;
  /** For connecting and answering together; 250 unless it is given. */
  readonly timeoutMs?: number | undefined;
  /**
   * Throws an UnavailableError unless it is given. Whether everybody or nobody may pass while the
   * service is away depends on what the limit guards, which only the caller knows.
   */
  readonly onError?: OnError | undefined;
  /** Is told of each call that had no answer, and of what was made of it. */
  readonly onUnavailable?: OnUnavailable | undefined;
  /** Most connections; 16 unless it is given. */
  readonly maxSockets?: number | undefined;
  /** A token of the service, where it has some; it goes with every call. */
  readonly token?: string | undefined;
  /**
   * For reset() alone: the ADMIN_TOKEN of the service, or a token with that right. Left out,
   * reset() shows `token`.
   */
  readonly adminToken?: string | undefined;
  /** Only with https. */
  readonly tls?: ClientTls | undefined;
}

/** All in PEM. */
export interface ClientTls {
  /** Who vouches for the service, in place of those that Node trusts. */
  readonly ca?: string | undefined;
  /** What the client shows where the service wants a certificate of it, and the key of that. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** With all that was left out. */
export interface CheckedOptions {
  readonly url: string;
  readonly timeoutMs: number;
  readonly onError: OnError;
  readonly onUnavailable: OnUnavailable;
  readonly maxSockets: number;
  readonly token: string | undefined;
  readonly adminToken: string | undefined;
  /** Null for what Node has. */
  readonly tls: ClientTls | null;
}

/** Enough for a lost packet, which TCP sends again after 200 ms. */
const TIMEOUT_MS = 250;
const MOST_TIMEOUT_MS = 2 ** 31 - 1;
const MAX_SOCKETS = 16;
const MOST_MAX_SOCKETS = 10_000;

/** Throws where one of them makes no sense. */
export function checkOptions(options: ClientOptions): CheckedOptions {
  const { url, timeoutMs = TIMEOUT_MS, maxSockets = MAX_SOCKETS, onError = 'throw' } = options;
  const { onUnavailable = () => {}, token, adminToken } = options;
  checkUrl(url);
  checkWhole('timeoutMs', timeoutMs, MOST_TIMEOUT_MS);
  checkWhole('maxSockets', maxSockets, MOST_MAX_SOCKETS);
  if (!['allow', 'deny', 'throw'].includes(onError)) {
    throw new TypeError(`onError must be allow, deny or throw, is ${String(onError)}`);
  }
  if (typeof onUnavailable !== 'function') {
    throw new TypeError(`onUnavailable must be a function, is ${String(onUnavailable)}`);
  }
  for (const one of [token, adminToken]) if (one !== undefined) checkToken(one);
  const tls = options.tls === undefined ? null : checkTls(url, options.tls);
  return { url, timeoutMs, maxSockets, onError, onUnavailable, token, adminToken, tls };
}

/** The token itself, where it can stand in a header field. It is never shown. */
export function checkToken(token: unknown): string {
  if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new TypeError('a token must be printable ASCII without spaces');
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

/** Those three and nothing else: what a caller slips in beside them goes nowhere. */
function checkTls(url: string, given: ClientTls): ClientTls {
  const { ca, cert, key } = given;
  if (URL.parse(url)?.protocol !== 'https:') {
    throw new TypeError('tls must come with a url that begins with https://');
  }
  for (const [name, value] of Object.entries({ ca, cert, key })) {
    // Of a text without any certificate OpenSSL makes an authority that vouches for nobody.
    if (value === undefined || `${value}`.includes('-----BEGIN ')) continue;
    throw new TypeError(`tls.${name} must be in PEM`);
  }
  if ((cert === undefined) !== (key === undefined)) {
    throw new TypeError('tls must have both cert and key, or neither');
  }
  const tls = { ca, cert, key };
  try {
    createSecureContext(tls);
  } catch (cause) {
    throw new TypeError(`tls cannot be used: ${(cause as Error).message}`, { cause });
  }
  return tls;
}

function checkWhole(name: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  throw new RangeError(`${name} must be a whole number from 1 to ${most}, is ${value}`);
}
