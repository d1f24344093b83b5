/** Looks into the leases of an instance, and changes nothing. */
import { type Lease, noLease } from '../../src/bucket/lease.ts';
import { NONE } from '../../src/memory/layout.ts';
import type { Cells } from '../../src/metrics/cells.ts';
import { Lookup } from '../../src/table/lookup.ts';
import { type TableMemory, type TableView, viewTable } from '../../src/table/table-memory.ts';

export class LeasePeek {
  readonly #view: TableView;
  readonly #lookup: Lookup;
  readonly #lease = noLease();

  constructor(memory: TableMemory, cells: Cells) {
    this.#view = viewTable(memory);
    this.#lookup = new Lookup(this.#view, memory.hashKey, cells);
  }

  /** Tokens that could be spent at that time. */
  leftOf(key: string, nowUs: number): number {
    const { deadlineUs, left } = this.leaseOf(key);
    return nowUs < deadlineUs ? left : 0;
  }

  /** To be read before the next call. */
  leaseOf(key: string): Readonly<Lease> {
    const shard = this.#lookup.shardOf(key);
    const slot = this.#lookup.find(shard);
    if (slot === NONE) Object.assign(this.#lease, noLease());
    else this.#view.leases?.load(slot, this.#lease);
    return this.#lease;
  }
}
