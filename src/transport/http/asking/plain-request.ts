/**
 * Recognizes the one shape in which nearly every client asks: a chunk that is exactly one complete
 * POST /api/v1/limit, with nothing about it that two readers could understand in two ways.
 *
 * It never judges a request malformed. Whatever is slightly off is declined, and so is much that is
 * not: a parser of its own would be a second opinion on where requests end, which is what request
 * smuggling lives on.
 */
import { LIMIT_PATH } from '../../../contract/paths.ts';

const START = `POST ${LIMIT_PATH} HTTP/1.1\r\n`;
/** Requests longer than this, or with more fields, are no hot path. */
export const MOST_BYTES = 4_096;
const MOST_FIELDS = 32;
const MOST_LENGTH_DIGITS = 4;
const DECLINE = -1;

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const COLON = 0x3a;
const ZERO = 0x30;
const NINE = 0x39;
/** The first character after those that can be seen. */
const DELETE = 0x7f;

/**
 * Fields that say where a request ends, what follows it, how its body is to be read, or who asks.
 */
const DECLINED = [
  'transfer-encoding',
  'content-encoding',
  'expect',
  'upgrade',
  'http2-settings',
  'proxy-connection',
  'trailer',
  'te',
  'origin',
  'sec-fetch-site',
] as const;
const READ = ['host', 'content-length', 'connection', 'accept', 'authorization'] as const;
type FieldName = (typeof DECLINED)[number] | (typeof READ)[number];

/** Whether a character may stand in the name of a field (RFC 9110, 5.6.2). */
const IN_NAME: Uint8Array = new Uint8Array(256);
for (const character of "!#$%&'*+-.^_`|~") IN_NAME[character.charCodeAt(0)] = 1;
for (const character of '0123456789abcdefghijklmnopqrstuvwxyz') {
  IN_NAME[character.charCodeAt(0)] = 1;
  IN_NAME[character.toUpperCase().charCodeAt(0)] = 1;
}

/** Names that mean something here, by their hashes. */
const KNOWN = new Map<number, FieldName>(
  [...DECLINED, ...READ].map((name) => [hashOf(name, 0, name.length), name]),
);

/**
 * The head of a plain request, all that comes before its body, without what Authorization says:
 * that is one client's alone.
 */
export interface PlainHead {
  /** A unit a byte: all before what Authorization says, or all of it where it is not there. */
  readonly before: string;
  /** What follows that. */
  readonly after: string;
  readonly authorizationBytes: number;
  /** Whether there is one, be it empty. */
  readonly hasAuthorization: boolean;
  /** Of all of it. */
  readonly bytes: number;
  readonly bodyBytes: number;
  readonly accept: string | undefined;
}

/**
 * Whether a request has this very head, with this in Authorization, and so is as plain as the one
 * it was read from.
 */
export function hasHead(request: string, head: PlainHead, authorization: string): boolean {
  const { before, after, bytes, bodyBytes } = head;
  if (request.length !== bytes + bodyBytes || !request.startsWith(before)) return false;
  if (!head.hasAuthorization) return true;
  if (authorization.length !== head.authorizationBytes) return false;
  const at = before.length;
  return (
    request.startsWith(authorization, at) && request.startsWith(after, at + authorization.length)
  );
}

/** REQUIRES: the request has the head. */
export function authorizationIn(request: string, head: PlainHead): string {
  const at = head.before.length;
  return request.slice(at, at + head.authorizationBytes);
}

/** Reads heads of requests, which come as texts of a unit a byte. One a thread. */
export class PlainReader {
  readonly #hashes = new Int32Array(MOST_FIELDS);
  #hasHost = false;
  #bodyBytes = -1;
  #accept: string | undefined;
  /** Where what Authorization says begins and ends; -1 where it is not there. */
  #authorizationAt = -1;
  #authorizationEnd = -1;

  /** Null where the text is not plainly one request. */
  read(text: string): PlainHead | null {
    if (!text.startsWith(START)) return null;
    this.#hasHost = false;
    this.#bodyBytes = -1;
    this.#accept = undefined;
    this.#authorizationAt = -1;
    let at = START.length;
    for (let fields = 0; text.charCodeAt(at) !== CR; fields++) {
      at = fields < MOST_FIELDS ? this.#field(text, at, fields) : DECLINE;
      if (at === DECLINE) return null;
    }
    const end = at + 2;
    const isPlain = text.charCodeAt(at + 1) === LF && this.#hasHost;
    if (!isPlain || this.#bodyBytes !== text.length - end) return null;
    return this.#head(text, end);
  }

  #head(text: string, end: number): PlainHead {
    const hasAuthorization = this.#authorizationAt !== -1;
    const from = hasAuthorization ? this.#authorizationAt : end;
    const to = hasAuthorization ? this.#authorizationEnd : end;
    return {
      before: text.slice(0, from),
      after: text.slice(to, end),
      authorizationBytes: to - from,
      hasAuthorization,
      bytes: end,
      bodyBytes: this.#bodyBytes,
      accept: this.#accept,
    };
  }

  /** Reads the field that begins at `at`. Returns where the next line begins, or DECLINE. */
  #field(text: string, at: number, index: number): number {
    let colon = at;
    while (IN_NAME[text.charCodeAt(colon)] === 1) colon++;
    if (colon === at || text.charCodeAt(colon) !== COLON) return DECLINE;
    let start = colon + 1;
    while (text.charCodeAt(start) === SPACE) start++;
    let end = start;
    while (isVisible(text.charCodeAt(end))) end++;
    if (text.charCodeAt(end) !== CR || text.charCodeAt(end + 1) !== LF) return DECLINE;
    const hash = hashOf(text, at, colon);
    // Two names of one hash are taken for one name twice: to decline is always right.
    for (let i = 0; i < index; i++) if (this.#hashes[i] === hash) return DECLINE;
    this.#hashes[index] = hash;
    const known = KNOWN.get(hash);
    if (known === undefined) return end + 2;
    if (text.slice(at, colon).toLowerCase() !== known) return DECLINE;
    if (known === 'authorization') {
      this.#authorizationAt = start;
      this.#authorizationEnd = end;
      return end + 2;
    }
    return this.#take(known, text.slice(start, end)) ? end + 2 : DECLINE;
  }

  #take(name: FieldName, value: string): boolean {
    switch (name) {
      case 'host':
        this.#hasHost = value !== '';
        return this.#hasHost;
      case 'content-length':
        this.#bodyBytes = wholeNumber(value);
        return this.#bodyBytes !== -1;
      case 'connection':
        return value.toLowerCase() === 'keep-alive';
      case 'accept':
        this.#accept = value;
        return true;
      default:
        return false;
    }
  }
}

/** Space included; not so tabs, other control characters and what is not ASCII. */
function isVisible(code: number): boolean {
  return code >= SPACE && code < DELETE;
}

/** Of a name, in whatever case. */
function hashOf(text: string, from: number, to: number): number {
  let hash = to - from;
  for (let i = from; i < to; i++) hash = Math.imul(hash, 0x01000193) ^ (text.charCodeAt(i) | 0x20);
  return hash;
}

/** Digits alone, the first not 0; -1 for anything else. */
function wholeNumber(text: string): number {
  if (text.length === 0 || text.length > MOST_LENGTH_DIGITS) return -1;
  let number = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < ZERO || code > NINE) return -1;
    number = number * 10 + code - ZERO;
  }
  return text.charCodeAt(0) === ZERO ? -1 : number;
}
