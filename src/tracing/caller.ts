/** What a caller shows of the trace that its question is a part of (W3C Trace Context). */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate: string | undefined;
}

/**
 * Whose question is asked at this moment. A transport that is shown such fields says so before it
 * asks, and takes it back once the limiter has returned, whatever that returned.
 *
 * One a thread, and only where spans are exported.
 */
export class Caller {
  /** Null for nobody who showed any. */
  context: TraceContext | null = null;

  /** What `ask` returns, asked for this context. */
  during<T>(context: TraceContext | null, ask: () => T): T {
    this.context = context;
    const answer = ask();
    this.context = null;
    return answer;
  }
}
