/**
 * What snapshots do with files: the calls that they make, one by one, so that a test can stop at
 * any of them. All are synchronous: a thread of its own makes them.
 */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';

export interface FileSystem {
  /** A new file that its owner alone may read. What was there is removed first. */
  create(path: string): number;
  /** Opens a file to be read. */
  open(path: string): number;
  /** How many bytes it has. */
  size(file: number): number;
  /** Reads into all of `into`, from this place of the file. Returns how many bytes there were. */
  read(file: number, into: Uint8Array, at: number): number;
  /** Writes at the end. Returns how many bytes it took. */
  write(file: number, bytes: Uint8Array): number;
  /** Resolves once what was written survives a loss of power. */
  sync(file: number): void;
  close(file: number): void;
  rename(from: string, to: string): void;
  /** The same for the names in a folder. */
  syncFolder(path: string): void;
  /** Nothing, where there is no such file. */
  remove(path: string): void;
}

const OWNER_ONLY = 0o600;
const { O_CREAT, O_EXCL, O_WRONLY, O_RDONLY } = constants;

export const systemFiles: FileSystem = {
  create(path) {
    rmSync(path, { force: true });
    // Where a name leads elsewhere, that is not followed: O_EXCL.
    return openSync(path, O_CREAT | O_EXCL | O_WRONLY, OWNER_ONLY);
  },
  open: (path) => openSync(path, O_RDONLY),
  size: (file) => fstatSync(file).size,
  read: (file, into, at) => readSync(file, into, 0, into.length, at),
  write: (file, bytes) => writeSync(file, bytes),
  sync: fsyncSync,
  close: closeSync,
  rename: renameSync,
  syncFolder(path) {
    const folder = openSync(path, O_RDONLY);
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  },
  remove: (path) => rmSync(path, { force: true }),
};
