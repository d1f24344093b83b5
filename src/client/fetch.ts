/**
 * Rate limiting around whatever answers a standard `Request` with a standard `Response`: Hono,
 * Next, Deno, Bun, workers at the edge. Nothing of Node is used here, but by the client it gets.
 */
import { type GateOptions, gateOf, PROBLEM_TYPE, type Problem } from './gate.ts';

/** As the types of whoever uses it have it: those of the web or of Node, if any. */
type Global<Name extends string> =
  typeof globalThis extends Record<Name, { prototype: infer One }> ? One : unknown;

type StandardRequest = Global<'Request'>;
type StandardResponse = Global<'Response'>;

/** Answers a request: by `next`, or with the denial. */
export type FetchLimit<Req> = (
  request: Req,
  next: () => StandardResponse | Promise<StandardResponse>,
) => Promise<StandardResponse>;

/**
 * What `next` answers, with the RateLimit fields; or a 429, without Retry-After where no wait
 * helps, and a 503 where the service is away and the client's `onError` denies. What the client
 * throws is thrown, and so is a cost that is no whole number from 0: never through, whatever
 * `onError` says.
 */
export function rateLimitFetch<Req = StandardRequest>(options: GateOptions<Req>): FetchLimit<Req> {
  const gate = gateOf(options);
  return async (request, next) => {
    const { fields, problem } = await gate(request);
    if (problem !== null) return withFields(denialOf(problem), fields);
    const response = (await next()) as Response;
    // An upgrade, or none at all: it can neither be changed nor copied.
    return response.status < 200 ? response : withFields(response, fields);
  };
}

function denialOf(problem: Problem): Response {
  const headers = { 'Content-Type': PROBLEM_TYPE };
  return new Response(JSON.stringify(problem), { status: problem.status, headers });
}

/** The same response, or a copy where its header fields cannot be set, as of one that came. */
function withFields(
  response: Response,
  fields: readonly (readonly [name: string, value: string])[],
): Response {
  try {
    for (const [name, value] of fields) response.headers.set(name, value);
    return response;
  } catch {
    const copy = new Response(response.body, response);
    for (const [name, value] of fields) copy.headers.set(name, value);
    return copy;
  }
}
