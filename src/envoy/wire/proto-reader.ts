/**
 * Reads the fields of one message of protobuf, and of those within it, where they lie.
 *
 * Strings come as their bytes, one character each. Whatever the bytes are, it reads on or is
 * `broken`: it never throws, and takes time linear in the message.
 */

/** How a field is written. */
export const VARINT = 0;
const FIXED_64 = 1;
export const BYTES = 2;
const GROUP_BEGINS = 3;
const GROUP_ENDS = 4;
const FIXED_32 = 5;

/** Of groups, which only what is unknown has. */
const MOST_GROUPS = 100;
const MOST_VARINT_BYTES = 10;

export class ProtoReader {
  /** Whether the message is malformed; then nothing of it counts. */
  broken = false;
  /** The number of the field that next() has come to. */
  field = 0;
  /** How it is written. */
  kind = 0;
  readonly #bytes: Uint8Array;
  /** The same as text, of which strings are cut. */
  readonly #text: string;
  #at = 0;
  /** Where the message ends that is being read. */
  #end: number;
  /** Of the last varint: its lower 32 bits, and those above. */
  #low = 0;
  #high = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#end = bytes.length;
    const { buffer, byteOffset, length } = bytes;
    const own = bytes instanceof Buffer ? bytes : Buffer.from(buffer, byteOffset, length);
    this.#text = own.toString('latin1');
  }

  /** Goes to the next field; false at the end of the message. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    this.#readVarint();
    this.kind = this.#low & 7;
    this.field = this.#low >>> 3;
    if (this.#high !== 0 || this.field === 0) this.#break();
    return !this.broken;
  }

  /** REQUIRES: next() has come to a field that is a VARINT; so for those that follow. */
  uint32(): number {
    this.#readVarint();
    return this.#low;
  }

  /** What is above 2^53 - 1 is as much as that. */
  uint64(): number {
    this.#readVarint();
    const value = this.#high * 2 ** 32 + this.#low;
    return Math.min(value, Number.MAX_SAFE_INTEGER);
  }

  bool(): boolean {
    this.#readVarint();
    return this.#low !== 0 || this.#high !== 0;
  }

  /** REQUIRES: next() has come to a field that is BYTES. */
  text(): string {
    const from = this.#at;
    const to = this.#lengthEnd();
    const start = this.#at;
    this.#at = to;
    return from === to ? '' : this.#text.slice(start, to);
  }

  /**
   * Goes into a message within this one. Returns where this one ends, for leave().
   * REQUIRES: next() has come to a field that is BYTES.
   */
  enter(): number {
    const outer = this.#end;
    this.#end = this.#lengthEnd();
    return outer;
  }

  /** REQUIRES: next() has said that the message within is at its end, or it is broken. */
  leave(outer: number): void {
    this.#at = this.#end;
    this.#end = outer;
    if (this.broken) this.#at = outer;
  }

  /** Passes over the field that next() has come to. */
  skip(): void {
    if (this.kind === GROUP_BEGINS) this.#skipGroup();
    else this.#skipOne();
  }

  /** With all that is in it, up to the end that has its number. */
  #skipGroup(): void {
    const open = [this.field];
    while (open.length > 0 && !this.broken) {
      if (!this.next() || open.length > MOST_GROUPS) this.#break();
      else if (this.kind === GROUP_BEGINS) open.push(this.field);
      else if (this.kind !== GROUP_ENDS) this.#skipOne();
      else if (open.pop() !== this.field) this.#break();
    }
  }

  #skipOne(): void {
    switch (this.kind) {
      case VARINT:
        this.#readVarint();
        break;
      case FIXED_64:
        this.#pass(8);
        break;
      case BYTES:
        this.#at = this.#lengthEnd();
        break;
      case FIXED_32:
        this.#pass(4);
        break;
      default:
        this.#break();
    }
  }

  #pass(bytes: number): void {
    this.#at += bytes;
    if (this.#at > this.#end) this.#break();
  }

  /** Reads a length; returns where what is so long ends. */
  #lengthEnd(): number {
    this.#readVarint();
    if (this.#high !== 0 || this.#low > this.#end - this.#at) this.#break();
    return this.broken ? this.#at : this.#at + this.#low;
  }

  #readVarint(): void {
    const bytes = this.#bytes;
    const first = this.#at < this.#end ? (bytes[this.#at] as number) : 0x80;
    if (first < 0x80) {
      this.#at++;
      this.#low = first;
      this.#high = 0;
      return;
    }
    this.#readLongVarint();
  }

  #readLongVarint(): void {
    let low = 0;
    let high = 0;
    for (let i = 0; i < MOST_VARINT_BYTES && this.#at < this.#end; i++) {
      const byte = this.#bytes[this.#at++] as number;
      const bits = byte & 0x7f;
      if (i < 4) low |= bits << (7 * i);
      else if (i === 4) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (7 * i - 32);
      if (byte < 0x80) {
        this.#low = low >>> 0;
        this.#high = high >>> 0;
        return;
      }
    }
    this.#break();
  }

  #break(): void {
    this.broken = true;
    this.#at = this.#end;
    this.#low = 0;
    this.#high = 0;
  }
}
