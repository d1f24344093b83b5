/**
 * Rate limiting as a middleware of Express, or of anything else that calls `(req, res, next)`.
 *
 * Requests and responses are described by what is used of them: who does without Express needs
 * neither it nor its types.
 */
import {
  POLICY_FIELD,
  RATE_LIMIT_FIELD,
  RETRY_AFTER_FIELD,
  retryAfterSeconds,
} from '../contract/fields.ts';
import { BadQuestionError } from './errors.ts';
import type { Decision, Limit, Question } from './question.ts';
import { faultOfCost, isAboveCapacity } from './question-check.ts';
import { policyFieldOf, rateLimitFieldOf } from './rate-limit-fields.ts';

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
  /** Tokens a request takes, a whole number from 0: 1 unless it is given. */
  readonly cost?: number | ((req: Req) => number);
  /** Whether a request goes without a limit; none does unless it is given. */
  readonly skip?: (req: Req) => boolean;
}

/**
 * Lets a request through, or answers 429: with Retry-After, but where it costs more than the limit
 * ever holds. 503 where the service is away and the client's `onError` denies. What the client
 * throws goes to the error handler, and so does a cost that is no whole number from 0: never
 * through, whatever `onError` says.
 */
export function rateLimit<Req = RequestLike>(
  options: RateLimitOptions<Req>,
): (req: Req, res: ResponseLike, next: Next) => Promise<void> {
  const { client, key, limit: asked, cost = 1, skip = () => false } = options;
  const limitOf = typeof asked === 'function' ? asked : () => asked;
  const costOf = typeof cost === 'function' ? cost : () => cost;

  /** Whether it may pass; where not, it has its answer. */
  const decide = async (req: Req, res: ResponseLike): Promise<boolean> => {
    const limit = limitOf(req);
    const cost = costOf(req);
    const isTooDear = isAboveCapacity(cost, limit.capacity);
    const fault = isTooDear ? null : faultOfCost(cost, limit.capacity);
    if (fault !== null) throw new BadQuestionError(fault, 'cost');
    // Not asked: it can never pass, whether or not the service is there to say so.
    const decision = isTooDear ? null : await client.limit({ ...limit, key: key(req), cost });
    if (res.headersSent) return decision?.allowed ?? false;
    setLimitFields(res, limit, decision);
    if (decision === null) denyForEver(res, limit, cost);
    else if (!decision.allowed) deny(res, decision);
    return decision?.allowed ?? false;
  };

  return async (req, res, next) => {
    let passes: boolean;
    try {
      passes = skip(req) || (await decide(req, res));
    } catch (error) {
      next(error);
      return;
    }
    if (passes) next();
  };
}

function setLimitFields(res: ResponseLike, limit: Limit, decision: Decision | null): void {
  const policy = policyFieldOf(limit);
  if (policy === '') return;
  res.setHeader(POLICY_FIELD, policy);
  if (decision === null || decision.error !== undefined) return;
  res.setHeader(RATE_LIMIT_FIELD, rateLimitFieldOf(limit, decision));
}

function deny(res: ResponseLike, decision: Decision): void {
  const seconds = retryAfterSeconds(decision.retryAfterMs);
  res.setHeader(RETRY_AFTER_FIELD, String(seconds));
  const after = `try again in ${seconds} s`;
  if (decision.error === undefined) {
    const detail = `too little of the limit of ${decision.limit} is left; ${after}`;
    sendProblem(res, 429, 'Too Many Requests', detail);
  } else {
    sendProblem(res, 503, 'Service Unavailable', `the limit cannot be looked up; ${after}`);
  }
}

/** Without Retry-After: there is no such time. */
function denyForEver(res: ResponseLike, { capacity }: Limit, cost: number): void {
  const detail = `this request costs ${cost} of a limit of ${capacity}, and can never pass`;
  sendProblem(res, 429, 'Too Many Requests', detail);
}

/** Problem details, RFC 9457. */
function sendProblem(res: ResponseLike, status: number, title: string, detail: string): void {
  res.statusCode = status;
  res.setHeader('Content-Type', 'application/problem+json');
  res.end(JSON.stringify({ type: 'about:blank', title, status, detail }));
}
