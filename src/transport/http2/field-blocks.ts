/**
 * The blocks of header fields of one connection, decoded in order: each to what it says, whatever
 * becomes of its stream.
 *
 * Clients send the same block again and again. One that changed no number's meaning is remembered
 * with what it said, and says it again until another block is decoded: what changes the meaning of
 * numbers is a block.
 */

import { RequestHead } from './request-head.ts';
import type { Route } from './stream.ts';
import { BROKEN, FieldDecoder } from './wire/field-decoder.ts';

/** Longer blocks are decoded each time. */
const MOST_KNOWN_BYTES = 1_024;
const NOTHING = Buffer.alloc(0);

export class FieldBlocks {
  /** What the last whole block said. */
  head: RequestHead = new RequestHead();
  /** Who answers it, as long as the same block says the same; for whoever asks to set. */
  route: Route | null = null;
  readonly #decoder = new FieldDecoder();
  readonly #known = Buffer.allocUnsafe(MOST_KNOWN_BYTES);
  #knownBytes = 0;
  /** Of a block that comes in pieces: what is left of them until there is more. */
  #rest: Buffer = NOTHING;

  get heldBytes(): number {
    return this.#rest.length + MOST_KNOWN_BYTES;
  }

  /** Decodes a block that is here as a whole. False where it cannot be. */
  readWhole(bytes: Buffer, at: number, end: number, isTrailers: boolean): boolean {
    if (!isTrailers && this.#isKnown(bytes, at, end)) return true;
    const before = this.#decoder.changes;
    this.begin(isTrailers);
    if (!this.add(bytes, at, end) || !this.end()) return false;
    if (!isTrailers && before === this.#decoder.changes) this.#remember(bytes, at, end);
    return true;
  }

  /** What follows are the pieces of a block. */
  begin(isTrailers: boolean): void {
    this.head = new RequestHead(isTrailers);
    this.route = null;
    this.#knownBytes = 0;
    this.#decoder.begin();
  }

  /** Decodes what is whole in a piece of a block, and keeps the rest. False where it cannot be. */
  add(bytes: Buffer, at: number, end: number): boolean {
    if (this.#rest.length === 0) return this.#read(bytes, at, end);
    const all = Buffer.concat([this.#rest, bytes.subarray(at, end)]);
    return this.#read(all, 0, all.length);
  }

  /** All of its pieces have come. False where half a field is left. */
  end(): boolean {
    this.head.end();
    return this.#rest.length === 0;
  }

  #read(bytes: Buffer, at: number, end: number): boolean {
    const done = this.#decoder.read(bytes, at, end, this.head);
    if (done === BROKEN) return false;
    this.#rest = done === end ? NOTHING : Buffer.from(bytes.subarray(done, end));
    return true;
  }

  #isKnown(bytes: Buffer, at: number, end: number): boolean {
    const length = end - at;
    if (length !== this.#knownBytes) return false;
    const known = this.#known;
    for (let i = 0; i < length; i++) if (known[i] !== bytes[at + i]) return false;
    return true;
  }

  #remember(bytes: Buffer, at: number, end: number): void {
    if (end - at > MOST_KNOWN_BYTES) return;
    this.#knownBytes = bytes.copy(this.#known, 0, at, end);
  }
}
