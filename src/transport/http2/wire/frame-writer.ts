/**
 * Frames to bytes, one piece for all that is written at a time. One a thread: whoever writes takes
 * what was written before anybody else begins.
 */
import { FRAME_HEAD_BYTES, GOAWAY, PING, RST_STREAM, WINDOW_UPDATE } from './numbers.ts';

/** More than is written at a time, unless an answer is very long. */
export const START_BYTES = 65_536;

export class FrameWriter {
  #bytes: Buffer = Buffer.allocUnsafeSlow(START_BYTES);
  length = 0;

  frame(type: number, flags: number, streamId: number, payload: Uint8Array): void {
    this.head(payload.length, type, flags, streamId);
    this.raw(payload);
  }

  /** The head of a frame, of which `length` bytes follow. */
  head(length: number, type: number, flags: number, streamId: number): void {
    const at = this.#room(FRAME_HEAD_BYTES);
    const bytes = this.#bytes;
    bytes[at] = length >>> 16;
    bytes[at + 1] = length >>> 8;
    bytes[at + 2] = length;
    bytes[at + 3] = type;
    bytes[at + 4] = flags;
    putNumber(bytes, at + 5, streamId);
  }

  raw(payload: Uint8Array): void {
    const at = this.#room(payload.length);
    this.#bytes.set(payload, at);
  }

  number(value: number): void {
    const at = this.#room(4);
    putNumber(this.#bytes, at, value);
  }

  byte(value: number): void {
    const at = this.#room(1);
    this.#bytes[at] = value;
  }

  /** The frames of a head and a number. */
  reset(streamId: number, code: number): void {
    this.head(4, RST_STREAM, 0, streamId);
    this.number(code);
  }

  windowUpdate(streamId: number, bytes: number): void {
    this.head(4, WINDOW_UPDATE, 0, streamId);
    this.number(bytes);
  }

  ping(flags: number, payload: Uint8Array): void {
    this.frame(PING, flags, 0, payload);
  }

  goAway(lastStream: number, code: number, words: string): void {
    const text = Buffer.from(words, 'latin1');
    this.head(8 + text.length, GOAWAY, 0, 0);
    this.number(lastStream);
    this.number(code);
    this.raw(text);
  }

  /** All that was written: it lies here until more is, unless giveAway() is called before. */
  take(): Buffer {
    const all = this.#bytes.subarray(0, this.length);
    this.length = 0;
    if (this.#bytes.length > START_BYTES) this.giveAway();
    return all;
  }

  /** What was taken last is its taker's from now on. */
  giveAway(): void {
    this.#bytes = Buffer.allocUnsafeSlow(START_BYTES);
  }

  /** Where the next `bytes` bytes go. */
  #room(bytes: number): number {
    const at = this.length;
    this.length += bytes;
    if (this.length > this.#bytes.length) this.#grow(at);
    return at;
  }

  #grow(filled: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.length, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, filled);
    this.#bytes = larger;
  }
}

function putNumber(bytes: Buffer, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
