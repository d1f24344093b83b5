/**
 * Reads answers, and believes nothing: a proxy's page with status 200 is not a decision, and
 * neither is a decision in an answer of 500, nor one about another limit.
 */
import { ALLOWED_STATUS, DENIED_STATUSES } from '../contract/fields.ts';
import { SOURCES } from '../contract/sources.ts';
import { BadQuestionError } from './errors.ts';
import type { HttpReply } from './http-exchange.ts';
import type { Decision, Source } from './question.ts';

/** What an answer says: a decision, or that the question is bad; null where it says neither. */
export type Answer = Decision | BadQuestionError | null;

const DENIED: readonly number[] = DENIED_STATUSES;
/** Statuses of what was not decided: a bad question, and a body that is too large. */
const BAD_REQUEST = 400;
const TOO_LARGE = 413;

const DECISION_TYPE = 'application/json';
const PROBLEM_TYPE = 'application/problem+json';

/** The answer to a question about a limit of this capacity, asked alone. */
export function readAnswer(reply: HttpReply, capacity: unknown): Answer {
  const { status } = reply;
  if (!DENIED.includes(status)) return readRefusal(reply);
  const decision = isJson(reply) ? decisionIn(parsed(reply.body), capacity) : null;
  return decision?.allowed === true && status !== ALLOWED_STATUS ? null : decision;
}

/** The answers to questions about such limits, in order; null where they are not that many. */
export function readAnswers(
  reply: HttpReply,
  capacities: readonly unknown[],
): readonly Answer[] | null {
  if (reply.status !== ALLOWED_STATUS || !isJson(reply)) return null;
  const values = parsed(reply.body);
  if (!Array.isArray(values) || values.length !== capacities.length) return null;
  return values.map((value, index) => {
    const { error } = fieldsOf(value);
    return error === undefined ? decisionIn(value, capacities[index]) : refusalIn(error);
  });
}

/** Why the whole request was refused and nothing of it decided; null where that is not so. */
export function readRefusal({ status, type, body }: HttpReply): BadQuestionError | null {
  if (status !== BAD_REQUEST && status !== TOO_LARGE) return null;
  const value = parsed(body);
  const isProblem = mediaType(type) === PROBLEM_TYPE && fieldsOf(value)['status'] === status;
  const refusal = isProblem ? refusalIn(value) : null;
  // A proxy that takes less than the service does says it in words of its own.
  return status === TOO_LARGE
    ? (refusal ?? new BadQuestionError('the request is too large for what stands before Argus'))
    : refusal;
}

function decisionIn(value: unknown, capacity: unknown): Decision | null {
  const { allowed, limit, remaining, retryAfterMs, resetAfterMs, degraded, source } =
    fieldsOf(value);
  if (typeof allowed !== 'boolean') return null;
  if (!isCount(limit) || !isCount(remaining)) return null;
  if (!isCount(retryAfterMs) || !isCount(resetAfterMs)) return null;
  // It contradicts itself, or it answers somebody else.
  if (limit !== capacity || remaining > limit || allowed !== (retryAfterMs === 0)) return null;
  const decision = { allowed, limit, remaining, retryAfterMs, resetAfterMs };
  return {
    ...decision,
    ...(degraded === true ? { degraded } : {}),
    ...(isSource(source) ? { source } : {}),
  };
}

/** One that is not known here is left out: the decision stands all the same. */
function isSource(value: unknown): value is Source {
  return (SOURCES as readonly unknown[]).includes(value);
}

function refusalIn(value: unknown): BadQuestionError | null {
  const { detail, field } = fieldsOf(value);
  if (typeof detail !== 'string') return null;
  return new BadQuestionError(detail, typeof field === 'string' ? field : undefined);
}

function isJson({ type }: HttpReply): boolean {
  return mediaType(type) === DECISION_TYPE;
}

/** Of a field Content-Type, without its parameters. */
function mediaType(type: string): string {
  return type.split(';', 1).join('').trim().toLowerCase();
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
