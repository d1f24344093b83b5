/**
 * Finds commands in the bytes of a connection: arrays of bulk strings, and inline commands.
 *
 * Holds one command at a time, as places in the bytes it came in: nothing is copied, and nothing is
 * allocated for what a length says. It keeps nothing of a half frame either: that is read anew once
 * more of it is there, so that where a frame was cut can change no answer. One a thread.
 */
import { isUtf8 } from 'node:buffer';
import { MOST_KEY_BYTES } from '../../../contract/bounds.ts';
import { splitLine, TOO_MANY, UNBALANCED, type Words } from './inline-command.ts';
import { readInteger } from './integer.ts';

/** What read() found: a command, nothing to answer, a frame not all there, a broken one. */
export const COMMAND = 0;
export const NOTHING = 1;
export const HALF = 2;
export const BROKEN = 3;
export type Found = typeof COMMAND | typeof NOTHING | typeof HALF | typeof BROKEN;

export const MOST_ARGUMENTS = 1_024;
export const MOST_ARGUMENT_BYTES = 16_384;
export const MOST_LINE_BYTES = 16_384;
export const MOST_FRAME_BYTES = 65_536;

const STAR = 0x2a;
const DOLLAR = 0x24;
const CR = 0x0d;
const LF = 0x0a;
const ZERO = 0x30;
const ASCII_END = 0x80;

const UNFINISHED = -1;
const NO_LENGTH = -2;

export class FrameReader implements Words {
  /** Arguments of the command that was found, the command's name first. */
  count = 0;
  /** Where the bytes after what was found begin. */
  next = 0;
  /** What is wrong with a broken frame. */
  fault = '';
  readonly starts: Int32Array = new Int32Array(MOST_ARGUMENTS);
  readonly ends: Int32Array = new Int32Array(MOST_ARGUMENTS);
  /** The words of an inline command. */
  readonly bytes: Buffer = Buffer.allocUnsafeSlow(MOST_LINE_BYTES);
  /** What the places above are in. */
  #source: Buffer = this.bytes;
  #at = 0;
  /** The bytes that a key was last taken from, and all of them as a string. */
  #spelt: Buffer | null = null;
  #spelling = '';

  /** What is read from now on may be other bytes in the same buffer. */
  forget(): void {
    this.#spelt = null;
  }

  /** Reads what begins at `from`. REQUIRES: there is a byte. */
  read(bytes: Buffer, from: number): Found {
    return bytes[from] === STAR ? this.#readArray(bytes, from) : this.#readLine(bytes, from);
  }

  #readArray(bytes: Buffer, from: number): Found {
    const count = this.#readLength(bytes, from + 1, MOST_ARGUMENTS);
    if (count === UNFINISHED) return HALF;
    if (count === NO_LENGTH) return this.#broken('invalid multibulk length');
    for (let i = 0; i < count; i++) {
      const mark = this.#at;
      if (mark === bytes.length) return HALF;
      if (bytes[mark] !== DOLLAR) return this.#broken(`expected '$', got ${quoted(bytes[mark])}`);
      const length = this.#readLength(bytes, mark + 1, MOST_ARGUMENT_BYTES);
      if (length === UNFINISHED) return HALF;
      if (length === NO_LENGTH) return this.#broken('invalid bulk length');
      const start = this.#at;
      const end = start + length;
      if (end + 2 - from > MOST_FRAME_BYTES) return this.#broken('too big mbulk request');
      if (end < bytes.length && bytes[end] !== CR) return this.#broken('expected CRLF after bulk');
      if (end + 1 >= bytes.length) return HALF;
      if (bytes[end + 1] !== LF) return this.#broken('expected CRLF after bulk');
      this.starts[i] = start;
      this.ends[i] = end;
      this.#at = end + 2;
    }
    this.#source = bytes;
    this.count = count;
    this.next = this.#at;
    return count === 0 ? NOTHING : COMMAND;
  }

  /** Digits without sign or leading zeros, up to CRLF, and past it. Also UNFINISHED, NO_LENGTH. */
  #readLength(bytes: Buffer, from: number, most: number): number {
    const end = bytes.length;
    let at = from;
    let value = 0;
    for (; at < end; at++) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      if (value === 0 && at > from) return NO_LENGTH;
      value = value * 10 + digit;
      if (value > most) return NO_LENGTH;
    }
    if (at === end) return UNFINISHED;
    if (at === from || bytes[at] !== CR) return NO_LENGTH;
    if (at + 1 === end) return UNFINISHED;
    this.#at = at + 2;
    return bytes[at + 1] === LF ? value : NO_LENGTH;
  }

  #readLine(bytes: Buffer, from: number): Found {
    const end = bytes.indexOf(LF, from);
    const length = (end === -1 ? bytes.length : end) - from;
    if (length > MOST_LINE_BYTES) return this.#broken('too big inline request');
    if (end === -1) return HALF;
    const count = splitLine(bytes.subarray(from, end), this);
    if (count === UNBALANCED) return this.#broken('unbalanced quotes in request');
    if (count === TOO_MANY) return this.#broken('too many arguments in inline request');
    this.#source = this.bytes;
    this.count = count;
    this.next = end + 1;
    if (count === 0) return NOTHING;
    // What a browser can be made to send here must not be taken for commands.
    if (this.isWord(0, 'POST') || this.isWord(0, 'HOST:')) return this.#broken('this is not HTTP');
    return COMMAND;
  }

  #broken(fault: string): Found {
    this.fault = fault;
    return BROKEN;
  }

  /** Whether an argument is this word, in any case. `word` is in capitals. */
  isWord(i: number, word: string): boolean {
    const start = this.starts[i] as number;
    if ((this.ends[i] as number) - start !== word.length) return false;
    const source = this.#source;
    for (let k = 0; k < word.length; k++) {
      const wanted = word.charCodeAt(k);
      const byte = source[start + k] as number;
      if (byte !== wanted && (byte !== wanted + 0x20 || wanted < 0x41)) return false;
    }
    return true;
  }

  /** An argument, one character a byte. */
  latin1(i: number): string {
    return this.#source.toString('latin1', this.starts[i], this.ends[i]);
  }

  /** An argument as a signed 64-bit number, or NaN. */
  integer(i: number): number {
    return readInteger(this.#source, this.starts[i] as number, this.ends[i] as number);
  }

  byteLength(i: number): number {
    return (this.ends[i] as number) - (this.starts[i] as number);
  }

  /** An argument as a key, or null: two that are not UTF-8 would become one. */
  key(i: number): string | null {
    const source = this.#source;
    const start = this.starts[i] as number;
    const end = this.ends[i] as number;
    if (start === end || end - start > MOST_KEY_BYTES) return null;
    let seen = 0;
    for (let at = start; at < end; at++) seen |= source[at] as number;
    if (seen < ASCII_END) {
      // The bytes of words are used anew for each line: they are not a chunk.
      return source === this.bytes ? this.latin1(i) : this.#spell(source).slice(start, end);
    }
    return isUtf8(source.subarray(start, end)) ? source.toString('utf8', start, end) : null;
  }

  /** One string for all keys of a chunk: to make one for each takes longer than to cut it up. */
  #spell(bytes: Buffer): string {
    if (this.#spelt !== bytes) {
      this.#spelt = bytes;
      this.#spelling = bytes.toString('latin1');
    }
    return this.#spelling;
  }
}

function quoted(byte: number | undefined): string {
  return `'${String.fromCharCode(byte as number)}'`;
}
