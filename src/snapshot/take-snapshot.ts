/** Takes a snapshot of a table and of the windows that are open, into a file. */
import { type Bucket, copyOf, fullBucket } from '../bucket/token-bucket.ts';
import type { Clock } from '../lib/clock.ts';
import { Key } from '../memory/key.ts';
import type { OpenWindows } from '../policies/open-windows.ts';
import type { TableMemory } from '../table/table-memory.ts';
import { TableWalk } from '../table/table-walk.ts';
import { SnapshotWriter, type WriterParts } from './snapshot-writer.ts';
import type { Moment } from './time-passed.ts';

export interface SnapshotParts extends WriterParts {
  readonly table: TableMemory;
  readonly windows: OpenWindows;
  readonly clock: Clock;
  /** Now, as it begins. */
  readonly moment: Moment;
  /** Whether nobody may decide any more once it is taken. */
  readonly seals: boolean;
  /** Told for how long a shard was locked. */
  readonly held: (heldUs: number) => void;
}

export interface SnapshotSize {
  readonly keys: number;
  readonly bytes: number;
}

/** Throws what the file system throws; then the file that was there is there still. */
export function takeSnapshot(parts: SnapshotParts): SnapshotSize {
  const { table, moment, windows } = parts;
  const { hashKey, shardCount } = table;
  const writer = new SnapshotWriter(parts, { taken: moment, hashKey, shards: shardCount });
  try {
    for (const [shard, bucket] of writeKeys(parts, writer)) writer.overflow(shard, bucket);
    // Last: every window that a bucket is in has been opened by now.
    for (const window of windows.all()) writer.window(window);
    const bytes = writer.finish();
    return { keys: writer.keys, bytes };
  } catch (error) {
    writer.abandon();
    throw error;
  }
}

/** Returns the buckets that keys share, of the shards in which one is used. */
function writeKeys(
  { table, clock, seals, held }: SnapshotParts,
  writer: SnapshotWriter,
): readonly (readonly [shard: number, bucket: Bucket])[] {
  const overflows: (readonly [number, Bucket])[] = [];
  const walk = new TableWalk({ table, clock, seals });
  const key = new Key();
  const bucket = fullBucket();
  while (walk.next()) {
    held(walk.heldUs);
    for (let i = 0; i < walk.page.count; i++) {
      walk.page.bucket(i, bucket);
      walk.page.key(i, key);
      if (bucket.used !== 0) writer.key(key, bucket);
    }
    const { isShardsLast, overflow, shard } = walk;
    if (isShardsLast && overflow.used !== 0) overflows.push([shard, copyOf(overflow)]);
  }
  return overflows;
}
