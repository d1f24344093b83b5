/** What is counted where instances share their limits. Used by the exposition. */
import { SOURCES } from '../contract/sources.ts';
import {
  BREAKER_STATE,
  DECISIONS_BY_SOURCE,
  EXCHANGE_DURATION,
  EXCHANGES_LOST,
  FALLBACK_ALLOWED,
  FALLBACK_DENIED,
  FORFEITED,
  INSTANCES,
  LEASES,
  NEWER_HASHES,
  REGRESSIONS,
  STORE_USABLE,
} from './cells.ts';
import type { MetricRegistry } from './metric-registry.ts';

export function addSharingMetrics(metrics: MetricRegistry): void {
  metrics.counter(
    'argus_decisions_by_source_total',
    'Where decisions came from.',
    ['source'],
    (c) =>
      SOURCES.forEach((source, i) => {
        c.inc({ source }, metrics.sum(DECISIONS_BY_SOURCE + i));
      }),
  );
  metrics.counter(
    'argus_fallback_decisions_total',
    'Decisions made without the store.',
    ['outcome'],
    (counter) => {
      counter.inc({ outcome: 'allowed' }, metrics.sum(FALLBACK_ALLOWED));
      counter.inc({ outcome: 'denied' }, metrics.sum(FALLBACK_DENIED));
    },
  );
  metrics.counter('argus_exchanges_total', 'Exchanges with the store.', ['outcome'], (counter) => {
    counter.inc({ outcome: 'answered' }, metrics.count(EXCHANGE_DURATION));
    counter.inc({ outcome: 'lost' }, metrics.sum(EXCHANGES_LOST));
  });
  metrics.histogram(
    'argus_exchange_duration_seconds',
    'From an exchange handed to the connection to its answer.',
    EXCHANGE_DURATION,
  );
  const totals = [
    [
      'forfeited_tokens',
      'Tokens that were leased or refunded, and that nobody could spend any more.',
      FORFEITED,
    ],
    ['version_regressions', 'Times the store had forgotten what it had said.', REGRESSIONS],
    ['newer_hashes', 'Exchanges refused because a newer version wrote the key.', NEWER_HASHES],
  ] as const;
  for (const [name, help, cell] of totals) metrics.total(`argus_${name}_total`, help, cell);
  const sharing = [
    ['argus_leases', 'Keys that this instance has a lease of.', LEASES],
    ['argus_store_breaker_state', '0 closed, 1 half-open, 2 open.', BREAKER_STATE],
    [
      'argus_store_usable_ratio',
      'Part of all keys for which the store does what is needed, 0 to 1.',
      STORE_USABLE,
    ],
    ['argus_instances', 'Instances that share the store, as last counted.', INSTANCES],
  ] as const;
  for (const [name, help, cell] of sharing) metrics.value(name, help, () => metrics.sum(cell));
}
