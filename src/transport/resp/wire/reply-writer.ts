/**
 * Replies as they go on the wire, gathered until they are taken in one piece.
 *
 * Texts are strings of one character a byte, so that what came from a client goes back as it was.
 * A decision is spelt byte by byte: as strings it takes twice as long.
 * A reply that cannot be written yet keeps its place among the others.
 * One a thread: it is empty between two chunks, which is when late replies are written.
 */
import type { BadRequestReason } from '../../../contract/reasons.ts';
import { assert } from '../../../lib/assert.ts';
import type { Cells } from '../../../metrics/cells.ts';

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
/** Of a late reply: a decision, or an error as short. */
const MOST_LATE_BYTES = FIVE_BYTES;

export class ReplyWriter {
  readonly #cells: Cells;
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  /** Where the next byte goes. */
  #at = 0;
  /** Where a reply comes late: all up to that, in order. The bytes come after it. */
  readonly #earlier: (string | Promise<string>)[] = [];
  /** How many bytes that may be at most. */
  #earlierLength = 0;

  constructor(cells: Cells) {
    this.#cells = cells;
  }

  /** How many bytes were written; a late reply counts as the most that it may have. */
  get length(): number {
    return this.#earlierLength + this.#at;
  }

  /** All that was written, a character a byte, and forgets it. Some late makes all of it late. */
  take(): string | Promise<string> {
    const text = this.#cut();
    return this.#earlier.length === 0 ? text : this.#join(text);
  }

  /** A place for what `write` writes once the value is there: `most` bytes or fewer. */
  later<T>(coming: Promise<T>, write: (value: T) => void, most = MOST_LATE_BYTES): void {
    const text = this.#cut();
    if (text !== '') this.#earlier.push(text);
    this.#earlier.push(this.#writeLate(coming, write, most));
    this.#earlierLength += text.length + most;
  }

  /** An array of five whole numbers: a decision. */
  five(a: number, b: number, c: number, d: number, e: number): void {
    this.#reserve(FIVE_BYTES);
    const bytes = this.#bytes;
    const at = this.#at;
    bytes[at] = STAR;
    bytes[at + 1] = ZERO + 5;
    bytes[at + 2] = CR;
    bytes[at + 3] = LF;
    this.#at = at + 4;
    this.#integer(a);
    this.#integer(b);
    this.#integer(c);
    this.#integer(d);
    this.#integer(e);
  }

  /** An array of five whole numbers and a text of ASCII: a decision, and what made it. */
  six(a: number, b: number, c: number, d: number, e: number, text: string): void {
    this.array(6);
    this.integer(a);
    this.integer(b);
    this.integer(c);
    this.integer(d);
    this.integer(e);
    this.bulk(text);
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

  /** The head of an array: `count` items follow. */
  array(count: number): void {
    this.#write(`*${count}\r\n`);
  }

  /** The head of a map: `count` pairs of a name and a value follow. */
  map(count: number, version: Version): void {
    this.#write(version === 3 ? `%${count}\r\n` : `*${2 * count}\r\n`);
  }

  /** An error that the client made, which is counted. It starts with its kind, such as ERR. */
  refuse(reason: BadRequestReason, text: string): void {
    this.#cells.badRequest(reason);
    this.fail(printable(text));
  }

  /** An error that the client did not make. It starts with its kind too. */
  fail(text: string): void {
    this.#write(`-${text}\r\n`);
  }

  /** REQUIRES: there is room for it. */
  #integer(value: number): void {
    const bytes = this.#bytes;
    let at = this.#at;
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
    this.#at = at;
  }

  #write(text: string): void {
    this.#reserve(text.length);
    this.#at += this.#bytes.write(text, this.#at, 'latin1');
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.#at + more));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }

  /** The bytes as a string, and forgets them. */
  #cut(): string {
    const text = this.#bytes.toString('latin1', 0, this.#at);
    this.#at = 0;
    if (this.#bytes.length > FIRST_BYTES) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
    return text;
  }

  async #writeLate<T>(
    coming: Promise<T>,
    write: (value: T) => void,
    most: number,
  ): Promise<string> {
    const value = await coming;
    assert(this.length === 0, 'a late reply is written between two chunks');
    write(value);
    assert(this.#at <= most, 'a late reply has its bound');
    return this.#cut();
  }

  async #join(last: string): Promise<string> {
    const pieces = this.#earlier.splice(0);
    this.#earlierLength = 0;
    return (await Promise.all(pieces)).join('') + last;
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
