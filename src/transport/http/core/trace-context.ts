/** Finds the fields of W3C Trace Context in what was sent over HTTP. */
import type { IncomingMessage } from 'node:http';
import type { Caller, TraceContext } from '../../../tracing/caller.ts';

/** What `ask` returns, asked for whoever sent this request. `caller`: null where nobody cares. */
export function askFor<T>(caller: Caller | null, req: IncomingMessage, ask: () => T): T {
  return caller === null ? ask() : caller.during(contextOf(req), ask);
}

/** Of more than one traceparent none is meant: it is no list. */
function contextOf({ headers }: IncomingMessage): TraceContext | null {
  const { traceparent, tracestate } = headers;
  if (typeof traceparent !== 'string') return null;
  return { traceparent, tracestate: typeof tracestate === 'string' ? tracestate : undefined };
}

/** The same in a head that names no field twice. */
export function contextIn(head: string): TraceContext | null {
  const traceparent = /\r\ntraceparent: *([^\r]*)/i.exec(head)?.[1];
  if (traceparent === undefined) return null;
  return { traceparent, tracestate: /\r\ntracestate: *([^\r]*)/i.exec(head)?.[1] };
}
