/**
 * Reads answers, and believes nothing: a proxy's page with status 200 is not a decision, and
 * neither is a decision in an answer of 500.
 */
import { ALLOWED_STATUS, DENIED_STATUSES } from '../contract/fields.ts';
import { allDecisionIn, decisionIn, fieldsOf } from './decisions.ts';
import { BadQuestionError, UnauthorizedError, UnavailableError } from './errors.ts';
import type { HttpReply } from './http-exchange.ts';
import type { AllDecision, AnyDecision } from './question.ts';

/** What an answer says: a decision, or that the question is bad; null where it says neither. */
export type Answer = AnyDecision | BadQuestionError | null;

const DENIED: readonly number[] = DENIED_STATUSES;
/** Statuses of what was not decided: a bad question, and a body that is too large. */
const BAD_REQUEST = 400;
const TOO_LARGE = 413;
/** Of a question that the token does not let ask: it names the field. Else of a denial. */
const FORBIDDEN = 403;
/** Of a reset: without the right token, and where nobody can. */
const UNAUTHORIZED: readonly number[] = [401, 403];

const DECISION_TYPE = 'application/json';
const PROBLEM_TYPE = 'application/problem+json';

const SHOWN_CHARACTERS = 80;

/** The answer to a question, asked alone, which is given as it was sent. */
export function readAnswer(reply: HttpReply, asked: unknown): Answer {
  return readDecision(reply, (value) => decisionIn(value, asked));
}

/** The answer to questions that were asked all or none. */
export function readAllAnswer(
  reply: HttpReply,
  asked: readonly unknown[],
): AllDecision | BadQuestionError | null {
  return readDecision(reply, (value) => allDecisionIn(value, asked));
}

/** The answers to such questions, in order; null where they are not that many. */
export function readAnswers(reply: HttpReply, asked: readonly unknown[]): readonly Answer[] | null {
  if (reply.status !== ALLOWED_STATUS || !isJson(reply)) return null;
  const values = parsed(reply.body);
  if (!Array.isArray(values) || values.length !== asked.length) return null;
  return values.map((value, index) => {
    const { error } = fieldsOf(value);
    return error === undefined ? decisionIn(value, asked[index]) : refusalIn(error);
  });
}

/** Why the whole request was refused and nothing of it decided; null where that is not so. */
export function readRefusal(reply: HttpReply): BadQuestionError | null {
  const { status } = reply;
  if (status !== BAD_REQUEST && status !== TOO_LARGE) return null;
  const problem = problemIn(reply);
  const refusal = problem === null ? null : refusalIn(problem);
  // A proxy that takes less than the service does says it in words of its own.
  return status === TOO_LARGE
    ? (refusal ?? new BadQuestionError('the request is too large for what stands before Argus'))
    : refusal;
}

/** Whether a reset found a bucket, or why it was refused; null where it says neither. */
export function readReset(reply: HttpReply): boolean | BadQuestionError | UnauthorizedError | null {
  if (reply.status === ALLOWED_STATUS && isJson(reply)) {
    const { reset } = fieldsOf(parsed(reply.body));
    return typeof reset === 'boolean' ? reset : null;
  }
  if (!UNAUTHORIZED.includes(reply.status)) return readRefusal(reply);
  const { detail } = problemIn(reply) ?? {};
  return typeof detail === 'string' ? new UnauthorizedError(detail) : null;
}

/** What is said of an answer that says nothing. */
export function noAnswerIn({ status, body }: HttpReply, url: string): UnavailableError {
  const start = JSON.stringify(body.slice(0, SHOWN_CHARACTERS));
  const fault = `its answer, with status ${status}, is not one: ${start}`;
  return new UnavailableError('answer', `${url}: ${fault}`);
}

function readDecision<One extends { readonly allowed: boolean }>(
  reply: HttpReply,
  read: (value: unknown) => One | null,
): One | BadQuestionError | null {
  const { status } = reply;
  if (!DENIED.includes(status)) return readRefusal(reply);
  if (status === FORBIDDEN && !isJson(reply)) return forbiddenIn(reply);
  const decision = isJson(reply) ? read(parsed(reply.body)) : null;
  return decision?.allowed === true && status !== ALLOWED_STATUS ? null : decision;
}

/** Problem details in the service's own words; null where they are none. */
function problemIn({ status, type, body }: HttpReply): Readonly<Record<string, unknown>> | null {
  const fields = fieldsOf(parsed(body));
  return mediaType(type) === PROBLEM_TYPE && fields['status'] === status ? fields : null;
}

function forbiddenIn(reply: HttpReply): BadQuestionError | null {
  const refusal = refusalIn(problemIn(reply));
  return refusal?.field === undefined ? null : refusal;
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

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
