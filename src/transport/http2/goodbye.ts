/**
 * How a connection is ended so that no request is lost: the client is told that it will end, and
 * once it surely knows, that no request after the last one that came is answered. What was asked
 * before is, and then the connection is closed.
 *
 * A client that is told at once which request was the last one takes those for refused that it had
 * sent meanwhile; a rate limit is then open for them.
 */
import type { Sender } from './sender.ts';
import type { Streams } from './streams.ts';
import type { FrameWriter } from './wire/frame-writer.ts';
import { LAST_STREAM, NO_ERROR } from './wire/numbers.ts';

/** What the PING says by whose answer the client is known to have heard. */
const GOODBYE = Buffer.from('goodbye.', 'latin1');
/** How long it may take to say so: some close without a word, and some are busy. */
export const HEARD_WITHIN_MS = 1_000;

export class Goodbye {
  readonly #writer: FrameWriter;
  readonly #sender: Sender;
  readonly #streams: Streams;
  #phase: 'staying' | 'warned' | 'leaving' = 'staying';
  #warnedUs = 0;

  constructor(writer: FrameWriter, sender: Sender, streams: Streams) {
    this.#writer = writer;
    this.#sender = sender;
    this.#streams = streams;
  }

  get hasBegun(): boolean {
    return this.#phase !== 'staying';
  }

  /** Whether the connection may be closed. */
  get isOver(): boolean {
    return this.#phase === 'leaving' && this.#streams.size === 0;
  }

  /** REQUIRES: it has not begun. */
  begin(nowUs: number): void {
    this.#phase = 'warned';
    this.#warnedUs = nowUs;
    this.#writer.goAway(LAST_STREAM, NO_ERROR, '');
    this.#writer.ping(0, GOODBYE);
    this.#sender.isEnding = true;
    for (const stream of this.#streams.all) stream.onEnding?.();
  }

  /** A client has answered a PING. */
  heard(payload: Uint8Array): void {
    if (this.#phase === 'warned' && GOODBYE.equals(payload)) this.#leave();
  }

  checkTime(nowUs: number): void {
    const isLate = nowUs - this.#warnedUs >= HEARD_WITHIN_MS * 1_000;
    if (this.#phase === 'warned' && isLate) this.#leave();
  }

  #leave(): void {
    this.#phase = 'leaving';
    this.#streams.lastAnswered = this.#streams.lastId;
    this.#writer.goAway(this.#streams.lastId, NO_ERROR, '');
  }
}
