/**
 * A decision as HTTP says it: status, header fields and body.
 *
 * The header fields are those of draft-ietf-httpapi-ratelimit-headers-11. Their names stand here, in
 * the OpenAPI document (openapi-answers) and in the client's middleware, which imports nothing of the
 * server: should the draft rename them, all three change.
 */
import type { Decision, Source } from '../../bucket/decision.ts';
import type { Limit } from '../../bucket/limit.ts';
import type { Question } from '../../limiter/limiter.ts';

const JSON_TYPE = 'application/json';
const TEXT_TYPE = 'text/plain; charset=utf-8';
const SECOND_US = 1_000_000;
/** The largest integer of a structured field (RFC 9651): 15 digits. */
const MOST_IN_FIELD = 999_999_999_999_999;

export interface Answer {
  readonly status: number;
  readonly type: string;
  /** The field RateLimit-Policy; '' where no such field can name the capacity, nor RateLimit then. */
  readonly policy: string;
  /** The field RateLimit. */
  readonly rateLimit: string;
  /** Seconds; 0 where it is no denial. */
  readonly retryAfter: number;
  /** ASCII. */
  readonly body: string;
}

export interface AnswerForm {
  readonly deniedStatus: number;
  readonly asText: boolean;
}

export function answerTo(decision: Decision, question: Question, form: AnswerForm): Answer {
  const { allowed } = decision;
  return {
    status: allowed ? 200 : form.deniedStatus,
    type: form.asText ? TEXT_TYPE : JSON_TYPE,
    policy: policyField(question.limit),
    rateLimit: rateLimitField(decision),
    retryAfter: allowed ? 0 : retryAfterSeconds(decision.retryAfterMs),
    body: form.asText ? textBody(decision) : decisionJson(decision, defaultSource(question)),
  };
}

/** The header fields of an answer: names and values by turns, as writeHead() takes them. */
export function headOf(answer: Answer): string[] {
  const { type, policy, rateLimit, retryAfter, body } = answer;
  const length = String(body.length);
  const head = ['Content-Type', type];
  if (policy !== '') head.push('RateLimit-Policy', policy, 'RateLimit', rateLimit);
  head.push('Content-Length', length);
  if (retryAfter > 0) head.push('Retry-After', String(retryAfter));
  return head;
}

/** The same, as the lines that writeHead() makes of them. */
export function linesOf(answer: Answer): string {
  const { type, policy, rateLimit, retryAfter, body } = answer;
  const fields = policy === '' ? '' : `RateLimit-Policy: ${policy}\r\nRateLimit: ${rateLimit}\r\n`;
  const lines = `Content-Type: ${type}\r\n${fields}Content-Length: ${body.length}\r\n`;
  return retryAfter > 0 ? `${lines}Retry-After: ${retryAfter}\r\n` : lines;
}

function policyField(limit: Limit): string {
  const { capacity, intervalUs } = limit;
  if (capacity > MOST_IN_FIELD) return '';
  // `w` may only be whole seconds; an interval that is not goes without.
  return intervalUs % SECOND_US === 0
    ? `"default";q=${capacity};w=${intervalUs / SECOND_US}`
    : `"default";q=${capacity}`;
}

function rateLimitField(decision: Decision): string {
  const { remaining, nextTokenMs } = decision;
  return nextTokenMs === 0
    ? `"default";r=${remaining}`
    : `"default";r=${remaining};t=${Math.min(wholeSeconds(nextTokenMs), MOST_IN_FIELD)}`;
}

/** Seconds round up: a client told to come back early would only be denied again. */
function wholeSeconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}

/** A denial says some time. */
export function retryAfterSeconds(retryAfterMs: number): number {
  return Math.max(1, wholeSeconds(retryAfterMs));
}

/**
 * What the answer names as its source where the decision names none: nothing, unless the question
 * is in words that are as new as sources are.
 */
export function defaultSource({ strict }: Question): Source | undefined {
  return strict === undefined ? undefined : 'local';
}

/** By hand, because JSON.stringify takes four times as long for five numbers. */
export function decisionJson(decision: Decision, byDefault: Source | undefined): string {
  const { allowed, limit, remaining, retryAfterMs, resetAfterMs, source = byDefault } = decision;
  const degraded = decision.degraded ? ',"degraded":true' : '';
  const from = source === undefined ? '' : `,"source":"${source}"`;
  return `{"allowed":${allowed},"limit":${limit},"remaining":${remaining},"retryAfterMs":${retryAfterMs},"resetAfterMs":${resetAfterMs}${degraded}${from}}`;
}

/** argus-db's own words. */
function textBody(decision: Decision): string {
  return decision.allowed ? 'OK' : 'LIMITED';
}
