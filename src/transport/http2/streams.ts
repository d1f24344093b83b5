/**
 * The streams of one connection: requests in, and what becomes of each.
 *
 * What returns a number returns an error code of the connection, NO_ERROR where there is none. An
 * error of one stream is told by RST_STREAM, and goes no further.
 *
 * Invariants:
 *   1. A stream is in #open until all of its answer is written and all of its request has come, or
 *      until either side has reset it.
 *   2. DATA counts against the connection whatever becomes of its stream, and is told back.
 */
import { type Cells, RESETS_BY_CLIENT, RESETS_BY_US, STREAMS } from '../../metrics/cells.ts';
import { Body } from './body.ts';
import { KnownResets } from './known-resets.ts';
import type { RequestHead } from './request-head.ts';
import type { Sender } from './sender.ts';
import { type Receiver, type Route, Stream } from './stream.ts';
import type { FrameWriter } from './wire/frame-writer.ts';
import {
  CANCEL,
  FLOW_CONTROL_ERROR,
  LAST_STREAM,
  NO_ERROR,
  PROTOCOL_ERROR,
  REFUSED_STREAM,
  STREAM_CLOSED,
} from './wire/numbers.ts';

/** Open at a time on one connection. */
export const MOST_STREAMS = 4_096;
/** DATA that a client may send on a stream before it is told that there is room for more. */
export const STREAM_WINDOW: number = 4 * 1_048_576 + 65_536;
/** A client is told of room once there is so much more of it. */
export const TOP_UP_BYTES = 1_048_576;
/** What a stream holds beside its bytes. */
const STREAM_BYTES = 512;

export interface StreamsParts {
  readonly writer: FrameWriter;
  readonly sender: Sender;
  readonly cells: Cells;
}

/** What header fields have begun. */
interface Begun {
  readonly id: number;
  /** Whether nothing follows them. */
  readonly isLast: boolean;
  readonly head: RequestHead;
  /** Whether it is no request that HTTP/2 allows. */
  readonly isFaulty: boolean;
}

export class Streams {
  /** The time: whoever has read it last says so. */
  nowUs = 0;
  /** The highest number that a client has given a stream. */
  lastId = 0;
  /** Those above are not answered: the client was told, and asks elsewhere. */
  lastAnswered = LAST_STREAM;
  /** Requests that have come as a whole. */
  calls = 0;
  readonly #parts: StreamsParts;
  readonly #open = new Map<number, Stream>();
  readonly #resets = new KnownResets();
  /** DATA of the connection that the client was not told back. */
  #consumed = 0;
  /** Kept of requests that are not whole. */
  #bodyBytes = 0;
  /** Those whose DATA is taken as it comes: a few. */
  readonly #receivers = new Set<Receiver>();

  constructor(parts: StreamsParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#open.size;
  }

  get heldBytes(): number {
    let bytes = this.#open.size * STREAM_BYTES + this.#bodyBytes;
    for (const { heldBytes } of this.#receivers) bytes += heldBytes;
    return bytes;
  }

  get all(): Iterable<Stream> {
    return this.#open.values();
  }

  has(id: number): boolean {
    return this.#open.has(id);
  }

  /** A client begins a request. `routeOf` says who answers it. */
  begin(begun: Begun, routeOf: () => Route): number {
    const { id, isFaulty } = begun;
    if (id <= this.lastId) {
      if (this.#resets.has(id)) return NO_ERROR;
      return id === this.lastId ? STREAM_CLOSED : PROTOCOL_ERROR;
    }
    this.lastId = id;
    if (id > this.lastAnswered) return NO_ERROR;
    if (isFaulty) this.#refuse(id, PROTOCOL_ERROR);
    else if (this.#open.size >= MOST_STREAMS) {
      this.#parts.cells.overBound('streams');
      this.#refuse(id, REFUSED_STREAM);
    } else this.#openStream(begun, routeOf());
    return NO_ERROR;
  }

  /** A client ends a request with header fields. */
  endWith(id: number, isLast: boolean, isFaulty: boolean): number {
    const stream = this.#open.get(id);
    if (stream === undefined) return NO_ERROR;
    if (stream.isRead) this.reset(stream, STREAM_CLOSED);
    else if (!isLast || isFaulty) this.reset(stream, PROTOCOL_ERROR);
    else this.#end(stream, NOTHING);
    return NO_ERROR;
  }

  /** `bytes`: those of the frame, of which `data` is what is no padding. */
  data(id: number, data: Uint8Array, bytes: number, isLast: boolean): number {
    this.#topUp(bytes);
    const stream = this.#open.get(id);
    if (stream === undefined) return this.#dataOfNone(id);
    if (stream.isRead) {
      this.reset(stream, STREAM_CLOSED);
      return NO_ERROR;
    }
    stream.consumed += bytes;
    stream.received += data.length;
    if (stream.consumed > STREAM_WINDOW) this.reset(stream, FLOW_CONTROL_ERROR);
    else if (stream.received > (stream.head.contentLength ?? Number.POSITIVE_INFINITY)) {
      this.reset(stream, PROTOCOL_ERROR);
    } else if (isLast) this.#end(stream, data);
    else this.#take(stream, data);
    return NO_ERROR;
  }

  /** A client takes a request back. */
  takeBack(id: number): number {
    if (id > this.lastId) return PROTOCOL_ERROR;
    const stream = this.#open.get(id);
    if (stream === undefined) return NO_ERROR;
    this.#parts.cells.add(RESETS_BY_CLIENT, 1);
    this.#close(stream);
    return NO_ERROR;
  }

  /** A client has more room for the answer on a stream. */
  widen(id: number, bytes: number): number {
    if (id > this.lastId) return PROTOCOL_ERROR;
    const stream = this.#open.get(id);
    if (stream === undefined) return NO_ERROR;
    if (bytes === 0) this.reset(stream, PROTOCOL_ERROR);
    else if (this.#parts.sender.widenStream(stream, bytes) !== NO_ERROR) {
      this.reset(stream, FLOW_CONTROL_ERROR);
    }
    return NO_ERROR;
  }

  /** Every window is larger by `bytes`, which may be below 0. */
  widenAll(bytes: number): number {
    const { sender } = this.#parts;
    for (const stream of this.#open.values()) {
      if (sender.widenStream(stream, bytes) !== NO_ERROR) return FLOW_CONTROL_ERROR;
    }
    return NO_ERROR;
  }

  /** All of a stream's answer is written. */
  finished(stream: Stream): void {
    // The client may stop sending: nobody listens any more.
    if (!stream.isRead) this.#tellReset(stream.id, NO_ERROR);
    this.#close(stream);
  }

  reset(stream: Stream, code: number): void {
    this.#refuse(stream.id, code);
    this.#close(stream);
  }

  /** Resets those for which something is late. */
  resetLate(isLate: (stream: Stream) => boolean): void {
    for (const stream of this.#open.values()) if (isLate(stream)) this.reset(stream, CANCEL);
  }

  /** The connection is gone. */
  leaveAll(): void {
    for (const stream of this.#open.values()) this.#close(stream);
  }

  #openStream({ id, isLast, head }: Begun, route: Route): void {
    const { sender, cells } = this.#parts;
    const window = sender.initialWindow;
    const stream = new Stream(sender, { id, head, route, arrivedUs: this.nowUs, window });
    this.#open.set(id, stream);
    cells.add(STREAMS, 1);
    if (route.kind === 'open') {
      stream.receiver = route.open(stream);
      if (stream.receiver !== null) this.#receivers.add(stream.receiver);
    }
    if (isLast && !stream.isGone) this.#end(stream, NOTHING);
  }

  /** Takes DATA after which more will come. */
  #take(stream: Stream, data: Uint8Array): void {
    const { route } = stream;
    if (route.kind === 'open') {
      if (!stream.isAnswered) stream.receiver?.data(data);
      if (!stream.isGone) this.#topUpStream(stream);
    } else if (stream.received > route.mostBytes) {
      this.#dropBody(stream);
      if (!stream.isAnswered) route.refuse(stream);
    } else if (!stream.isAnswered) this.#keep(stream, data);
  }

  #end(stream: Stream, data: Uint8Array): void {
    const { route, head, received } = stream;
    if (head.contentLength !== null && head.contentLength !== received) {
      this.reset(stream, PROTOCOL_ERROR);
      return;
    }
    stream.isRead = true;
    this.calls++;
    if (route.kind === 'open') {
      if (data.length > 0) this.#take(stream, data);
      if (!stream.isAnswered) stream.receiver?.end();
    } else if (stream.isAnswered) return;
    else if (received > route.mostBytes) {
      this.#dropBody(stream);
      route.refuse(stream);
    } else if (stream.body === null) route.answer(stream, data);
    else {
      this.#keep(stream, data);
      const { whole } = stream.body;
      this.#dropBody(stream);
      route.answer(stream, whole);
    }
  }

  #keep(stream: Stream, data: Uint8Array): void {
    stream.body ??= new Body();
    const before = stream.body.heldBytes;
    stream.body.add(data);
    this.#bodyBytes += stream.body.heldBytes - before;
  }

  #dropBody(stream: Stream): void {
    this.#bodyBytes -= stream.body?.heldBytes ?? 0;
    stream.body = null;
  }

  #dataOfNone(id: number): number {
    if (id > this.lastId) return PROTOCOL_ERROR;
    if (id <= this.lastAnswered && !this.#resets.has(id)) this.#refuse(id, STREAM_CLOSED);
    return NO_ERROR;
  }

  #topUp(bytes: number): void {
    this.#consumed += bytes;
    if (this.#consumed < TOP_UP_BYTES) return;
    this.#parts.writer.windowUpdate(0, this.#consumed);
    this.#consumed = 0;
  }

  #topUpStream(stream: Stream): void {
    if (stream.consumed < TOP_UP_BYTES) return;
    this.#parts.writer.windowUpdate(stream.id, stream.consumed);
    stream.consumed = 0;
  }

  /** Resets a stream that has done what it must not. */
  #refuse(id: number, code: number): void {
    this.#parts.cells.add(RESETS_BY_US, 1);
    this.#tellReset(id, code);
  }

  #tellReset(id: number, code: number): void {
    this.#parts.writer.reset(id, code);
    this.#resets.add(id);
  }

  #close(stream: Stream): void {
    const { sender, cells } = this.#parts;
    if (!this.#open.delete(stream.id)) return;
    cells.add(STREAMS, -1);
    if (stream.receiver !== null) this.#receivers.delete(stream.receiver);
    this.#dropBody(stream);
    sender.forget(stream);
    stream.leave();
  }
}

const NOTHING = new Uint8Array(0);
