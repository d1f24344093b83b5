/** The parts of a table that is a hash table, as one thread sees them. */
import type { Arena } from '../../memory/arena.ts';
import type { RebuildRequests } from '../rebuild-requests.ts';
import type { Forgettable } from '../records.ts';
import type { Shard } from '../shard.ts';
import type { HashRows } from './hash-rows.ts';

export interface HashView<R extends Forgettable = Forgettable> {
  readonly engine: 'hash';
  readonly arena: Arena;
  readonly shards: readonly Shard[];
  readonly requests: RebuildRequests;
  readonly records: R;
  readonly rows: HashRows;
}
