/** A table with a clock that tests set, one thread, and all that watches it. */
import type { Decision } from '../../src/bucket/decision.ts';
import type { Limit } from '../../src/bucket/limit.ts';
import { Cells, sumCells } from '../../src/metrics/cells.ts';
import { checkShard, checkTable, type TableReport } from '../../src/table/check.ts';
import { Rebalancer } from '../../src/table/rebalancer.ts';
import { Table } from '../../src/table/table.ts';
import {
  reserveTable,
  type TableMemory,
  type TableView,
  viewTable,
} from '../../src/table/table-memory.ts';
import { Rebuild } from '../../src/table/tree-engine/rebuild.ts';
import type { TreeShard } from '../../src/table/tree-engine/tree-shard.ts';
import { acceptedLimit } from './histories.ts';
import { textIn } from './slots.ts';

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
  readonly rebuild: Rebuild;
  readonly rebalancer: Rebalancer;
  readonly #cells: SharedArrayBuffer = Cells.reserve(2);

  /** One shard, unless told otherwise, so that a test knows where its keys are. */
  constructor(maxKeys: number, shards = 1) {
    const clock = () => this.nowUs;
    this.memory = reserveTable(maxKeys, 'buckets', shards);
    this.view = viewTable(this.memory);
    this.table = new Table(this.memory, new Cells(this.#cells, 0));
    this.rebuild = new Rebuild(this.view, clock, new Cells(this.#cells, 1));
    this.rebalancer = new Rebalancer(this.memory, clock, new Cells(this.#cells, 1));
  }

  get shard(): TreeShard {
    return this.view.shards[0] as TreeShard;
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

  counted(cell: number): number {
    return sumCells(this.#cells)[cell] as number;
  }

  /** The keys of the first shard, in order, after a check of it. Also while a shadow is built. */
  keys(): string[] {
    const slots = checkShard(this.view, this.shard, this.memory.hashKey);
    return slots.map((slot) => textIn(this.view.arena, slot));
  }

  /** REQUIRES: no shadow is being built. */
  check(): TableReport {
    return checkTable(this.memory);
  }
}
