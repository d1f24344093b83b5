/**
 * The commands of one connection between its MULTI and its EXEC, kept as the bytes they came in.
 *
 * Used by the interpreter, through the session that owns it. Bounded by count and by bytes: what is
 * over either breaks it. A broken one holds no memory, and EXEC can only refuse it.
 */
import { assert } from '../../../lib/assert.ts';

export const MOST_QUEUED = 10_000;
export const MOST_QUEUED_BYTES = 1_048_576;

const FIRST_BYTES = 1_024;
const NO_BYTES = Buffer.alloc(0);

export class Transaction {
  #bytes: Buffer = NO_BYTES;
  #length = 0;
  #count = 0;
  #isBroken = false;

  get count(): number {
    return this.#count;
  }

  /** Whether one of its commands was refused when it came. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** How much memory it holds. */
  get heldBytes(): number {
    return this.#bytes.length;
  }

  /** The commands, one whole frame after the other. REQUIRES: nothing is added any more. */
  get frames(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** False where it would be too long. */
  add(frame: Buffer): boolean {
    assert(!this.#isBroken, 'a broken transaction takes no command');
    const length = this.#length + frame.length;
    if (this.#count === MOST_QUEUED || length > MOST_QUEUED_BYTES) return false;
    if (length > this.#bytes.length) this.#grow(length);
    frame.copy(this.#bytes, this.#length);
    this.#length = length;
    this.#count++;
    return true;
  }

  break(): void {
    this.#isBroken = true;
    this.#bytes = NO_BYTES;
    this.#length = 0;
    this.#count = 0;
  }

  #grow(least: number): void {
    const doubled = Math.max(FIRST_BYTES, 2 * this.#bytes.length);
    const larger = Buffer.allocUnsafeSlow(Math.min(Math.max(doubled, least), MOST_QUEUED_BYTES));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** A transaction that is being executed, and how far that is. */
export interface Execution {
  readonly frames: Buffer;
  at: number;
}
