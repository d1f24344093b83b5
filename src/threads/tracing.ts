/** Has a decider export spans, where that is wanted. */
import { monotonicUs } from '../lib/clock.ts';
import { createLog } from '../lib/log.ts';
import { Caller } from '../tracing/caller.ts';
import type { DecisionSpans } from '../tracing/decision-spans.ts';
import type { DeciderData } from './thread-messages.ts';

export interface Tracing {
  readonly caller: Caller;
  readonly spans: DecisionSpans;
}

/** Null where nothing is exported: no endpoint, or no store that a decision could need. */
export async function openTracing({
  config,
  version,
  store,
}: DeciderData): Promise<Tracing | null> {
  const { otelExporterOtlpEndpoint: endpoint, logLevel } = config;
  if (endpoint === '' || store === null) return null;
  const { OpenTelemetrySpans } = await import('../tracing/open-telemetry.ts');
  const caller = new Caller();
  const log = createLog(logLevel);
  const parts = { endpoint, version, caller, clock: monotonicUs, log };
  return { caller, spans: new OpenTelemetrySpans(parts) };
}
