/** The parts of a table whose shards are trees, as one thread sees them. */
import type { Arena } from '../../memory/arena.ts';
import type { RebuildRequests } from '../rebuild-requests.ts';
import type { Forgettable } from '../records.ts';
import type { TreeShard } from './tree-shard.ts';

export interface TreeView<R extends Forgettable = Forgettable> {
  readonly engine: 'tree';
  readonly arena: Arena;
  readonly shards: readonly TreeShard[];
  readonly requests: RebuildRequests;
  readonly records: R;
}
