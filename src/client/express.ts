/**
 * Rate limiting as a middleware of Express, or of anything else that calls `(req, res, next)`.
 *
 * Requests and responses are described by what is used of them: who does without Express needs
 * neither it nor its types.
 */
import type { Decision, Limit, Question } from './question.ts';
import { policyField, rateLimitField, wholeSeconds } from './rate-limit-fields.ts';

interface Limiter {
  limit(question: Question): Promise<Decision>;
}

/** What a key is usually made of. */
interface RequestLike {
  readonly ip?: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

interface ResponseLike {
  statusCode: number;
  readonly headersSent: boolean;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

type Next = (error?: unknown) => void;

export interface RateLimitOptions<Req> {
  readonly client: Limiter;
  /** Whose bucket a request takes from. */
  readonly key: (req: Req) => string;
  readonly limit: Limit | ((req: Req) => Limit);
  /** Tokens a request takes: 1 unless it is given. */
  readonly cost?: number | ((req: Req) => number);
  /** Whether a request goes without a limit; none does unless it is given. */
  readonly skip?: (req: Req) => boolean;
}

/**
 * Lets a request through, or answers 429; 503 where the service is away and the client's `onError`
 * denies. What the client throws goes to the error handler.
 */
export function rateLimit<Req = RequestLike>(
  options: RateLimitOptions<Req>,
): (req: Req, res: ResponseLike, next: Next) => Promise<void> {
  const { client, key, limit: asked, cost = 1, skip = () => false } = options;
  const limitOf = typeof asked === 'function' ? asked : () => asked;
  const costOf = typeof cost === 'function' ? cost : () => cost;

  const decide = async (req: Req, res: ResponseLike): Promise<Decision> => {
    const limit = limitOf(req);
    const decision = await client.limit({ ...limit, key: key(req), cost: costOf(req) });
    if (!res.headersSent) setFields(res, limit, decision);
    return decision;
  };

  return async (req, res, next) => {
    let decision: Decision | null;
    try {
      decision = skip(req) ? null : await decide(req, res);
    } catch (error) {
      next(error);
      return;
    }
    if (decision === null || decision.allowed) next();
    else if (!res.headersSent) deny(res, decision);
  };
}

function setFields(res: ResponseLike, limit: Limit, decision: Decision): void {
  res.setHeader('RateLimit-Policy', policyField(limit));
  if (decision.error === undefined) res.setHeader('RateLimit', rateLimitField(limit, decision));
  if (decision.allowed) return;
  res.setHeader('Retry-After', String(wholeSeconds(decision.retryAfterMs)));
}

/** Problem details, RFC 9457. */
function deny(res: ResponseLike, { limit, retryAfterMs, error }: Decision): void {
  const after = `try again in ${wholeSeconds(retryAfterMs)} s`;
  const [status, title, detail] =
    error === undefined
      ? [429, 'Too Many Requests', `too little of the limit of ${limit} is left; ${after}`]
      : [503, 'Service Unavailable', `the limit cannot be looked up; ${after}`];
  res.statusCode = status;
  res.setHeader('Content-Type', 'application/problem+json');
  res.end(JSON.stringify({ type: 'about:blank', title, status, detail }));
}
