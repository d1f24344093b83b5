/**
 * Inline commands: a line of words, as people type it. Words in quotes may hold anything:
 * "…" knows \n \r \t \b \a \xHH, and a backslash before any other character stands for that;
 * '…' knows \' alone. A closing quote ends its word.
 */

const SPACE = 0x20;
const BACKSLASH = 0x5c;
const DOUBLE = 0x22;
const SINGLE = 0x27;
const LETTER_X = 0x78;

const ESCAPES: ReadonlyMap<number, number> = new Map([
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
  [0x62, 0x08],
  [0x61, 0x07],
]);

/** Where words are put: their bytes one after the other, and where each begins and ends. */
export interface Words {
  /** Long enough for the whole line. */
  readonly bytes: Buffer;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

export const UNBALANCED = -1;
export const TOO_MANY = -2;

/** Takes a line apart. Returns the number of words, UNBALANCED or TOO_MANY. */
export function splitLine(line: Buffer, into: Words): number {
  const splitter = new Splitter(line, into.bytes);
  for (let count = 0; ; count++) {
    if (!splitter.skipSpace()) return count;
    if (count === into.starts.length) return TOO_MANY;
    into.starts[count] = splitter.to;
    if (!splitter.copyWord()) return UNBALANCED;
    into.ends[count] = splitter.to;
  }
}

class Splitter {
  /** Where the next byte goes. */
  to = 0;
  #at = 0;
  readonly #line: Buffer;
  readonly #into: Buffer;

  constructor(line: Buffer, into: Buffer) {
    this.#line = line;
    this.#into = into;
  }

  /** False at the end of the line. */
  skipSpace(): boolean {
    while (this.#at < this.#line.length && isSpace(this.#line[this.#at] as number)) this.#at++;
    return this.#at < this.#line.length;
  }

  /** False where a quote is not closed, or does not end its word. */
  copyWord(): boolean {
    while (!this.#isAtEnd()) {
      const byte = this.#line[this.#at++] as number;
      if (byte !== DOUBLE && byte !== SINGLE) this.#into[this.to++] = byte;
      else if (!this.#copyQuoted(byte) || !this.#isAtEnd()) return false;
    }
    return true;
  }

  /** Copies up to the closing quote, and passes it. False where there is none. */
  #copyQuoted(quote: number): boolean {
    const line = this.#line;
    while (this.#at < line.length) {
      const at = this.#at;
      if (line[at] === quote) {
        this.#at++;
        return true;
      }
      const length = escapeLength(line, at, quote);
      this.#into[this.to++] = length === 1 ? (line[at] as number) : escaped(line, at, length);
      this.#at += length;
    }
    return false;
  }

  /** Whether a word ends here. */
  #isAtEnd(): boolean {
    return this.#at === this.#line.length || isSpace(this.#line[this.#at] as number);
  }
}

/** How many bytes within quotes stand for one: 1, 2 or, for \xHH, 4. */
function escapeLength(line: Buffer, at: number, quote: number): number {
  if (line[at] !== BACKSLASH || at + 1 === line.length) return 1;
  if (quote === SINGLE) return line[at + 1] === SINGLE ? 2 : 1;
  const isHex = line[at + 1] === LETTER_X && hex(line[at + 2]) >= 0 && hex(line[at + 3]) >= 0;
  return isHex ? 4 : 2;
}

function escaped(line: Buffer, at: number, length: number): number {
  if (length === 4) return hex(line[at + 2]) * 16 + hex(line[at + 3]);
  const letter = line[at + 1] as number;
  return letter === SINGLE || letter === DOUBLE ? letter : (ESCAPES.get(letter) ?? letter);
}

/** The value of a hexadecimal digit, or -1. */
function hex(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function isSpace(byte: number): boolean {
  return byte === SPACE || (byte >= 0x09 && byte <= 0x0d);
}
