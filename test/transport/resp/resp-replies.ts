/** Replies of the Redis protocol, read one after the other; whatever is not one fails. */

export class RespReplies {
  readonly #text: string;
  #at = 0;

  /** `text`: a character a byte. */
  constructor(text: string) {
    this.#text = text;
  }

  get isDone(): boolean {
    return this.#at === this.#text.length;
  }

  /** How many characters were read. */
  get at(): number {
    return this.#at;
  }

  /** The next reply, in short: its mark and text, and lists in brackets. */
  next(): string {
    // How many items of each list that is open are still to come.
    const open: number[] = [];
    let found = '';
    do {
      const { mark, text, items } = this.#one();
      found += `${mark}${text}`;
      if (items > 0) {
        found += '[';
        open.push(items);
        continue;
      }
      for (;;) {
        const left = open.pop();
        if (left === undefined) break;
        if (left > 1) {
          found += ' ';
          open.push(left - 1);
          break;
        }
        found += ']';
      }
    } while (open.length > 0);
    return found;
  }

  #one(): { mark: string; text: string; items: number } {
    const line = this.#line();
    const mark = line.slice(0, 1);
    const rest = line.slice(1);
    switch (mark) {
      case '+':
      case '-':
        return { mark, text: rest, items: 0 };
      case ':':
        return { mark, text: String(this.#number(rest)), items: 0 };
      case '_':
        return { mark, text: '', items: 0 };
      case '$':
        return { mark, text: this.#bulk(this.#number(rest)), items: 0 };
      case '*':
        return { mark, text: '', items: this.#number(rest) };
      case '%':
        return { mark, text: '', items: 2 * this.#number(rest) };
      default:
        throw new Error(`Not a reply: ${JSON.stringify(line)}`);
    }
  }

  #line(): string {
    const end = this.#text.indexOf('\r\n', this.#at);
    if (end === -1) throw new HalfReplyError(this.#text.slice(this.#at));
    const line = this.#text.slice(this.#at, end);
    if (/[\r\n]/.test(line)) throw new Error(`A line in a line: ${JSON.stringify(line)}`);
    this.#at = end + 2;
    return line;
  }

  #bulk(length: number): string {
    if (length === -1) return '-1';
    const end = this.#at + length;
    if (this.#text.length < end + 2) throw new HalfReplyError(this.#text.slice(this.#at));
    if (this.#text.slice(end, end + 2) !== '\r\n') throw new Error('A bulk ends in CRLF');
    const text = this.#text.slice(this.#at, end);
    this.#at = end + 2;
    return text;
  }

  #number(text: string): number {
    if (!/^-?(0|[1-9]\d*)$/.test(text)) throw new Error(`Not a number: ${JSON.stringify(text)}`);
    return Number(text);
  }
}

/** Thrown where a reply is not there in full. */
export class HalfReplyError extends Error {
  override readonly name = 'HalfReplyError';

  constructor(rest: string) {
    super(`Half a reply: ${JSON.stringify(rest)}`);
  }
}
