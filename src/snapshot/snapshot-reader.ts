/**
 * Reads the file of a snapshot block by block, those that are whole. What is damaged is counted and
 * passed over; nothing in a file is believed before its block's checksum says so.
 */
import { assert } from '../lib/assert.ts';
import { BLOCK_BYTES, Block, type BlockFault, END, HEADER, KEYS } from './block.ts';
import { type Header, readHeader } from './entries.ts';
import type { FileSystem } from './file-system.ts';

/** Most blocks that are read in one call. */
const BLOCKS_A_READ = 256;

/** What is in a file. */
export interface Survey {
  /** What is wrong with it; null where it is whole. */
  readonly fault: BlockFault | null;
  /** Keys of the blocks that are whole. */
  readonly keys: number;
}

export class SnapshotReader {
  readonly #files: FileSystem;
  readonly #file: number;
  readonly #size: number;
  readonly #bytes: Uint8Array;
  readonly #blocks: readonly Block[];
  #snapshot = 0;
  #header: Header | null = null;

  /** Throws what the file system throws. Whoever opens a reader closes it. */
  constructor(files: FileSystem, path: string) {
    this.#files = files;
    this.#file = files.open(path);
    this.#size = files.size(this.#file);
    const length = Math.min(BLOCKS_A_READ, Math.ceil(this.#size / BLOCK_BYTES) + 1);
    const memory = new ArrayBuffer(length * BLOCK_BYTES);
    this.#bytes = new Uint8Array(memory);
    this.#blocks = Array.from({ length }, (_, i) => new Block(memory, i * BLOCK_BYTES));
  }

  close(): void {
    this.#files.close(this.#file);
  }

  /** When it was taken, and of what; or why the file cannot be read. */
  open(): Header | BlockFault {
    // A file that begins as one of ours and ends within its first block.
    const count = this.#readFrom(0);
    const first = this.#blocks[0] as Block;
    const fault = first.check();
    if (fault !== null) return fault;
    if (count === 0) return 'torn';
    this.#snapshot = first.snapshot;
    this.#header =
      first.kind === HEADER && first.isOf(this.#snapshot, 0) ? readHeader(first) : null;
    return this.#header ?? 'foreign';
  }

  /** REQUIRES: open() returned a header. */
  survey(): Survey {
    let keys = 0;
    let whole = 0;
    let ended = false;
    this.eachBlock((block, place) => {
      whole++;
      if (block.kind === KEYS) keys += block.entries;
      if (block.kind === END) ended = (place + 1) * BLOCK_BYTES === this.#size;
    });
    const isWhole = ended && whole * BLOCK_BYTES === this.#size;
    return { fault: isWhole ? null : 'torn', keys };
  }

  /** Calls `visit` with every block that is whole. REQUIRES: open() returned a header. */
  eachBlock(visit: (block: Block, place: number) => void): void {
    assert(this.#header !== null, 'a snapshot is read once its header is');
    for (let from = 0; from * BLOCK_BYTES < this.#size; from += this.#blocks.length) {
      const count = this.#readFrom(from);
      for (let i = 0; i < count; i++) {
        const block = this.#blocks[i] as Block;
        const isWhole = block.check() === null && block.isOf(this.#snapshot, from + i);
        if (isWhole) visit(block, from + i);
      }
    }
  }

  /** Reads blocks from this place on, and returns how many there are. The rest is zeros. */
  #readFrom(place: number): number {
    let length = 0;
    while (length < this.#bytes.length) {
      const into = this.#bytes.subarray(length);
      const read = this.#files.read(this.#file, into, place * BLOCK_BYTES + length);
      if (read === 0) break;
      length += read;
    }
    this.#bytes.fill(0, length);
    return Math.floor(length / BLOCK_BYTES);
  }
}
