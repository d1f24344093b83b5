/** Cuts what comes on a stream into messages. What is half there is kept: it is of one message. */
import { PREFIX_BYTES } from './answers.ts';
import { lengthAt } from './message-frame.ts';

/** Why nothing more is cut. */
export type CutFault = 'compressed' | 'too long';

const NOTHING: Uint8Array = new Uint8Array(0);

export class MessageCutter {
  readonly #mostBytes: number;
  #half = NOTHING;

  /** `mostBytes`: as long as a message may be. */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** What is kept of a message that is not whole. */
  get heldBytes(): number {
    return this.#half.length;
  }

  /** Calls `take` with each message that is whole by `bytes`, as long as that returns true. */
  cut(bytes: Uint8Array, take: (message: Uint8Array) => boolean): CutFault | null {
    const all = this.#half.length === 0 ? bytes : Buffer.concat([this.#half, bytes]);
    this.#half = NOTHING;
    let at = 0;
    while (at < all.length) {
      if (all[at] !== 0) return 'compressed';
      const length = all.length - at < PREFIX_BYTES ? 0 : lengthAt(all, at);
      if (length > this.#mostBytes) return 'too long';
      const end = at + PREFIX_BYTES + length;
      if (end > all.length) break;
      if (!take(all.subarray(at + PREFIX_BYTES, end))) return null;
      at = end;
    }
    // A copy: what it lies in is read into again, or is much longer.
    this.#half = at === all.length ? NOTHING : Uint8Array.from(all.subarray(at));
    return null;
  }
}
