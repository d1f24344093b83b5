/**
 * The frames of which requests are made: header fields, in one frame or several, and DATA. What
 * returns a number returns an error code of the connection.
 */
import { FieldBlocks } from './field-blocks.ts';
import type { Service } from './service.ts';
import type { Route } from './stream.ts';
import type { Streams } from './streams.ts';
import { type FrameCutter, numberAt } from './wire/frame-cutter.ts';
import {
  COMPRESSION_ERROR,
  END_HEADERS,
  END_STREAM,
  FRAME_SIZE_ERROR,
  HAS_PRIORITY,
  LAST_STREAM,
  NO_ERROR,
  PADDED,
  PROTOCOL_ERROR,
} from './wire/numbers.ts';

const PRIORITY_BYTES = 5;

export class RequestFrames {
  readonly #streams: Streams;
  readonly #blocks = new FieldBlocks();
  readonly #routeOf: () => Route;
  /** Whose block of header fields is not whole; 0 for nobody's. */
  #awaited = 0;
  /** Of that block, or of the last one: whether the request ends with it, and is one at all. */
  #isLast = false;
  #isFaulty = false;

  constructor(streams: Streams, service: Service) {
    this.#streams = streams;
    const blocks = this.#blocks;
    this.#routeOf = () => {
      blocks.route ??= service.routeOf(blocks.head);
      return blocks.route;
    };
  }

  /** Whether nothing but more of a block may come. */
  get isAwaiting(): boolean {
    return this.#awaited !== 0;
  }

  get heldBytes(): number {
    return this.#blocks.heldBytes;
  }

  headers({ bytes, at, end, flags, streamId }: FrameCutter): number {
    // Those of a server would be even.
    if ((streamId & 1) === 0) return PROTOCOL_ERROR;
    const hasPriority = (flags & HAS_PRIORITY) !== 0;
    let from = at + ((flags & PADDED) === 0 ? 0 : 1);
    if (from + (hasPriority ? PRIORITY_BYTES : 0) > end) return FRAME_SIZE_ERROR;
    const to = end - ((flags & PADDED) === 0 ? 0 : (bytes[at] as number));
    this.#isFaulty = hasPriority && dependsOnItself(bytes, from, streamId);
    if (hasPriority) from += PRIORITY_BYTES;
    if (from > to) return PROTOCOL_ERROR;
    this.#isLast = (flags & END_STREAM) !== 0;
    const isTrailers = streamId <= this.#streams.lastId;
    if ((flags & END_HEADERS) !== 0) {
      if (!this.#blocks.readWhole(bytes, from, to, isTrailers)) return COMPRESSION_ERROR;
      return this.#receive(streamId);
    }
    this.#awaited = streamId;
    this.#blocks.begin(isTrailers);
    return this.#blocks.add(bytes, from, to) ? NO_ERROR : COMPRESSION_ERROR;
  }

  continuation({ bytes, at, end, flags, streamId }: FrameCutter): number {
    if (this.#awaited === 0 || streamId !== this.#awaited) return PROTOCOL_ERROR;
    if (!this.#blocks.add(bytes, at, end)) return COMPRESSION_ERROR;
    if ((flags & END_HEADERS) === 0) return NO_ERROR;
    this.#awaited = 0;
    return this.#blocks.end() ? this.#receive(streamId) : COMPRESSION_ERROR;
  }

  data({ bytes, at, end, flags, streamId }: FrameCutter): number {
    if (streamId === 0) return PROTOCOL_ERROR;
    let [from, to] = [at, end];
    if ((flags & PADDED) !== 0) {
      if (at === end) return FRAME_SIZE_ERROR;
      from++;
      to -= bytes[at] as number;
      if (from > to) return PROTOCOL_ERROR;
    }
    const isLast = (flags & END_STREAM) !== 0;
    return this.#streams.data(streamId, bytes.subarray(from, to), end - at, isLast);
  }

  priority({ bytes, at, end, streamId }: FrameCutter): number {
    if (streamId === 0) return PROTOCOL_ERROR;
    if (end - at !== PRIORITY_BYTES) return FRAME_SIZE_ERROR;
    return dependsOnItself(bytes, at, streamId) ? PROTOCOL_ERROR : NO_ERROR;
  }

  #receive(streamId: number): number {
    const streams = this.#streams;
    const { head } = this.#blocks;
    const isFaulty = this.#isFaulty || head.isMalformed;
    if (streams.has(streamId)) return streams.endWith(streamId, this.#isLast, isFaulty);
    return streams.begin({ id: streamId, isLast: this.#isLast, head, isFaulty }, this.#routeOf);
  }
}

function dependsOnItself(bytes: Buffer, at: number, streamId: number): boolean {
  return (numberAt(bytes, at) & LAST_STREAM) === streamId;
}
