/**
 * Writes the answers of one connection, as far as the other side has room for them: what is left
 * waits with its stream, in the order in which streams came to wait.
 *
 * Nothing is written but between begin() and end(): the writer is the whole thread's.
 *
 * Invariants:
 *   1. A stream is in #blocked only while it has DATA waiting, and room of its own for it: what is
 *      missing is the connection's.
 *   2. heldBytes is the DATA that waits, of all streams.
 */
import type { Clock } from '../../lib/clock.ts';
import type { Stream, StreamHost, WholeAnswer } from './stream.ts';
import { EMPTY_TABLE } from './wire/field-block.ts';
import type { FrameWriter } from './wire/frame-writer.ts';
import {
  DATA,
  DEFAULT_FRAME_BYTES,
  DEFAULT_WINDOW,
  END_HEADERS,
  END_STREAM,
  FLOW_CONTROL_ERROR,
  HEADERS,
  MOST_WINDOW,
  NO_ERROR,
} from './wire/numbers.ts';

export interface SenderParts {
  readonly writer: FrameWriter;
  readonly clock: Clock;
  /** Something waits to be written: to be called back by writing. */
  readonly wake: () => void;
  /** All of a stream's answer is written. */
  readonly finished: (stream: Stream) => void;
}

export class Sender implements StreamHost {
  isWriting = false;
  /** Whether the connection is about to end: for it to say. */
  isEnding = false;
  stayingCalls = 0;
  heldBytes = 0;
  /** What the other side takes at first on a stream. */
  initialWindow: number = DEFAULT_WINDOW;
  /** What it takes of header fields in one block. */
  mostListBytes: number = Number.POSITIVE_INFINITY;
  /** Whether the next block must say that the table is empty: the other side made it smaller. */
  owesTableSize = false;
  readonly #parts: SenderParts;
  readonly #blocked = new Set<Stream>();
  #deferred: (() => void)[] = [];
  #window = DEFAULT_WINDOW;

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  /** From here on what is given is written: what was given before is written first. */
  begin(): void {
    this.isWriting = true;
    if (this.#deferred.length === 0) return;
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const write of deferred) write();
  }

  end(): void {
    this.isWriting = false;
  }

  defer(task: () => void): void {
    this.#deferred.push(task);
    if (this.#deferred.length === 1) this.#parts.wake();
  }

  writeWhole(stream: Stream, { head, prefix, data, trailers }: WholeAnswer): void {
    const bytes = prefix.length + data.length;
    this.#block(stream.id, head, bytes === 0 && trailers === null);
    stream.trailers = trailers;
    if (bytes > 0) this.writeData(stream, prefix, data);
    if (stream.waiting === null) this.#finish(stream);
  }

  writeHead(stream: Stream, head: Uint8Array): void {
    this.#block(stream.id, head, false);
  }

  writeData(stream: Stream, prefix: Uint8Array, data: Uint8Array): void {
    const bytes = prefix.length + data.length;
    const most = Math.min(this.#window, stream.window, DEFAULT_FRAME_BYTES);
    if (bytes > most || stream.waiting !== null) {
      this.#wait(stream, prefix, data);
      return;
    }
    const { writer } = this.#parts;
    writer.head(bytes, DATA, this.#flagsOf(stream), stream.id);
    writer.raw(prefix);
    writer.raw(data);
    this.#window -= bytes;
    stream.window -= bytes;
  }

  writeEnd(stream: Stream, trailers: Uint8Array): void {
    stream.trailers = trailers;
    if (stream.waiting === null) this.#finish(stream);
  }

  /** The other side has more room on the connection. Returns an error code. */
  widen(bytes: number): number {
    this.#window += bytes;
    if (this.#window > MOST_WINDOW) return FLOW_CONTROL_ERROR;
    for (const stream of this.#blocked) {
      if (this.#window <= 0) break;
      this.#pump(stream);
    }
    return NO_ERROR;
  }

  /** The other side has more or less room on a stream. Returns an error code of the stream. */
  widenStream(stream: Stream, bytes: number): number {
    stream.window += bytes;
    if (stream.window > MOST_WINDOW) return FLOW_CONTROL_ERROR;
    if (stream.waiting !== null) this.#pump(stream);
    return NO_ERROR;
  }

  /** A stream is closed: nothing of it waits any more. */
  forget(stream: Stream): void {
    if (stream.waiting === null) return;
    this.heldBytes -= stream.waiting.length;
    stream.waiting = null;
    this.#blocked.delete(stream);
  }

  #wait(stream: Stream, prefix: Uint8Array, data: Uint8Array): void {
    const before = stream.waiting;
    const pieces = before === null ? [prefix, data] : [before, prefix, data];
    stream.waiting = Buffer.concat(pieces);
    this.heldBytes += prefix.length + data.length;
    if (before === null) {
      stream.waitsSinceUs = this.#parts.clock();
      this.#pump(stream);
    }
  }

  /** Writes of what waits as much as there is room for. */
  #pump(stream: Stream): void {
    const { writer } = this.#parts;
    let waiting = stream.waiting as Buffer;
    while (waiting.length > 0) {
      const room = Math.min(this.#window, stream.window, DEFAULT_FRAME_BYTES);
      if (room <= 0) break;
      const piece = waiting.subarray(0, room);
      waiting = waiting.subarray(piece.length);
      const isEnd = waiting.length === 0;
      writer.frame(DATA, isEnd ? this.#flagsOf(stream) : 0, stream.id, piece);
      this.#window -= piece.length;
      stream.window -= piece.length;
      this.heldBytes -= piece.length;
      stream.waitsSinceUs = this.#parts.clock();
    }
    if (waiting.length === 0) {
      stream.waiting = null;
      this.#blocked.delete(stream);
      if (stream.isAnswered) this.#finish(stream);
      return;
    }
    stream.waiting = waiting;
    if (stream.window > 0) this.#blocked.add(stream);
    else this.#blocked.delete(stream);
  }

  /** Of its last DATA frame: whether that ends it. */
  #flagsOf({ isAnswered, trailers }: Stream): number {
    return isAnswered && trailers === null ? END_STREAM : 0;
  }

  #finish(stream: Stream): void {
    // It may have been, by the last piece of its data.
    if (stream.isGone) return;
    if (stream.trailers !== null) this.#block(stream.id, stream.trailers, true);
    this.#parts.finished(stream);
  }

  #block(streamId: number, block: Uint8Array, isLast: boolean): void {
    const { writer } = this.#parts;
    const flags = isLast ? END_HEADERS | END_STREAM : END_HEADERS;
    if (!this.owesTableSize) {
      writer.frame(HEADERS, flags, streamId, block);
      return;
    }
    this.owesTableSize = false;
    writer.head(block.length + 1, HEADERS, flags, streamId);
    writer.byte(EMPTY_TABLE);
    writer.raw(block);
  }
}
