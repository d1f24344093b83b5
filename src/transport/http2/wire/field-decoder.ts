/**
 * HPACK (RFC 7541) to header fields: a block, or as much of it as is there.
 *
 * Every block of a connection must be read, in order and to its end, whatever becomes of it: it may
 * change what numbers in later blocks stand for.
 */
import { HeaderTable } from './header-table.ts';
import { decodeHuffman, mostDecodedBytes } from './huffman.ts';
import { DEFAULT_TABLE_BYTES } from './numbers.ts';

/** Is told each field: a character of name and value is a byte. */
export interface FieldSink {
  field(name: string, value: string): void;
}

/** Longer strings are refused: a block is read field by field, each kept until it is whole. */
export const MOST_STRING_BYTES = 131_072;

export const BROKEN = -1;
const HALF = -2;

/** The first bits of a byte say what it begins. */
const INDEXED = 0x80;
const INDEXING = 0x40;
const RESIZING = 0x20;
const CODED = 0x80;
/** Bits of a number in its first byte. */
const INDEXED_BITS = 7;
const INDEXING_BITS = 6;
const RESIZING_BITS = 5;
const LITERAL_BITS = 4;
const LENGTH_BITS = 7;
/** Bytes after the first one: 28 bits, more than any number here may have. */
const MOST_NUMBER_BYTES = 4;

/** Long enough for nearly all; one for all connections of a thread, for it is empty between two. */
const SCRATCH = Buffer.allocUnsafeSlow(4_096);

export class FieldDecoder {
  readonly #table = new HeaderTable();
  #bytes: Buffer = SCRATCH;
  /** Where the next thing is read. */
  #at = 0;
  #end = 0;
  /** Of the last string. */
  #text = '';
  /** Whether a field of this block was read: no change of size may follow it. */
  #hasField = false;

  /** The same before and after a block: it means the same as long as this does. */
  get changes(): number {
    return this.#table.changes;
  }

  /** What follows is a new block. */
  begin(): void {
    this.#hasField = false;
  }

  /**
   * Reads what is whole from `at` to `end`. Returns where the rest begins, which is to be given
   * again with more, or BROKEN.
   */
  read(bytes: Buffer, at: number, end: number, sink: FieldSink): number {
    this.#bytes = bytes;
    this.#end = end;
    let done = at;
    while (done < end) {
      this.#at = done;
      const next = this.#readOne(sink);
      if (next === HALF) break;
      if (next === BROKEN) return BROKEN;
      done = next;
    }
    return done;
  }

  /** Returns where what follows begins, or HALF or BROKEN. */
  #readOne(sink: FieldSink): number {
    const first = this.#bytes[this.#at] as number;
    if (first >= INDEXED) return this.#readIndexed(sink);
    if (first >= INDEXING) return this.#readLiteral(INDEXING_BITS, sink);
    if (first >= RESIZING) return this.#readSize();
    return this.#readLiteral(LITERAL_BITS, sink);
  }

  #readIndexed(sink: FieldSink): number {
    const index = this.#readNumber(INDEXED_BITS);
    if (index < 0) return index;
    const table = this.#table;
    if (!table.has(index)) return BROKEN;
    this.#hasField = true;
    sink.field(table.nameAt(index), table.valueAt(index));
    return this.#at;
  }

  #readLiteral(bits: number, sink: FieldSink): number {
    const table = this.#table;
    const index = this.#readNumber(bits);
    if (index < 0) return index;
    if (index === 0) {
      const fault = this.#readString();
      if (fault < 0) return fault;
    } else if (!table.has(index)) {
      return BROKEN;
    }
    const name = index === 0 ? this.#text : table.nameAt(index);
    const fault = this.#readString();
    if (fault < 0) return fault;
    this.#hasField = true;
    if (bits === INDEXING_BITS) table.add(name, this.#text);
    sink.field(name, this.#text);
    return this.#at;
  }

  #readSize(): number {
    const bytes = this.#readNumber(RESIZING_BITS);
    if (bytes < 0) return bytes;
    if (this.#hasField || bytes > DEFAULT_TABLE_BYTES) return BROKEN;
    this.#table.resize(bytes);
    return this.#at;
  }

  /** A number that begins in the last `bits` bits of a byte, or HALF or BROKEN. */
  #readNumber(bits: number): number {
    const most = (1 << bits) - 1;
    let value = (this.#bytes[this.#at++] as number) & most;
    if (value < most) return value;
    for (let i = 0; i < MOST_NUMBER_BYTES; i++) {
      if (this.#at === this.#end) return HALF;
      const byte = this.#bytes[this.#at++] as number;
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    return BROKEN;
  }

  /** Reads a string into #text. Returns 0, or HALF or BROKEN. */
  #readString(): number {
    if (this.#at === this.#end) return HALF;
    const isCoded = (this.#bytes[this.#at] as number) >= CODED;
    const length = this.#readNumber(LENGTH_BITS);
    if (length < 0) return length;
    if (length > MOST_STRING_BYTES) return BROKEN;
    const end = this.#at + length;
    if (end > this.#end) return HALF;
    if (isCoded) {
      const most = mostDecodedBytes(length);
      const into = most <= SCRATCH.length ? SCRATCH : Buffer.allocUnsafe(most);
      const decoded = decodeHuffman(this.#bytes, this.#at, end, into);
      if (decoded < 0) return BROKEN;
      this.#text = into.toString('latin1', 0, decoded);
    } else {
      this.#text = this.#bytes.toString('latin1', this.#at, end);
    }
    this.#at = end;
    return 0;
  }
}
