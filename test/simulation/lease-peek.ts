/** Looks into the leases of an instance, and changes nothing. */

import { fullBucket } from '../../src/bucket/token-bucket.ts';
import { type Lease, noLease } from '../../src/lease/terms/lease-state.ts';
import { assert } from '../../src/lib/assert.ts';
import { NONE } from '../../src/memory/layout.ts';
import type { Cells } from '../../src/metrics/cells.ts';
import { HashedKeys } from '../../src/table/hashed-keys.ts';
import { LeaseRecords } from '../../src/table/lease-records.ts';
import { Lookup } from '../../src/table/lookup.ts';
import { type TableMemory, viewTable } from '../../src/table/table-memory.ts';

export class LeasePeek {
  readonly #records: LeaseRecords;
  readonly #lookup: Lookup;
  readonly #record = { lease: noLease(), bucket: fullBucket() };

  constructor(memory: TableMemory, cells: Cells) {
    const view = viewTable(memory);
    assert(view.records instanceof LeaseRecords, 'an instance of a simulation holds leases');
    this.#records = view.records;
    this.#lookup = new Lookup(view, new HashedKeys(memory.hashKey), cells);
  }

  /** Tokens that could be spent at that time. */
  leftOf(key: string, nowUs: number): number {
    const { deadlineUs, left } = this.leaseOf(key);
    return nowUs < deadlineUs ? left : 0;
  }

  /** To be read before the next call. */
  leaseOf(text: string): Readonly<Lease> {
    const key = this.#lookup.key(text);
    const slot = this.#lookup.find(this.#lookup.shardOf(key), key);
    if (slot === NONE) Object.assign(this.#record.lease, noLease());
    else this.#records.load(slot, this.#record);
    return this.#record.lease;
  }
}
