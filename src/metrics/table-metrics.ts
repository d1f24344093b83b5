/** What the table and its rebalancer count. Used by the exposition. */
import {
  EVICTIONS,
  LOCK_CONTENDED,
  SEARCH_DEPTH,
  SEARCH_DEPTH_IDEAL,
  SWAP_HOLD,
  SWAPS,
  TABLE_FULL,
} from './cells.ts';
import type { MetricRegistry } from './metric-registry.ts';

export interface TableSize {
  readonly maxKeys: number;
  /** Keys in the table now. */
  keys(): number;
}

export function addTableMetrics(metrics: MetricRegistry, table: TableSize): void {
  metrics.value('argus_keys', 'Keys that have a bucket of their own.', () => table.keys());
  metrics.value('argus_max_keys', 'Most keys that can have one.', () => table.maxKeys);
  metrics.total('argus_evictions_total', 'Full buckets forgotten.', EVICTIONS);
  metrics.total('argus_swaps_total', 'Shadow trees made live.', SWAPS);
  metrics.histogram(
    'argus_swap_hold_seconds',
    "For how long a swap held its shard's lock, or one step of a hash table's sweep did.",
    SWAP_HOLD,
  );
  metrics.value(
    'argus_search_depth',
    'Mean nodes, or words of a hash table, that a recent search passed.',
    () => metrics.sum(SEARCH_DEPTH),
  );
  metrics.value(
    'argus_search_depth_ideal',
    'What that would be if every tree were perfectly balanced, or a hash table filled by chance.',
    () => metrics.sum(SEARCH_DEPTH_IDEAL),
  );
  metrics.total(
    'argus_lock_contended_total',
    "Times a decision or a reset found its shard's lock held.",
    LOCK_CONTENDED,
  );
  metrics.total('argus_table_full_total', 'Times no slot was left for a key.', TABLE_FULL);
}
