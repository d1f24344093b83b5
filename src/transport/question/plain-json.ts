/**
 * Reads the fields of a question from JSON as programs write it: one object of plain ASCII strings
 * and short whole numbers, with at most a space after each colon and comma.
 *
 * Whatever else there may be in JSON is declined and left to JSON.parse, which takes three times as
 * long. So what is read here is what JSON.parse would have read, and never more.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const SPACE = 0x20;
const ZERO = 0x30;
const NINE = 0x39;
/** The first character after those that can be seen. */
const DELETE = 0x7f;

/** All that many digits are exact in a double. */
const MOST_DIGITS = 15;
const DECLINED = -1;

/** The fields of one question. One a thread: they are as the last read() left them. */
export class PlainJson {
  key: string | undefined;
  policy: string | undefined;
  capacity: number | undefined;
  interval: number | undefined;
  unit: string | undefined;
  cost: number | undefined;
  #string = '';
  #number = 0;

  /**
   * Reads `text` from `from` to its end. False where it is not plain; then the fields mean nothing.
   */
  read(text: string, from: number): boolean {
    this.key = undefined;
    this.policy = undefined;
    this.capacity = undefined;
    this.interval = undefined;
    this.unit = undefined;
    this.cost = undefined;
    if (text.charCodeAt(from) !== OPEN) return false;
    for (let at = from + 1; ; at = afterSpace(text, at + 1)) {
      at = this.#member(text, at);
      if (at === DECLINED) return false;
      const code = text.charCodeAt(at);
      if (code === CLOSE) return at + 1 === text.length;
      if (code !== COMMA) return false;
    }
  }

  /** Returns where the member that begins at `at` has ended, or DECLINED. */
  #member(text: string, at: number): number {
    const name = this.#readString(text, at);
    if (name === DECLINED || text.charCodeAt(name) !== COLON) return DECLINED;
    const field = this.#string;
    const start = afterSpace(text, name + 1);
    const isString = text.charCodeAt(start) === QUOTE;
    const end = isString ? this.#readString(text, start) : this.#readNumber(text, start);
    if (end === DECLINED) return DECLINED;
    return (isString ? this.#takeString(field) : this.#takeNumber(field)) ? end : DECLINED;
  }

  /** A field that comes twice is declined. */
  #takeString(field: string): boolean {
    switch (field) {
      case 'key':
        if (this.key !== undefined) return false;
        this.key = this.#string;
        return true;
      case 'policy':
        if (this.policy !== undefined) return false;
        this.policy = this.#string;
        return true;
      case 'unit':
        if (this.unit !== undefined) return false;
        this.unit = this.#string;
        return true;
      default:
        return false;
    }
  }

  #takeNumber(field: string): boolean {
    switch (field) {
      case 'capacity':
        if (this.capacity !== undefined) return false;
        this.capacity = this.#number;
        return true;
      case 'interval':
        if (this.interval !== undefined) return false;
        this.interval = this.#number;
        return true;
      case 'cost':
        if (this.cost !== undefined) return false;
        this.cost = this.#number;
        return true;
      default:
        return false;
    }
  }

  #readString(text: string, at: number): number {
    if (text.charCodeAt(at) !== QUOTE) return DECLINED;
    let end = at + 1;
    let code = text.charCodeAt(end);
    while (code !== QUOTE) {
      // Not a number at the end of the text, and then not in the range either.
      if (!(code >= SPACE && code < DELETE) || code === BACKSLASH) return DECLINED;
      code = text.charCodeAt(++end);
    }
    this.#string = text.slice(at + 1, end);
    return end + 1;
  }

  #readNumber(text: string, at: number): number {
    let number = 0;
    let end = at;
    for (let code = text.charCodeAt(end); code >= ZERO && code <= NINE; ) {
      number = number * 10 + code - ZERO;
      code = text.charCodeAt(++end);
    }
    const digits = end - at;
    if (digits === 0 || digits > MOST_DIGITS) return DECLINED;
    if (digits > 1 && text.charCodeAt(at) === ZERO) return DECLINED;
    this.#number = number;
    return end;
  }
}

function afterSpace(text: string, at: number): number {
  return text.charCodeAt(at) === SPACE ? at + 1 : at;
}
