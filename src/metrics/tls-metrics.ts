/** How long the certificate is good, and what becomes of handshakes. Used by the exposition. */
import {
  CERTIFICATE_ENDS_S,
  HANDSHAKE_FAULTS,
  HANDSHAKES_FAILED,
  TLS_FILES_VALID,
  TLS_RELOADS_APPLIED,
  TLS_RELOADS_REFUSED,
} from './cells.ts';
import type { MetricRegistry } from './metric-registry.ts';

export function addTlsMetrics(metrics: MetricRegistry): void {
  metrics.value(
    'argus_tls_certificate_not_after_timestamp_seconds',
    'When the certificate in use ends, or one of its chain that ends before.',
    () => metrics.sum(CERTIFICATE_ENDS_S),
  );
  metrics.value(
    'argus_tls_files_valid',
    'Whether the files of TLS, as they are now, are those in use.',
    () => metrics.sum(TLS_FILES_VALID),
  );
  const reloads = 'Changes of the files of TLS.';
  metrics.counter('argus_tls_reloads_total', reloads, ['outcome'], (counter) => {
    counter.inc({ outcome: 'applied' }, metrics.sum(TLS_RELOADS_APPLIED));
    counter.inc({ outcome: 'refused' }, metrics.sum(TLS_RELOADS_REFUSED));
  });
  metrics.counter(
    'argus_tls_handshakes_failed_total',
    'Connections over TLS that came to nothing.',
    ['reason'],
    (counter) =>
      HANDSHAKE_FAULTS.forEach((reason, i) => {
        counter.inc({ reason }, metrics.sum(HANDSHAKES_FAILED + i));
      }),
  );
}
