/**
 * Writes the file of a snapshot: beside the one that is there, and in its place only once all of it
 * is on the disk. So whenever the process or the machine stops, one whole file is there.
 */
import { dirname } from 'node:path';
import type { Bucket } from '../bucket/token-bucket.ts';
import type { Key } from '../memory/key.ts';
import {
  BLOCK_BYTES,
  Block,
  type BlockKind,
  END,
  HEADER,
  KEYS,
  OVERFLOWS,
  WINDOWS,
} from './block.ts';
import {
  addEnd,
  addHeader,
  addKey,
  addOverflow,
  addWindow,
  type Header,
  hasRoomForBucket,
  hasRoomForWindow,
  type OpenWindow,
  wordsOfEntry,
} from './entries.ts';
import type { FileSystem } from './file-system.ts';

/** Blocks that are written in one call. */
const BLOCKS_A_WRITE = 256;

export interface WriterParts {
  readonly files: FileSystem;
  readonly path: string;
  /** A whole number of 32 bits by chance: another for each snapshot. */
  readonly snapshot: number;
}

export class SnapshotWriter {
  keys = 0;
  readonly #parts: WriterParts;
  readonly #besidePath: string;
  readonly #bytes: Uint8Array;
  readonly #blocks: readonly Block[];
  #file: number | null;
  /** Blocks that are complete, in all and since the last write. */
  #places = 0;
  #held = 0;
  #kind: BlockKind = HEADER;

  constructor(parts: WriterParts, header: Header) {
    this.#parts = parts;
    this.#besidePath = `${parts.path}.new`;
    const memory = new ArrayBuffer(BLOCKS_A_WRITE * BLOCK_BYTES);
    this.#bytes = new Uint8Array(memory);
    this.#blocks = Array.from(
      { length: BLOCKS_A_WRITE },
      (_, i) => new Block(memory, i * BLOCK_BYTES),
    );
    this.#file = parts.files.create(this.#besidePath);
    addHeader(this.#current, header);
  }

  key(key: Key, bucket: Bucket): void {
    if (this.#kind !== KEYS || !this.#current.hasRoomFor(wordsOfEntry(key.length))) {
      this.#turn(KEYS);
    }
    addKey(this.#current, key, bucket);
    this.keys++;
  }

  overflow(shard: number, bucket: Bucket): void {
    if (this.#kind !== OVERFLOWS || !hasRoomForBucket(this.#current)) this.#turn(OVERFLOWS);
    addOverflow(this.#current, shard, bucket);
  }

  window(window: OpenWindow): void {
    if (this.#kind !== WINDOWS || !hasRoomForWindow(this.#current)) this.#turn(WINDOWS);
    addWindow(this.#current, window);
  }

  /** Puts the file in its place. Returns how many bytes it has. */
  finish(): number {
    this.#turn(END);
    addEnd(this.#current, this.keys);
    this.#complete();
    this.#flush();
    const { files, path } = this.#parts;
    const file = this.#file as number;
    files.sync(file);
    this.#close();
    files.rename(this.#besidePath, path);
    files.syncFolder(dirname(path));
    return this.#places * BLOCK_BYTES;
  }

  /** Leaves nothing behind of a file that could not be written, as far as that can be done. */
  abandon(): void {
    try {
      this.#close();
      this.#parts.files.remove(this.#besidePath);
    } catch {
      // Whoever called has the error that this is about.
    }
  }

  #close(): void {
    const file = this.#file;
    this.#file = null;
    if (file !== null) this.#parts.files.close(file);
  }

  get #current(): Block {
    return this.#blocks[this.#held] as Block;
  }

  /** Completes the block that is open, and opens one of this kind. */
  #turn(kind: BlockKind): void {
    this.#complete();
    if (this.#held === BLOCKS_A_WRITE) this.#flush();
    this.#kind = kind;
    this.#current.begin();
  }

  #complete(): void {
    this.#current.finish(this.#kind, this.#parts.snapshot, this.#places);
    this.#places++;
    this.#held++;
  }

  #flush(): void {
    const end = this.#held * BLOCK_BYTES;
    for (let at = 0; at < end; ) {
      at += this.#parts.files.write(this.#file as number, this.#bytes.subarray(at, end));
    }
    this.#held = 0;
  }
}
