/** The shared memory of one table, as it travels to the threads, and each thread's view of it. */
import { randomBytes } from 'node:crypto';
import { assert } from '../lib/assert.ts';
import { Arena } from '../memory/arena.ts';
import { MOST_SLOTS } from '../memory/layout.ts';
import { BucketRecords } from './bucket-records.ts';
import { type HashLayout, hashLayout } from './hash-engine/hash-layout.ts';
import { HashRows } from './hash-engine/hash-rows.ts';
import type { HashView } from './hash-engine/hash-view.ts';
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

export const ENGINES = ['tree', 'hash'] as const;

/**
 * What leads from a key to its slot: search trees in the slots themselves, or rows of a hash table.
 */
export type Engine =
  | { readonly kind: 'tree' }
  | { readonly kind: 'hash'; readonly layout: HashLayout; readonly memory: SharedArrayBuffer };

/** Goes through workerData as it is. */
export interface TableMemory {
  readonly maxKeys: number;
  readonly shardCount: number;
  readonly hashKey: HashKey;
  readonly arena: SharedArrayBuffer;
  readonly shards: SharedArrayBuffer;
  readonly requests: SharedArrayBuffer;
  readonly holds: Holds;
  readonly engine: Engine;
}

export type TableView =
  | TreeView<BucketRecords | LeaseRecords>
  | HashView<BucketRecords | LeaseRecords>;

export interface TableOptions {
  readonly holds?: Holds['kind'];
  readonly engine?: Engine['kind'];
  /** A power of two. */
  readonly shards?: number;
  /** One that was used before; left out, or null, one is made. */
  readonly hashKey?: HashKey | null;
}

/** Memory for a table of `maxKeys` keys. */
export function reserveTable(
  maxKeys: number,
  { holds = 'buckets', engine = 'tree', shards = shardsFor(maxKeys), hashKey }: TableOptions = {},
): TableMemory {
  assert(maxKeys >= 1 && maxKeys <= MOST_KEYS, 'a table has 1 to MOST_KEYS keys');
  assert((shards & (shards - 1)) === 0, 'the number of shards is a power of two');
  const slots = maxKeys + shards;
  assert(slots <= MOST_SLOTS, 'every slot can be indexed');
  const arena = Arena.reserve(slots);
  const view = new Arena(arena);
  for (let i = 0; i < shards; i++) {
    assert(view.allocate() === i + 1, 'the first slots are the overflow buckets');
  }
  return {
    maxKeys,
    shardCount: shards,
    hashKey: hashKey ?? newHashKey(),
    arena,
    shards: Shard.reserve(shards),
    requests: RebuildRequests.reserve(shards),
    holds:
      holds === 'buckets' ? { kind: holds } : { kind: holds, memory: LeaseRecords.reserve(slots) },
    engine: engine === 'tree' ? { kind: engine } : reserveRows(maxKeys, slots, shards),
  };
}

function reserveRows(maxKeys: number, slots: number, shards: number): Engine {
  const layout = hashLayout(maxKeys, slots, shards);
  return { kind: 'hash', layout, memory: HashRows.reserve(layout, shards) };
}

export function viewTable(memory: TableMemory): TableView {
  const arena = new Arena(memory.arena);
  const words = new Int32Array(memory.shards);
  const shardMemory = { words, doubles: new Float64Array(memory.shards) };
  const shardsOf = <S>(make: (index: number) => S) =>
    Array.from({ length: memory.shardCount }, (_, index) => make(index));
  const { engine, holds } = memory;
  const records =
    holds.kind === 'buckets' ? new BucketRecords(arena) : new LeaseRecords(holds.memory, arena);
  const parts = { arena, requests: new RebuildRequests(memory.requests), records };
  if (engine.kind === 'tree') {
    const shards = shardsOf((index) => new TreeShard(shardMemory, index, arena));
    return { ...parts, engine: 'tree', shards };
  }
  const shards = shardsOf((index) => new Shard(shardMemory, index));
  return { ...parts, engine: 'hash', shards, rows: new HashRows(engine.memory, engine.layout) };
}

/** How many keys a table holds: it is never counted out. */
export function keysIn({ arena, shardCount }: TableMemory): number {
  return new Arena(arena).used - shardCount;
}

function newHashKey(): HashKey {
  const random = randomBytes(8);
  return { k0: random.readInt32LE(0), k1: random.readInt32LE(4) };
}

function shardsFor(maxKeys: number): number {
  return Math.max(LEAST_SHARDS, 2 ** Math.ceil(Math.log2(maxKeys / KEYS_A_SHARD)));
}
