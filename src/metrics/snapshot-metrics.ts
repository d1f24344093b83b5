/** What is kept of the table while the service does not run. Used by the exposition. */
import { monotonicUs } from '../lib/clock.ts';
import {
  CROWDED_OUT_KEYS,
  RESTORED_KEYS,
  SNAPSHOT_BYTES,
  SNAPSHOT_DURATION_S,
  SNAPSHOT_HOLD,
  SNAPSHOT_KEYS,
  SNAPSHOT_TAKEN_US,
  SNAPSHOTS_FAILED,
  SNAPSHOTS_WRITTEN,
} from './cells.ts';
import type { MetricRegistry } from './metric-registry.ts';

export function addSnapshotMetrics(metrics: MetricRegistry): void {
  metrics.value(
    'argus_snapshot_age_seconds',
    'How much of the past a crash would forget: since the last snapshot, or the start.',
    () => (monotonicUs() - metrics.sum(SNAPSHOT_TAKEN_US)) / 1_000_000,
  );
  metrics.counter('argus_snapshots_total', 'Snapshots.', ['outcome'], (counter) => {
    counter.inc({ outcome: 'written' }, metrics.sum(SNAPSHOTS_WRITTEN));
    counter.inc({ outcome: 'failed' }, metrics.sum(SNAPSHOTS_FAILED));
  });
  const values = [
    ['snapshot_keys', 'Keys in the last snapshot.', SNAPSHOT_KEYS],
    ['snapshot_bytes', 'Bytes of the last snapshot.', SNAPSHOT_BYTES],
    ['snapshot_duration_seconds', 'How long the last snapshot took.', SNAPSHOT_DURATION_S],
    ['snapshot_restored_keys', 'Keys that the start has read from a snapshot.', RESTORED_KEYS],
    ['snapshot_crowded_out_keys', 'Keys of that snapshot that had no room.', CROWDED_OUT_KEYS],
  ] as const;
  for (const [name, help, cell] of values) {
    metrics.value(`argus_${name}`, help, () => metrics.sum(cell));
  }
  metrics.histogram(
    'argus_snapshot_hold_seconds',
    'For how long a shard was locked to be copied.',
    SNAPSHOT_HOLD,
  );
}
