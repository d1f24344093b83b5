/** What deciders count: decisions, refusals, connections. Used by the exposition. */
import { BAD_REQUEST_REASONS } from '../contract/reasons.ts';
import {
  ALLOWED,
  AUTH_FAILURES,
  BAD_REQUESTS,
  CLIENT_BYTES,
  CLIENTS_CLOSED,
  CONNECTIONS,
  CONNECTIONS_REFUSED,
  DENIED,
  DURATION,
  TOKEN_PLACES,
  TRANSPORTS,
} from './cells.ts';
import type { MetricRegistry } from './metric-registry.ts';

export function addDecisionMetrics(metrics: MetricRegistry, version: string): void {
  metrics.counter('argus_decisions_total', 'Decisions made.', ['transport', 'outcome'], (counter) =>
    TRANSPORTS.forEach((transport, i) => {
      counter.inc({ transport, outcome: 'allowed' }, metrics.sum(ALLOWED + i));
      counter.inc({ transport, outcome: 'denied' }, metrics.sum(DENIED + i));
    }),
  );
  metrics.histogram(
    'argus_decision_duration_seconds',
    'From a whole request to its answer handed to the socket.',
    DURATION,
  );
  metrics.counter('argus_bad_requests_total', 'Requests refused.', ['reason'], (counter) =>
    BAD_REQUEST_REASONS.forEach((reason, i) => {
      counter.inc({ reason }, metrics.sum(BAD_REQUESTS + i));
    }),
  );
  const byProtocol = [
    ['argus_auth_failures_total', 'Wrong admin tokens.', AUTH_FAILURES, TOKEN_PLACES],
    ['argus_connections_refused_total', 'Connections sent away.', CONNECTIONS_REFUSED, TRANSPORTS],
  ] as const;
  for (const [name, help, cell, protocols] of byProtocol) {
    metrics.counter(name, help, ['protocol'], (counter) =>
      protocols.forEach((protocol, i) => void counter.inc({ protocol }, metrics.sum(cell + i))),
    );
  }
  metrics.gauge('argus_connections', 'Connections open.', ['protocol'], (gauge) =>
    TRANSPORTS.forEach((protocol, i) => void gauge.set({ protocol }, metrics.sum(CONNECTIONS + i))),
  );
  metrics.counter(
    'argus_clients_closed_total',
    'Clients closed for what they made a thread hold.',
    ['reason'],
    (counter) => counter.inc({ reason: 'memory' }, metrics.sum(CLIENTS_CLOSED)),
  );
  metrics.value('argus_client_bytes', 'What clients make all threads hold.', () =>
    metrics.sum(CLIENT_BYTES),
  );
  metrics.gauge('argus_build_info', 'What is running; always 1.', ['version', 'node'], (gauge) =>
    gauge.set({ version, node: process.version }, 1),
  );
}
