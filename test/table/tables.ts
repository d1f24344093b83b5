/** A table with a clock that tests set, one thread, and all that watches it. */
import type { Decision } from '../../src/bucket/decision.ts';
import type { Limit } from '../../src/bucket/limit.ts';
import { assert } from '../../src/lib/assert.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { Cells, sumCells } from '../../src/metrics/cells.ts';
import type { BucketRecords } from '../../src/table/bucket-records.ts';
import { Sweep } from '../../src/table/hash-engine/sweep.ts';
import { Rebalancer } from '../../src/table/rebalancer.ts';
import type { Shard } from '../../src/table/shard.ts';
import { Table } from '../../src/table/table.ts';
import {
  type Engine,
  reserveTable,
  type TableMemory,
  type TableView,
  viewTable,
} from '../../src/table/table-memory.ts';
import { Rebuild } from '../../src/table/tree-engine/rebuild.ts';
import type { TreeShard } from '../../src/table/tree-engine/tree-shard.ts';
import type { TreeView } from '../../src/table/tree-engine/tree-view.ts';
import { acceptedLimit } from '../bucket/histories.ts';
import { compareBytes, textIn, textInRecord } from '../memory/slots.ts';
import { checkShard, checkTable, type TableReport } from './table-check.ts';

export const SECOND = 1_000_000;

/** `capacity` tokens in so many seconds. */
export function limitOf(capacity: number, seconds: number): Limit {
  return acceptedLimit({ capacity, intervalUs: seconds * SECOND });
}

/** Never full again while a test runs. */
export const DAILY: Limit = limitOf(1, 86_400);
/** Full again after a second. */
export const BRIEF: Limit = limitOf(1, 1);

export class TestTable {
  nowUs = 100 * SECOND;
  readonly memory: TableMemory;
  readonly view: TableView;
  readonly table: Table;
  readonly rebalancer: Rebalancer;
  protected readonly clock: Clock = () => this.nowUs;
  protected readonly cells: SharedArrayBuffer = Cells.reserve(2);

  /** One shard, unless told otherwise, so that a test knows where its keys are. */
  constructor(maxKeys: number, shards = 1, engine: Engine['kind'] = 'tree') {
    this.memory = reserveTable(maxKeys, { shards, engine });
    this.view = viewTable(this.memory);
    this.table = new Table(this.memory, new Cells(this.cells, 0));
    this.rebalancer = new Rebalancer(this.memory, this.clock, new Cells(this.cells, 1));
  }

  get shard(): Shard {
    return this.view.shards[0] as Shard;
  }

  take(key: string, limit: Limit, cost = 1): Decision {
    return this.table.take(key, limit, cost, this.nowUs);
  }

  /** Takes from each key once. */
  takeAll(keys: readonly string[], limit: Limit): void {
    for (const key of keys) this.take(key, limit);
  }

  pass(seconds: number): void {
    this.nowUs += Math.round(seconds * SECOND);
  }

  /** Evicts what can be, as upkeep does when a shard's turn has come. */
  evict(): void {
    const { view } = this;
    const cells = new Cells(this.cells, 1);
    if (view.engine === 'tree') {
      const rebuild = new Rebuild(view, this.clock, cells);
      for (const shard of view.shards) rebuild.run(shard);
    } else {
      const sweep = new Sweep(view, this.clock, cells);
      for (const shard of view.shards) sweep.run(shard);
    }
  }

  counted(cell: number): number {
    return sumCells(this.cells)[cell] as number;
  }

  /** The keys of the first shard, in the order of their bytes, after a check of it. */
  keys(): string[] {
    const slots = checkShard(this.view, this.shard, this.memory.hashKey);
    const text = this.view.engine === 'tree' ? textIn : textInRecord;
    return slots.map((slot) => text(this.view.arena, slot)).sort(compareBytes);
  }

  /** REQUIRES: no shadow is being built. */
  check(): TableReport {
    return checkTable(this.memory);
  }
}

/** One whose shards are trees, with all that only they have. */
export class TreeTable extends TestTable {
  override readonly view: TreeView<BucketRecords>;
  readonly rebuild: Rebuild;

  constructor(maxKeys: number, shards = 1) {
    super(maxKeys, shards, 'tree');
    const view = viewTable(this.memory);
    assert(view.engine === 'tree', 'the table was reserved for trees');
    this.view = view as TreeView<BucketRecords>;
    this.rebuild = new Rebuild(this.view, this.clock, new Cells(this.cells, 1));
  }

  override get shard(): TreeShard {
    return this.view.shards[0] as TreeShard;
  }
}
