/** What connections of gRPC come to. Used by the exposition where gRPC is served. */
import {
  CALL_BOUNDS,
  CALLS_OVER_BOUND,
  GOAWAY_REASONS,
  GOAWAYS,
  RESETS_BY_CLIENT,
  RESETS_BY_US,
  STREAMS,
} from './cells.ts';
import type { MetricRegistry } from './metric-registry.ts';

export function addGrpcMetrics(metrics: MetricRegistry): void {
  metrics.value('argus_grpc_streams', 'Calls that are open.', () => metrics.sum(STREAMS));
  metrics.counter('argus_grpc_resets_total', 'Calls ended by a reset.', ['by'], (counter) => {
    counter.inc({ by: 'client' }, metrics.sum(RESETS_BY_CLIENT));
    counter.inc({ by: 'server' }, metrics.sum(RESETS_BY_US));
  });
  metrics.counter(
    'argus_grpc_goaways_total',
    'Connections that were told to go, or closed.',
    ['reason'],
    (counter) =>
      GOAWAY_REASONS.forEach((reason, i) => void counter.inc({ reason }, metrics.sum(GOAWAYS + i))),
  );
  metrics.counter(
    'argus_grpc_calls_over_bound_total',
    'Calls over a bound, answered without being read.',
    ['bound'],
    (counter) =>
      CALL_BOUNDS.forEach(
        (bound, i) => void counter.inc({ bound }, metrics.sum(CALLS_OVER_BOUND + i)),
      ),
  );
}
