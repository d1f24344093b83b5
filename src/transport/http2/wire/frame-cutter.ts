/**
 * Bytes to frames. A frame is read where it lies; one that is cut is put together in a piece of its
 * own, and what follows it is read where it lies again.
 */
import { DEFAULT_FRAME_BYTES, FRAME_HEAD_BYTES } from './numbers.ts';

export const HALF = -1;
export const TOO_LONG = -2;

const NOTHING = Buffer.alloc(0);

export class FrameCutter {
  /** What next() found: the payload is in `bytes` from `at` to `end`, until it is asked again. */
  bytes: Buffer = NOTHING;
  at = 0;
  end = 0;
  type = 0;
  flags = 0;
  streamId = 0;
  /** A frame that is not whole: its first #filled bytes. */
  #piece: Buffer = NOTHING;
  #filled = 0;

  /** Kept of a frame that is not whole. */
  get heldBytes(): number {
    return this.#filled === 0 ? 0 : this.#piece.length;
  }

  /** Whether a frame has begun, and is not whole. */
  get hasHalf(): boolean {
    return this.#filled > 0;
  }

  /**
   * Finds the frame that begins at `from`, or before. Returns where what follows it begins; HALF
   * where it is not whole, and all of `chunk` is kept then; TOO_LONG.
   */
  next(chunk: Buffer, from: number): number {
    if (this.#filled > 0) return this.#fill(chunk, from);
    const left = chunk.length - from;
    if (left < FRAME_HEAD_BYTES) {
      if (left > 0) this.#begin(FRAME_HEAD_BYTES, chunk, from, chunk.length);
      return HALF;
    }
    const length = lengthAt(chunk, from);
    if (length > DEFAULT_FRAME_BYTES) return TOO_LONG;
    const end = from + FRAME_HEAD_BYTES + length;
    if (end > chunk.length) {
      this.#begin(FRAME_HEAD_BYTES + length, chunk, from, chunk.length);
      return HALF;
    }
    this.#found(chunk, from, end);
    return end;
  }

  #begin(room: number, source: Buffer, from: number, to: number): void {
    this.#piece = Buffer.allocUnsafe(room);
    this.#filled = source.copy(this.#piece, 0, from, to);
  }

  #fill(chunk: Buffer, from: number): number {
    let at = this.#copy(chunk, from);
    if (this.#filled < this.#piece.length) return HALF;
    const length = lengthAt(this.#piece, 0);
    if (length > DEFAULT_FRAME_BYTES) return TOO_LONG;
    const all = FRAME_HEAD_BYTES + length;
    if (this.#piece.length < all) {
      this.#begin(all, this.#piece, 0, FRAME_HEAD_BYTES);
      at = this.#copy(chunk, at);
      if (this.#filled < all) return HALF;
    }
    this.#found(this.#piece, 0, all);
    this.#piece = NOTHING;
    this.#filled = 0;
    return at;
  }

  #copy(chunk: Buffer, from: number): number {
    const copied = chunk.copy(this.#piece, this.#filled, from);
    this.#filled += copied;
    return from + copied;
  }

  #found(bytes: Buffer, from: number, end: number): void {
    this.bytes = bytes;
    this.at = from + FRAME_HEAD_BYTES;
    this.end = end;
    this.type = bytes[from + 3] as number;
    this.flags = bytes[from + 4] as number;
    this.streamId = numberAt(bytes, from + 5) & 0x7fff_ffff;
  }
}

function lengthAt(bytes: Buffer, at: number): number {
  return (
    ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number)
  );
}

/** Four bytes, without a sign. */
export function numberAt(bytes: Buffer, at: number): number {
  return ((bytes[at] as number) * 0x100_0000 + lengthAt(bytes, at + 1)) >>> 0;
}
