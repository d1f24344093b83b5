/** The shared memory of one table, as it travels to the threads, and each thread's view of it. */
import { randomBytes } from 'node:crypto';
import { assert } from '../lib/assert.ts';
import { Arena } from '../memory/arena.ts';
import { MOST_SLOTS } from '../memory/layout.ts';
import { BucketRecords } from './bucket-records.ts';
import type { HashKey } from './keyed-hash.ts';
import { LeaseRecords } from './lease-records.ts';
import { RebuildRequests } from './rebuild-requests.ts';
import { Shard } from './shard.ts';
import { TreeShard } from './tree-engine/tree-shard.ts';
import type { TreeView } from './tree-engine/tree-view.ts';

/** Locks are held for less than with thousands, and a search is a few cache misses shorter. */
const KEYS_A_SHARD = 256;
const LEAST_SHARDS = 16;

export const MOST_KEYS = 60_000_000;

/** What slots hold: buckets, or leases of buckets that are elsewhere. */
export type Holds =
  | { readonly kind: 'buckets' }
  | { readonly kind: 'leases'; readonly memory: SharedArrayBuffer };

/** Goes through workerData as it is. */
export interface TableMemory {
  readonly maxKeys: number;
  readonly shardCount: number;
  readonly hashKey: HashKey;
  readonly arena: SharedArrayBuffer;
  readonly shards: SharedArrayBuffer;
  readonly requests: SharedArrayBuffer;
  readonly holds: Holds;
}

export type TableView = TreeView<BucketRecords | LeaseRecords>;

/**
 * Memory for a table of `maxKeys` keys, for their buckets or for leases, spread over `shardCount`
 * shards, a power of two.
 */
export function reserveTable(
  maxKeys: number,
  kind: Holds['kind'] = 'buckets',
  shardCount: number = shardsFor(maxKeys),
): TableMemory {
  assert(maxKeys >= 1 && maxKeys <= MOST_KEYS, 'a table has 1 to MOST_KEYS keys');
  assert((shardCount & (shardCount - 1)) === 0, 'the number of shards is a power of two');
  assert(maxKeys + shardCount <= MOST_SLOTS, 'every slot can be indexed');
  const arena = Arena.reserve(maxKeys + shardCount);
  const view = new Arena(arena);
  for (let i = 0; i < shardCount; i++) {
    assert(view.allocate() === i + 1, 'the first slots are the overflow buckets');
  }
  const random = randomBytes(8);
  return {
    maxKeys,
    shardCount,
    hashKey: { k0: random.readInt32LE(0), k1: random.readInt32LE(4) },
    arena,
    shards: Shard.reserve(shardCount),
    requests: RebuildRequests.reserve(shardCount),
    holds:
      kind === 'buckets' ? { kind } : { kind, memory: LeaseRecords.reserve(maxKeys + shardCount) },
  };
}

/** The bytes that all of it takes, once every part has been touched. */
export function bytesOf({ arena, shards, requests, holds }: TableMemory): number {
  const parts = holds.kind === 'buckets' ? [] : [holds.memory];
  return [arena, shards, requests, ...parts].reduce((sum, part) => sum + part.byteLength, 0);
}

export function viewTable(memory: TableMemory): TableView {
  const arena = new Arena(memory.arena);
  const shardMemory = {
    words: new Int32Array(memory.shards),
    doubles: new Float64Array(memory.shards),
  };
  const shards = Array.from(
    { length: memory.shardCount },
    (_, i) => new TreeShard(shardMemory, i, arena),
  );
  const { holds } = memory;
  const records =
    holds.kind === 'buckets' ? new BucketRecords(arena) : new LeaseRecords(holds.memory, arena);
  const requests = new RebuildRequests(memory.requests);
  return { engine: 'tree', arena, shards, requests, records };
}

function shardsFor(maxKeys: number): number {
  return Math.max(LEAST_SHARDS, 2 ** Math.ceil(Math.log2(maxKeys / KEYS_A_SHARD)));
}
