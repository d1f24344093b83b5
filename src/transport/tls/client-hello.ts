/**
 * What the first bytes of a connection are, before TLS sees them: a client that speaks without TLS
 * can only be told so while nothing else has been sent.
 */

/** Every record of a handshake begins so. */
const HANDSHAKE = 0x16;
const CLIENT_HELLO = 0x01;
/** As many say how long the first message is: 5 of its record, 4 of its own. */
export const HELLO_BEGIN_BYTES = 9;
/** The largest that clients send have 2 KB; OpenSSL would keep 128 KB of each. */
const MOST_HELLO_BYTES = 16_384;
const MOST_TEXT_BYTES = 32;
/** What a request of HTTP begins with, of version 2 too: a method, and where it goes. */
const HTTP = /^[A-Z]{1,20} (?:\/|\*|https?:)/;

/** 'early': more must come before it can be told. */
export type Begin = 'tls' | 'plain_text' | 'malformed' | 'early';

export function beginOf(bytes: Uint8Array): Begin {
  if (bytes[0] !== HANDSHAKE) return 'plain_text';
  if (bytes.length < HELLO_BEGIN_BYTES) return 'early';
  const [kind, high = 0, middle = 0, low = 0] = bytes.subarray(5);
  const length = (high << 16) | (middle << 8) | low;
  return kind === CLIENT_HELLO && length <= MOST_HELLO_BYTES ? 'tls' : 'malformed';
}

/** The beginning as text, to look what protocol it is of. */
export function textOf(bytes: Buffer): string {
  return bytes.toString('latin1', 0, MOST_TEXT_BYTES);
}

/** A 400 for whoever speaks HTTP, and nothing for others. */
export function httpInPlain(begin: string): string | null {
  return HTTP.test(begin) ? badRequest('this port speaks TLS: ask by https\n') : null;
}

/** An error for whoever speaks the Redis protocol. */
export function respInPlain(begin: string): string | null {
  return /^(?:\*\d|[A-Za-z])/.test(begin) ? '-ERR this port speaks TLS: connect by it\r\n' : null;
}

export function badRequest(words: string): string {
  return (
    'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n' +
    `Content-Length: ${words.length}\r\nConnection: close\r\n\r\n${words}`
  );
}
