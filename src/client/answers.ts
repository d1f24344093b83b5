/** Reads answers, and believes nothing: a proxy's page with status 200 is not a decision. */
import { BadQuestionError } from './errors.ts';
import type { Decision, Source } from './question.ts';

/** Null where it is neither. */
export type Answer = Decision | BadQuestionError | null;

const BAD_REQUEST = 400;
const SOURCES: readonly unknown[] = ['local', 'lease', 'store', 'denied-until', 'fallback'];

/** The answer to a question asked alone. The status of a denial is the service's choice. */
export function readAnswer(status: number, body: string): Answer {
  const value = parsed(body);
  return status === BAD_REQUEST ? refusalIn(value) : decisionIn(value);
}

/** The answers to a batch, in order; null where they are not that many. */
export function readAnswers(body: string, count: number): readonly Answer[] | null {
  const values = parsed(body);
  if (!Array.isArray(values) || values.length !== count) return null;
  return values.map((value) => {
    const { error } = fieldsOf(value);
    return error === undefined ? decisionIn(value) : refusalIn(error);
  });
}

function decisionIn(value: unknown): Decision | null {
  const { allowed, limit, remaining, retryAfterMs, resetAfterMs, degraded, source } =
    fieldsOf(value);
  if (typeof allowed !== 'boolean') return null;
  if (!isCount(limit) || !isCount(remaining)) return null;
  if (!isCount(retryAfterMs) || !isCount(resetAfterMs)) return null;
  const decision = { allowed, limit, remaining, retryAfterMs, resetAfterMs };
  return {
    ...decision,
    ...(degraded === true ? { degraded } : {}),
    ...(isSource(source) ? { source } : {}),
  };
}

/** One that is not known here is left out: the decision stands all the same. */
function isSource(value: unknown): value is Source {
  return SOURCES.includes(value);
}

function refusalIn(value: unknown): BadQuestionError | null {
  const { detail, field } = fieldsOf(value);
  if (typeof detail !== 'string') return null;
  return new BadQuestionError(detail, typeof field === 'string' ? field : undefined);
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
