/** What the start of a service must know of a snapshot before its table is reserved. */
import type { HashKey } from '../table/keyed-hash.ts';
import type { FileSystem } from './file-system.ts';
import { SnapshotReader } from './snapshot-reader.ts';

/**
 * The hash key of the table that the snapshot was taken of: only with it do the keys of a shard
 * stay together. Null where there is no snapshot that can be read: whoever restores says why.
 */
export function hashKeyOf(files: FileSystem, path: string): HashKey | null {
  try {
    const reader = new SnapshotReader(files, path);
    try {
      const header = reader.open();
      return typeof header === 'string' ? null : header.hashKey;
    } finally {
      reader.close();
    }
  } catch {
    return null;
  }
}
