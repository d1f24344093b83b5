/** Reads the file of a snapshot into a table, as far as it is whole, and says what is wrong. */
import type { OpenWindows } from '../policies/open-windows.ts';
import type { TableMemory } from '../table/table-memory.ts';
import type { BlockFault } from './block.ts';
import type { FileSystem } from './file-system.ts';
import { type Restored, restore } from './restore.ts';
import { SnapshotReader } from './snapshot-reader.ts';
import type { Moment } from './time-passed.ts';

export interface ReadParts {
  readonly files: FileSystem;
  readonly path: string;
  /** Reserved with the hash key of the file, if that has one. */
  readonly table: TableMemory;
  readonly windows: OpenWindows;
  readonly now: Moment;
}

/** What became of it. */
export type Reading =
  /** There is no such file. */
  | { readonly kind: 'none' }
  | {
      readonly kind: 'read';
      /** What is wrong with the file, or that the system does not hand it out. */
      readonly fault: BlockFault | 'unreadable' | null;
      /** What the system says, where it does not. */
      readonly why: string;
      /** Null where nothing could be. */
      readonly restored: Restored | null;
    };

export function readSnapshot(parts: ReadParts): Reading {
  try {
    const reader = new SnapshotReader(parts.files, parts.path);
    try {
      return readWith(reader, parts);
    } finally {
      reader.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    if (code === 'ENOENT') return { kind: 'none' };
    return { kind: 'read', fault: 'unreadable', why: code, restored: null };
  }
}

function readWith(reader: SnapshotReader, { table, windows, now }: ReadParts): Reading {
  const header = reader.open();
  const nothing = { kind: 'read', why: '', restored: null } as const;
  if (typeof header === 'string') return { ...nothing, fault: header };
  const { k0, k1 } = header.hashKey;
  // Somebody has put another file there since the table was reserved.
  if (k0 !== table.hashKey.k0 || k1 !== table.hashKey.k1) return { ...nothing, fault: 'foreign' };
  const { fault, keys } = reader.survey();
  const restored = restore({ reader, header, keys, table, windows, now });
  return { ...nothing, fault: fault ?? (restored.isStrange ? 'torn' : null), restored };
}
