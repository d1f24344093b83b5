/**
 * The file of a snapshot is a row of blocks of one size, each whole by itself: whatever is damaged,
 * all others can be read.
 *
 *   word 0   magic: what is no block of a snapshot is told by it
 *        1   version, kind, and how many entries follow: 8, 8 and 16 bits from the top
 *        2   of which snapshot it is: a number by chance, the same in all its blocks
 *        3   its place in the file, from 0
 *        4   CRC-32 of the whole block, of which this word counts as 0
 *        5   unused
 *        6   its entries (entries.ts), and zeros to the end
 *
 * Words and doubles are little-endian, as all machines are that this runs on.
 */
import { crc32 } from 'node:zlib';
import { assert } from '../lib/assert.ts';

/** What a change of the format counts up. */
export const VERSION = 1;

export const BLOCK_BYTES = 4_096;
export const FIRST_WORD = 6;

/** 'ARGS', as a reader of bytes sees it. */
const MAGIC = 0x53475241;
const MAGIC_WORD = 0;
const KIND_WORD = 1;
const SNAPSHOT_WORD = 2;
const PLACE_WORD = 3;
const CRC_WORD = 4;

export const HEADER = 1;
export const KEYS = 2;
export const OVERFLOWS = 3;
export const WINDOWS = 4;
export const END = 5;
export type BlockKind =
  | typeof HEADER
  | typeof KEYS
  | typeof OVERFLOWS
  | typeof WINDOWS
  | typeof END;

/** Why a block is not read. */
export type BlockFault = 'foreign' | 'newer' | 'torn';

/** One block, as bytes, words and doubles. */
export class Block {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  /** Where the next entry begins. */
  at: number = FIRST_WORD;
  entries = 0;

  constructor(memory: ArrayBuffer, offset: number) {
    this.bytes = new Uint8Array(memory, offset, BLOCK_BYTES);
    this.words = new Int32Array(memory, offset, BLOCK_BYTES / 4);
    this.doubles = new Float64Array(memory, offset, BLOCK_BYTES / 8);
  }

  /** Starts it anew, without entries. */
  begin(): void {
    this.at = FIRST_WORD;
    this.entries = 0;
  }

  /** Whether an entry of so many words has room. */
  hasRoomFor(words: number): boolean {
    return this.at + words <= this.words.length;
  }

  /** Completes it. Nothing is added after that. */
  finish(kind: BlockKind, snapshot: number, place: number): void {
    assert(this.at <= this.words.length, 'the entries of a block have room');
    const { words } = this;
    words.fill(0, this.at);
    words[MAGIC_WORD] = MAGIC;
    words[KIND_WORD] = (VERSION << 24) | (kind << 16) | this.entries;
    words[SNAPSHOT_WORD] = snapshot;
    words[PLACE_WORD] = place;
    words[FIRST_WORD - 1] = 0;
    words[CRC_WORD] = this.#crc();
  }

  /**
   * What is wrong with a block that was read, by itself; null where nothing is. Then its entries
   * can be read from the first on.
   */
  check(): BlockFault | null {
    const { words } = this;
    this.begin();
    if (words[MAGIC_WORD] !== MAGIC) return 'foreign';
    if ((words[KIND_WORD] as number) >>> 24 > VERSION) return 'newer';
    if (words[CRC_WORD] !== this.#crc()) return 'torn';
    this.entries = (words[KIND_WORD] as number) & 0xffff;
    return null;
  }

  get kind(): number {
    return ((this.words[KIND_WORD] as number) >>> 16) & 0xff;
  }

  /** Whether it is the one of this snapshot that belongs here. */
  isOf(snapshot: number, place: number): boolean {
    return this.words[SNAPSHOT_WORD] === snapshot && this.words[PLACE_WORD] === place;
  }

  get snapshot(): number {
    return this.words[SNAPSHOT_WORD] as number;
  }

  /** Leaves the block as it is. */
  #crc(): number {
    const { words } = this;
    const kept = words[CRC_WORD] as number;
    words[CRC_WORD] = 0;
    const crc = crc32(this.bytes) | 0;
    words[CRC_WORD] = kept;
    return crc;
  }
}
