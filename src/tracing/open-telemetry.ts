/**
 * Spans by OpenTelemetry, exported over OTLP/HTTP as JSON. Loaded only where they are to be
 * exported: nobody else pays for these packages, nor needs them.
 *
 * What else OTEL_* variables say of the exporter and of the resource, the packages read themselves.
 */
import {
  type DiagLogger,
  DiagLogLevel,
  diag,
  ROOT_CONTEXT,
  SpanKind,
  type TextMapGetter,
  type Tracer,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Caller, TraceContext } from './caller.ts';
import type { AskedSpan, DecidedSpan, DecisionSpans } from './decision-spans.ts';

export interface OpenTelemetryParts {
  /** As OTEL_EXPORTER_OTLP_ENDPOINT has it: the spans go to `/v1/traces` there. */
  readonly endpoint: string;
  readonly version: string;
  readonly caller: Caller;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
}

const NAME = 'argus';
const EXPORT_EVERY_MS = 1_000;
/** How long an end waits for the last spans to be taken. */
const CLOSE_WITHIN_MS = 1_000;
/** No two lines of the log are closer to each other: a collector may be away for long. */
const LOG_EVERY_US = 60_000_000;

const GETTER: TextMapGetter<TraceContext> = {
  keys: () => ['traceparent', 'tracestate'],
  get: (shown, name) => shown[name as keyof TraceContext],
};

export class OpenTelemetrySpans implements DecisionSpans {
  readonly #caller: Caller;
  readonly #provider: BasicTracerProvider;
  readonly #tracer: Tracer;
  readonly #propagator = new W3CTraceContextPropagator();

  constructor({ endpoint, version, caller, clock, log }: OpenTelemetryParts) {
    this.#caller = caller;
    diag.setLogger(diagnostics(log, clock), {
      logLevel: DiagLogLevel.ERROR,
      suppressOverrideMessage: true,
    });
    const exporter = new OTLPTraceExporter({ url: tracesAt(endpoint) });
    this.#provider = new BasicTracerProvider({
      resource: defaultResource()
        .merge(resourceFromAttributes({ 'service.name': NAME, 'service.version': version }))
        .merge(detectResources({ detectors: [envDetector] })),
      // Where more spans come than are taken, it leaves the last ones out.
      spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: EXPORT_EVERY_MS })],
    });
    this.#tracer = this.#provider.getTracer(NAME, version);
  }

  begin(asked: AskedSpan): (decided: DecidedSpan) => void {
    const { context } = this.#caller;
    const parent =
      context === null ? ROOT_CONTEXT : this.#propagator.extract(ROOT_CONTEXT, context, GETTER);
    const attributes = {
      'argus.questions': asked.questions,
      'argus.cost': asked.cost,
      'argus.strict': asked.isStrict,
    };
    const span = this.#tracer.startSpan(
      'argus.decide',
      { kind: SpanKind.SERVER, attributes },
      parent,
    );
    return ({ allowed, degraded, source }) => {
      span.setAttributes({ 'argus.allowed': allowed, 'argus.degraded': degraded });
      if (source !== undefined) span.setAttribute('argus.source', source);
      span.end();
    };
  }

  async close(): Promise<void> {
    const late = new Promise<void>((resolve) => {
      setTimeout(resolve, CLOSE_WITHIN_MS).unref();
    });
    await Promise.race([this.#provider.shutdown(), late]);
  }
}

/** Where an endpoint takes spans. */
export function tracesAt(endpoint: string): string {
  return `${endpoint.replace(/\/+$/, '')}/v1/traces`;
}

/** What the packages say of themselves, now and then, as a line of the log. */
export function diagnostics(log: Pick<Log, 'warn'>, clock: Clock): DiagLogger {
  let nextUs = Number.NEGATIVE_INFINITY;
  const say = (words: string) => {
    const nowUs = clock();
    if (nowUs < nextUs) return;
    nextUs = nowUs + LOG_EVERY_US;
    log.warn(`Spans are not exported: ${words}`);
  };
  const nothing = () => undefined;
  return { error: say, warn: nothing, info: nothing, debug: nothing, verbose: nothing };
}
