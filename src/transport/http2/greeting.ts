/** What client and server say first. */
import { MOST_STREAMS, STREAM_WINDOW } from './streams.ts';
import type { FrameWriter } from './wire/frame-writer.ts';
import {
  DEFAULT_WINDOW,
  INITIAL_WINDOW_SIZE,
  MAX_CONCURRENT_STREAMS,
  MOST_WINDOW,
  PROTOCOL_ERROR,
  SETTINGS,
} from './wire/numbers.ts';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
/** What a request of HTTP/1 begins with: a method, and where it goes. */
const HTTP1 = /^[A-Z]{1,20} (?:\/|\*|https?:)/;
const MOST_BEGIN_BYTES = 32;

const WORDS = 'this port speaks gRPC, over HTTP/2 without an upgrade from HTTP/1\n';
/** For who speaks HTTP/1. */
const NOT_HTTP2 = Buffer.from(
  `HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: ${WORDS.length}\r\n` +
    `Connection: close\r\n\r\n${WORDS}`,
  'latin1',
);

const SETTING_BYTES = 6;
/**
 * Nothing about the table of header fields: who hears of it sends changes of its size. Nor what a
 * list of them may have: who hears of it fails a call by itself, and has no answer from here.
 */
const OUR_SETTINGS = [
  [MAX_CONCURRENT_STREAMS, MOST_STREAMS],
  [INITIAL_WINDOW_SIZE, STREAM_WINDOW],
] as const;

export class Greeting {
  readonly #writer: FrameWriter;
  #seen = 0;
  #isGreeted = false;

  constructor(writer: FrameWriter) {
    this.#writer = writer;
  }

  /** Whether the client has said that it speaks HTTP/2. */
  get isHeard(): boolean {
    return this.#seen === PREFACE.length;
  }

  /**
   * Reads what the client says first, and answers it. Returns where what follows begins, or the end
   * of what is there; -1 where it is something else, which is answered too.
   */
  read(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length && !this.isHeard) {
      if (chunk[at] !== PREFACE[this.#seen]) {
        this.#refuse(chunk.toString('latin1', at, at + MOST_BEGIN_BYTES));
        return -1;
      }
      at++;
      this.#seen++;
    }
    if (this.isHeard) this.greet();
    return at;
  }

  /** Says what a server says first: nothing may come before it. */
  greet(): void {
    if (this.#isGreeted) return;
    this.#isGreeted = true;
    const writer = this.#writer;
    writer.head(OUR_SETTINGS.length * SETTING_BYTES, SETTINGS, 0, 0);
    for (const [name, value] of OUR_SETTINGS) {
      writer.byte(0);
      writer.byte(name);
      writer.number(value);
    }
    writer.windowUpdate(0, MOST_WINDOW - DEFAULT_WINDOW);
  }

  /** `rest`: what it says instead of the rest of it. */
  #refuse(rest: string): void {
    if (HTTP1.test(PREFACE.toString('latin1', 0, this.#seen) + rest)) {
      this.#writer.raw(NOT_HTTP2);
      return;
    }
    this.greet();
    this.#writer.goAway(0, PROTOCOL_ERROR, 'no preface');
  }
}
