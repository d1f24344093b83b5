/**
 * Replies as they go on the wire, gathered until they are taken in one piece.
 *
 * Texts are strings of one character a byte, so that what came from a client goes back as it was.
 * A decision is spelt byte by byte: as strings it takes twice as long.
 * One a thread: it is empty between two chunks.
 */
import type { BadRequestReason, Cells } from '../../metrics/cells.ts';

export type Version = 2 | 3;

const FIRST_BYTES = 131_072;
const MOST_SHOWN = 40;

const LF = 0x0a;
const CR = 0x0d;
const STAR = 0x2a;
const COLON = 0x3a;
const MINUS = 0x2d;
const ZERO = 0x30;
const SMALL = 1e9;

/** Of five integers: the mark of an array, and for each a colon, a sign, 20 digits and CRLF. */
const FIVE_BYTES = 4 + 5 * 24;

export class ReplyWriter {
  length = 0;
  readonly #cells: Cells;
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);

  constructor(cells: Cells) {
    this.#cells = cells;
  }

  /** All that was written, a character a byte, and forgets it. */
  take(): string {
    const taken = this.#bytes.toString('latin1', 0, this.length);
    this.length = 0;
    if (this.#bytes.length > FIRST_BYTES) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
    return taken;
  }

  /** An array of five whole numbers: a decision. */
  five(a: number, b: number, c: number, d: number, e: number): void {
    this.#reserve(FIVE_BYTES);
    const bytes = this.#bytes;
    const at = this.length;
    bytes[at] = STAR;
    bytes[at + 1] = ZERO + 5;
    bytes[at + 2] = CR;
    bytes[at + 3] = LF;
    this.length = at + 4;
    this.#integer(a);
    this.#integer(b);
    this.#integer(c);
    this.#integer(d);
    this.#integer(e);
  }

  integer(value: number): void {
    this.#reserve(FIVE_BYTES);
    this.#integer(value);
  }

  simple(text: string): void {
    this.#write(`+${text}\r\n`);
  }

  bulk(text: string): void {
    this.#write(`$${text.length}\r\n${text}\r\n`);
  }

  nothing(version: Version): void {
    this.#write(version === 3 ? '_\r\n' : '$-1\r\n');
  }

  /** The head of an array; so many items follow. */
  array(count: number): void {
    this.#write(`*${count}\r\n`);
  }

  /** The head of a map; so many names and values by turns follow. */
  map(count: number, version: Version): void {
    this.#write(version === 3 ? `%${count}\r\n` : `*${2 * count}\r\n`);
  }

  /** An error that the client made, which is counted. It starts with its kind, such as ERR. */
  refuse(reason: BadRequestReason, text: string): void {
    this.#cells.badRequest(reason);
    this.#write(`-${printable(text)}\r\n`);
  }

  /** REQUIRES: there is room for it. */
  #integer(value: number): void {
    const bytes = this.#bytes;
    let at = this.length;
    bytes[at++] = COLON;
    let rest = value;
    if (rest < 0) {
      bytes[at++] = MINUS;
      rest = -rest;
    }
    if (rest < 10) {
      bytes[at++] = ZERO + rest;
    } else if (rest < SMALL) {
      at += digitsOf(rest);
      for (let to = at; rest > 0; rest = (rest / 10) | 0) bytes[--to] = ZERO + (rest % 10);
    } else {
      at += bytes.write(String(rest), at, 'latin1');
    }
    bytes[at++] = CR;
    bytes[at++] = LF;
    this.length = at;
  }

  #write(text: string): void {
    this.#reserve(text.length);
    this.length += this.#bytes.write(text, this.length, 'latin1');
  }

  #reserve(more: number): void {
    if (this.length + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.length + more));
    this.#bytes.copy(larger, 0, 0, this.length);
    this.#bytes = larger;
  }
}

/** REQUIRES: value is from 1 to 10^9 - 1. */
function digitsOf(value: number): number {
  let digits = 1;
  for (let bound = 10; value >= bound; bound *= 10) digits++;
  return digits;
}

/** What a client sent, as an error shows it. */
export function shortened(text: string): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}...` : text;
}

/** An error is one line. */
function printable(text: string): string {
  return text.replace(/[^ -~\u0080-\u00ff]/g, ' ');
}
