/** What the port of operators counts. Used by the exposition. */
import {
  ACTS_OF_OPERATORS,
  ADMIN_ACTS,
  ADMIN_REQUESTS,
  KEYS_HOLD,
  STATUS_CLASSES,
} from './cells.ts';
import type { MetricRegistry } from './metric-registry.ts';

export function addAdminMetrics(metrics: MetricRegistry): void {
  const help = 'Requests of operators, by how they were answered.';
  metrics.counter('argus_admin_requests_total', help, ['status'], (counter) =>
    STATUS_CLASSES.forEach((status, i) => {
      counter.inc({ status }, metrics.sum(ADMIN_REQUESTS + i));
    }),
  );
  const acts = 'Buckets that operators have changed, by what they did.';
  metrics.counter('argus_admin_acts_total', acts, ['act'], (counter) =>
    ACTS_OF_OPERATORS.forEach((act, i) => {
      counter.inc({ act }, metrics.sum(ADMIN_ACTS + i));
    }),
  );
  metrics.histogram(
    'argus_admin_hold_seconds',
    'For how long a shard was locked to look at its keys for operators.',
    KEYS_HOLD,
  );
}
