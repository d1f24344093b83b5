/** Tables that are written, and read after a restart; and what each key of them lacks, exactly. */
import { type Bucket, fullBucket } from '../../src/bucket/token-bucket.ts';
import { endOf, isWindow } from '../../src/bucket/window.ts';
import { Key } from '../../src/memory/key.ts';
import { OpenWindows } from '../../src/policies/open-windows.ts';
import { hashKeyOf } from '../../src/snapshot/read-header.ts';
import { type Reading, readSnapshot } from '../../src/snapshot/read-snapshot.ts';
import { type SnapshotSize, takeSnapshot } from '../../src/snapshot/take-snapshot.ts';
import type { Moment } from '../../src/snapshot/time-passed.ts';
import { BucketRecords } from '../../src/table/bucket-records.ts';
import { hashOf } from '../../src/table/keyed-hash.ts';
import {
  type Engine,
  reserveTable,
  type TableMemory,
  viewTable,
} from '../../src/table/table-memory.ts';
import { TableWalk } from '../../src/table/table-walk.ts';
import { atMost, type Fraction, fraction } from '../bucket/fraction.ts';
import type { MemoryFiles } from './memory-files.ts';

export const PATH = '/folder/argus.snapshot';

export function openWindows(): OpenWindows {
  return new OpenWindows(OpenWindows.reserve());
}

export function moment(monotonicUs: number, wallUs = monotonicUs, bootId = 'a boot'): Moment {
  return { monotonicUs, wallUs, bootId };
}

export interface Taken {
  readonly table: TableMemory;
  readonly windows?: OpenWindows;
  readonly moment: Moment;
  readonly seals?: boolean;
  readonly snapshot?: number;
}

export function take(files: MemoryFiles, taken: Taken): SnapshotSize {
  return takeSnapshot({
    windows: openWindows(),
    seals: false,
    snapshot: 7,
    ...taken,
    files,
    path: PATH,
    clock: () => taken.moment.monotonicUs,
    held: () => undefined,
  });
}

export interface NextTable {
  readonly maxKeys: number;
  readonly shards: number;
  readonly engine: Engine['kind'];
}

export interface Restart {
  readonly table: TableMemory;
  readonly windows: OpenWindows;
  readonly reading: Reading;
}

/** Reads the snapshot into a new table, as a start does. */
export function restart(files: MemoryFiles, next: NextTable, now: Moment): Restart {
  const { maxKeys, shards, engine } = next;
  const hashKey = hashKeyOf(files, PATH);
  const table = reserveTable(maxKeys, { shards, engine, hashKey });
  const windows = openWindows();
  const reading = readSnapshot({ files, path: PATH, table, windows, now });
  return { table, windows, reading };
}

/** The buckets of all keys, by their namespace and bytes as words. */
export function bucketsOf(table: TableMemory): ReadonlyMap<string, Bucket> {
  const walk = new TableWalk({ table, clock: () => 0, seals: false });
  const buckets = new Map<string, Bucket>();
  const key = new Key();
  while (walk.next()) {
    for (let n = 0; n < walk.page.count; n++) {
      const bucket = fullBucket();
      walk.page.bucket(n, bucket);
      walk.page.key(n, key);
      const name = nameOf(key);
      if (buckets.has(name)) throw new Error(`a walk has seen ${name} twice`);
      buckets.set(name, bucket);
    }
  }
  return buckets;
}

export function nameOf({ words, wordCount, length }: Key): string {
  return `${length}:${words.subarray(0, wordCount).join()}`;
}

/** What each key goes by: its own bucket, or the one that it would begin with. */
export function bucketsFor(table: TableMemory): (text: string) => Bucket {
  const own = bucketsOf(table);
  const view = viewTable(table);
  const records = new BucketRecords(view.arena);
  return (text) => {
    const key = new Key();
    key.set(text);
    const bucket = own.get(nameOf(key));
    if (bucket !== undefined) return bucket;
    const hash = hashOf(table.hashKey, key);
    const shared = fullBucket();
    records.load(1 + (hash & (table.shardCount - 1)), shared);
    return shared;
  };
}

/** How many tokens the bucket lacks at a time, exactly. */
export function lackOf(bucket: Bucket, nowUs: number): Fraction {
  if (isWindow(bucket)) return fraction(BigInt(endOf(bucket) <= nowUs ? 0 : bucket.used));
  const { used, atUs, count, period, tickUs } = bucket;
  const parts = BigInt(used) * BigInt(tickUs) - BigInt(nowUs - atUs) * BigInt(count);
  return parts <= 0n ? fraction(0n) : fraction(parts, BigInt(tickUs) * BigInt(period));
}

/** At which of these times the bucket has more than the other; null where it never has. */
export function richerAt(
  one: { readonly bucket: Bucket; readonly nowUs: number },
  other: { readonly bucket: Bucket; readonly nowUs: number },
): number | null {
  for (const laterUs of [0, 1, 999, 40_000, 1e6, 7e6, 3.6e9, 8e10, 1e12, 4e13]) {
    const lacks = lackOf(one.bucket, one.nowUs + laterUs);
    if (!atMost(lackOf(other.bucket, other.nowUs + laterUs), lacks)) return laterUs;
  }
  return null;
}
