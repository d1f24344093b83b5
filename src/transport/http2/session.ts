/**
 * What one connection says in HTTP/2, without its socket: bytes in, frames out by the writer.
 *
 * Used by Connection, which says when it may write, and when it is somebody else's turn.
 */
import type { Cells, GoAwayReason } from '../../metrics/cells.ts';
import { Flood } from './flood.ts';
import { Goodbye } from './goodbye.ts';
import { Greeting } from './greeting.ts';
import { PeerSettings } from './peer-settings.ts';
import { RequestFrames } from './request-frames.ts';
import { Sender } from './sender.ts';
import type { Service } from './service.ts';
import { Streams } from './streams.ts';
import { FrameCutter, HALF, numberAt, TOO_LONG } from './wire/frame-cutter.ts';
import type { FrameWriter } from './wire/frame-writer.ts';
import {
  ACK,
  COMPRESSION_ERROR,
  CONTINUATION,
  DATA,
  ENHANCE_YOUR_CALM,
  FLOW_CONTROL_ERROR,
  FRAME_SIZE_ERROR,
  GOAWAY,
  HEADERS,
  LAST_STREAM,
  NO_ERROR,
  PING,
  PRIORITY,
  PROTOCOL_ERROR,
  PUSH_PROMISE,
  RST_STREAM,
  SETTINGS,
  STREAM_CLOSED,
  WINDOW_UPDATE,
} from './wire/numbers.ts';

export interface SessionParts {
  readonly writer: FrameWriter;
  readonly service: Service;
  readonly cells: Cells;
  /** Whether there is time left in this turn for more than the least. */
  readonly hasTime: () => boolean;
  /** Something waits to be written. */
  readonly wake: () => void;
}

/** So many frames, or bytes to and fro, are the least: for more there must be time. */
const PIECE_FRAMES = 64;
const PIECE_BYTES = 16_384;
/** So many streams that a frame goes through cost as much as a frame. */
const STREAMS_A_FRAME = 16;
/** More than this is sent before anything else is read. */
const MOST_WRITTEN_BYTES = 49_152;

const REASONS: Readonly<Record<number, GoAwayReason>> = {
  [FLOW_CONTROL_ERROR]: 'flow_control_error',
  [FRAME_SIZE_ERROR]: 'frame_size_error',
  [STREAM_CLOSED]: 'stream_closed',
  [COMPRESSION_ERROR]: 'compression_error',
};

export class Session {
  readonly sender: Sender;
  readonly streams: Streams;
  /** Whether nothing more is read or answered: what was written is the last. */
  isOver = false;
  /** Whether receive() has stopped before the end, for others, or for what was written. */
  hasMore = false;
  /** Whether the other side has answered our settings. */
  isSettled = false;
  /** Whether the client has said that it asks nothing more. */
  isLeft = false;
  /** Since when a frame, or a block of header fields, has come in part; null where none has. */
  halfSinceUs: number | null = null;
  readonly #parts: SessionParts;
  readonly #greeting: Greeting;
  readonly #cutter = new FrameCutter();
  readonly #requests: RequestFrames;
  readonly #settings: PeerSettings;
  readonly #goodbye: Goodbye;
  readonly #flood = new Flood();
  #hasSettings = false;

  constructor(parts: SessionParts) {
    const { writer, service, cells, wake } = parts;
    this.#parts = parts;
    this.sender = new Sender({
      writer,
      wake,
      clock: () => this.streams.nowUs,
      finished: (stream) => this.streams.finished(stream),
    });
    this.streams = new Streams({ writer, sender: this.sender, cells });
    this.#requests = new RequestFrames(this.streams, service);
    this.#settings = new PeerSettings(this.sender, this.streams);
    this.#greeting = new Greeting(writer);
    this.#goodbye = new Goodbye(writer, this.sender, this.streams);
  }

  get heldBytes(): number {
    const { heldBytes } = this.streams;
    return heldBytes + this.sender.heldBytes + this.#cutter.heldBytes + this.#requests.heldBytes;
  }

  /** Whether the client has said that it speaks HTTP/2, and how. */
  get hasBegun(): boolean {
    return this.#hasSettings;
  }

  get isLeaving(): boolean {
    return this.#goodbye.hasBegun;
  }

  /**
   * Does what the frames in `chunk` from `from` on say. Returns where it stopped: at the end,
   * unless hasMore or isOver.
   */
  receive(chunk: Buffer, from: number, nowUs: number): number {
    this.streams.nowUs = nowUs;
    this.hasMore = false;
    const at = this.#run(chunk, from, nowUs);
    const hasHalf = this.#cutter.hasHalf || this.#requests.isAwaiting;
    if (hasHalf) this.halfSinceUs ??= nowUs;
    else this.halfSinceUs = null;
    return at;
  }

  /** Ends the connection for an error of the other side. */
  fail(code: number, reason: GoAwayReason = REASONS[code] ?? 'protocol_error', words = ''): void {
    if (this.isOver) return;
    this.isOver = true;
    const { writer, cells } = this.#parts;
    cells.goAway(reason);
    this.#greeting.greet();
    writer.goAway(this.streams.lastId, code, words);
  }

  /** Ends the connection once all that is asked on it has been answered. */
  leave(reason: GoAwayReason, nowUs: number): void {
    if (this.isOver || this.#goodbye.hasBegun) return;
    this.#parts.cells.goAway(reason);
    if (this.#hasSettings) this.#goodbye.begin(nowUs);
    else this.isOver = true;
  }

  checkTime(nowUs: number): void {
    this.streams.nowUs = nowUs;
    this.#goodbye.checkTime(nowUs);
    this.#closeIfEmpty();
  }

  /** Asks whether the other side is still there. */
  probe(): void {
    this.#parts.writer.ping(0, PROBE);
  }

  /** To be called when answers were given late. */
  answered(): void {
    if (this.#goodbye.isOver) this.isOver = true;
  }

  #run(chunk: Buffer, from: number, nowUs: number): number {
    let at = this.#greeting.isHeard ? from : this.#begin(chunk, from);
    const { writer, hasTime } = this.#parts;
    let frames = 0;
    let bytes = at + writer.length;
    while (at < chunk.length && !this.isOver) {
      if (frames >= PIECE_FRAMES || at + writer.length - bytes >= PIECE_BYTES) {
        this.hasMore = writer.length >= MOST_WRITTEN_BYTES || !hasTime();
        if (this.hasMore) return at;
        frames = 0;
        bytes = at + writer.length;
      }
      const next = this.#cutter.next(chunk, at);
      if (next === HALF) return chunk.length;
      if (next === TOO_LONG) this.fail(FRAME_SIZE_ERROR);
      else at = next;
      frames += next === TOO_LONG ? 0 : this.#serve(nowUs);
    }
    return at;
  }

  #begin(chunk: Buffer, from: number): number {
    const at = this.#greeting.read(chunk, from);
    if (at >= 0) return at;
    this.isOver = true;
    this.#parts.cells.goAway('protocol_error');
    return chunk.length;
  }

  /** Does what the frame says that was found. Returns what it cost, in frames. */
  #serve(nowUs: number): number {
    const { type, at, end } = this.#cutter;
    const { calls } = this.streams;
    if (!this.#requests.isAwaiting) this.halfSinceUs = null;
    const code = this.#obey(type);
    if (code !== NO_ERROR) {
      this.fail(code);
      return 0;
    }
    if (calls !== this.streams.calls) this.#flood.call(nowUs);
    // A body may come in many pieces, each of which takes it further.
    else if ((type !== DATA || end === at) && this.#flood.frame(nowUs)) {
      this.fail(ENHANCE_YOUR_CALM, 'flood', 'too many frames that ask nothing');
    }
    if (this.#goodbye.isOver) this.isOver = true;
    const isOfAll = type === SETTINGS || type === WINDOW_UPDATE;
    return isOfAll ? 1 + Math.floor(this.streams.size / STREAMS_A_FRAME) : 1;
  }

  /** Returns an error code of the connection. */
  #obey(type: number): number {
    const frame = this.#cutter;
    if (!this.#hasSettings && type !== SETTINGS) return PROTOCOL_ERROR;
    if (this.#requests.isAwaiting && type !== CONTINUATION) return PROTOCOL_ERROR;
    switch (type) {
      case HEADERS:
        return this.#requests.headers(frame);
      case DATA:
        return this.#requests.data(frame);
      case CONTINUATION:
        return this.#requests.continuation(frame);
      case PRIORITY:
        return this.#requests.priority(frame);
      case RST_STREAM:
        if (frame.streamId === 0) return PROTOCOL_ERROR;
        return frame.end - frame.at === 4
          ? this.streams.takeBack(frame.streamId)
          : FRAME_SIZE_ERROR;
      case WINDOW_UPDATE:
        return this.#widen(frame);
      case SETTINGS:
        return this.#set(frame);
      case PING:
        return this.#ping(frame);
      case GOAWAY:
        return this.#goAway(frame);
      case PUSH_PROMISE:
        return PROTOCOL_ERROR;
      default:
        return NO_ERROR;
    }
  }

  #widen({ bytes, at, end, streamId }: FrameCutter): number {
    if (end - at !== 4) return FRAME_SIZE_ERROR;
    const more = numberAt(bytes, at) & LAST_STREAM;
    if (streamId !== 0) return this.streams.widen(streamId, more);
    return more === 0 ? PROTOCOL_ERROR : this.sender.widen(more);
  }

  #set({ bytes, at, end, flags, streamId }: FrameCutter): number {
    if (streamId !== 0) return PROTOCOL_ERROR;
    if ((flags & ACK) !== 0) {
      this.isSettled = true;
      return at === end ? NO_ERROR : FRAME_SIZE_ERROR;
    }
    this.#hasSettings = true;
    // Before what they make room for: the other side then knows which settings that goes by.
    this.#parts.writer.head(0, SETTINGS, ACK, 0);
    return this.#settings.obey(bytes, at, end);
  }

  #ping({ bytes, at, end, flags, streamId }: FrameCutter): number {
    if (streamId !== 0) return PROTOCOL_ERROR;
    if (end - at !== PING_BYTES) return FRAME_SIZE_ERROR;
    const payload = bytes.subarray(at, end);
    if ((flags & ACK) === 0) this.#parts.writer.ping(ACK, payload);
    else this.#goodbye.heard(payload);
    return NO_ERROR;
  }

  #goAway({ at, end, streamId }: FrameCutter): number {
    if (streamId !== 0) return PROTOCOL_ERROR;
    if (end - at < 8) return FRAME_SIZE_ERROR;
    this.isLeft = true;
    return NO_ERROR;
  }

  #closeIfEmpty(): void {
    const isDone = this.isLeft && this.streams.size === 0;
    if (isDone || this.#goodbye.isOver) this.isOver = true;
  }
}

const PING_BYTES = 8;
const PROBE = Buffer.from('alive?..', 'latin1');
