/**
 * Files in memory, that stop at the n-th call as a process does that is killed or a machine that
 * loses its power: what was synced is there afterwards, and all else as the test wants it.
 */
import type { FileSystem } from '../../src/snapshot/file-system.ts';

/** What becomes of what was not synced. */
export type Loss =
  /** The process was killed: nothing is lost. */
  | 'nothing'
  /** The power was: names and bytes are as they were synced. */
  | 'all'
  /** Names had come to the disk, bytes had not. */
  | 'bytes'
  /** Names had come to the disk, and half of the bytes. */
  | 'half of the bytes';

export class Stopped extends Error {}

interface Content {
  bytes: Buffer;
  synced: Buffer;
}

/** As many bytes as one write takes. */
const MOST_A_WRITE = 9_000;

export class MemoryFiles implements FileSystem {
  calls = 0;
  /** The call that is not made, nor any after it. */
  stopAt: number = Number.POSITIVE_INFINITY;
  /** What the next call of `create` throws, by its code. */
  refuses: string | null = null;
  readonly #names = new Map<string, Content>();
  #syncedNames = new Map<string, Content>();
  readonly #open: Content[] = [];

  /** What is there once the machine has come back. */
  afterwards(loss: Loss): MemoryFiles {
    const left = new MemoryFiles();
    const names = loss === 'all' ? this.#syncedNames : this.#names;
    for (const [name, { bytes, synced }] of names) {
      const kept = {
        nothing: bytes,
        all: synced,
        bytes: synced,
        'half of the bytes': bytes.subarray(0, Math.max(synced.length, bytes.length >>> 1)),
      }[loss];
      left.put(name, kept);
    }
    return left;
  }

  put(path: string, bytes: Uint8Array): void {
    const content = { bytes: Buffer.from(bytes), synced: Buffer.from(bytes) };
    this.#names.set(path, content);
    this.#syncedNames.set(path, content);
  }

  get names(): readonly string[] {
    return [...this.#names.keys()].sort();
  }

  bytes(path: string): Buffer {
    return this.#content(path).bytes;
  }

  create(path: string): number {
    this.#call();
    const code = this.refuses;
    if (code !== null) throw Object.assign(new Error(code), { code });
    const content = { bytes: Buffer.alloc(0), synced: Buffer.alloc(0) };
    this.#names.set(path, content);
    return this.#open.push(content) - 1;
  }

  open(path: string): number {
    return this.#open.push(this.#content(path)) - 1;
  }

  size(file: number): number {
    return this.#at(file).bytes.length;
  }

  read(file: number, into: Uint8Array, at: number): number {
    const bytes = this.#at(file).bytes.subarray(at, at + into.length);
    into.set(bytes);
    return bytes.length;
  }

  write(file: number, bytes: Uint8Array): number {
    this.#call();
    const content = this.#at(file);
    const taken = bytes.subarray(0, MOST_A_WRITE);
    content.bytes = Buffer.concat([content.bytes, taken]);
    return taken.length;
  }

  sync(file: number): void {
    this.#call();
    const content = this.#at(file);
    content.synced = content.bytes;
  }

  close(): void {
    this.#call();
  }

  rename(from: string, to: string): void {
    this.#call();
    this.#names.set(to, this.#content(from));
    this.#names.delete(from);
  }

  syncFolder(): void {
    this.#call();
    this.#syncedNames = new Map(this.#names);
  }

  remove(path: string): void {
    this.#call();
    this.#names.delete(path);
  }

  #call(): void {
    this.calls++;
    if (this.calls >= this.stopAt) throw new Stopped();
  }

  #at(file: number): Content {
    return this.#open[file] as Content;
  }

  #content(path: string): Content {
    const content = this.#names.get(path);
    if (content === undefined) throw Object.assign(new Error(path), { code: 'ENOENT' });
    return content;
  }
}
