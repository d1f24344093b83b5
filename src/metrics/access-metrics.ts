/** What tokens come to, and whether their file is good. Used by the exposition. */
import {
  ACCESS_REFUSED,
  REFUSALS,
  TOKEN_PLACES,
  TOKENS,
  TOKENS_APPLIED,
  TOKENS_LOADED_S,
  TOKENS_REFUSED,
  TOKENS_VALID,
} from './cells.ts';
import type { MetricRegistry } from './metric-registry.ts';

export function addAccessMetrics(metrics: MetricRegistry): void {
  metrics.counter(
    'argus_access_refused_total',
    'Requests that needed a token, or more rights than theirs has.',
    ['protocol', 'reason'],
    (counter) =>
      TOKEN_PLACES.forEach((protocol, place) => {
        REFUSALS.forEach((reason, i) => {
          const cell = ACCESS_REFUSED + place * REFUSALS.length + i;
          counter.inc({ protocol, reason }, metrics.sum(cell));
        });
      }),
  );
  metrics.value('argus_tokens', 'Tokens in force.', () => metrics.sum(TOKENS));
  metrics.value('argus_tokens_valid', 'Whether the file of tokens is good, 0 or 1.', () =>
    metrics.sum(TOKENS_VALID),
  );
  metrics.value(
    'argus_tokens_loaded_timestamp_seconds',
    'When the tokens in force were read, Unix time.',
    () => metrics.sum(TOKENS_LOADED_S),
  );
  metrics.counter(
    'argus_tokens_reloads_total',
    'Times the file of tokens was read again.',
    ['outcome'],
    (counter) => {
      counter.inc({ outcome: 'applied' }, metrics.sum(TOKENS_APPLIED));
      counter.inc({ outcome: 'refused' }, metrics.sum(TOKENS_REFUSED));
    },
  );
}
