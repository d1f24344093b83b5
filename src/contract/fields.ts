/** The fields of a question, and the header fields and statuses of the answer to it. */
import { UNITS_US } from './units.ts';

export const QUESTION_FIELDS = [
  'key',
  'policy',
  'capacity',
  'interval',
  'unit',
  'cost',
  'strict',
  'overdraft',
] as const;

export type QuestionField = (typeof QUESTION_FIELDS)[number];

/** A switch, because it is asked for each field of each question that takes the long way. */
export function isQuestionField(name: string): name is QuestionField {
  switch (name) {
    case 'key':
    case 'policy':
    case 'capacity':
    case 'interval':
    case 'unit':
    case 'cost':
    case 'strict':
    case 'overdraft':
      return true;
    default:
      return false;
  }
}

export const ALLOWED_STATUS = 200;
/** What the service may be set to deny with, the default first. */
export const DENIED_STATUSES = [429, 200, 403, 503] as const;
export const DEFAULT_DENIED_STATUS: number = DENIED_STATUSES[0];

/** Of draft-ietf-httpapi-ratelimit-headers-11: should the draft rename them, they change here. */
export const POLICY_FIELD = 'RateLimit-Policy';
export const RATE_LIMIT_FIELD = 'RateLimit';
export const RETRY_AFTER_FIELD = 'Retry-After';

/** The largest integer of a structured field (RFC 9651): 15 digits. */
const MOST_IN_FIELD = 999_999_999_999_999;

/** The field RateLimit-Policy; '' where no such field can name the capacity, nor RateLimit then. */
export function policyField(capacity: number, intervalUs: number): string {
  return policyItem(
    'default',
    capacity,
    intervalUs % UNITS_US.s === 0 ? intervalUs / UNITS_US.s : null,
  );
}

/**
 * One limit of that field; '' where it cannot name the capacity. `windowSeconds` is null where it
 * is not a whole number of seconds.
 */
export function policyItem(name: string, capacity: number, windowSeconds: number | null): string {
  if (capacity > MOST_IN_FIELD) return '';
  return windowSeconds === null
    ? `"${name}";q=${capacity}`
    : `"${name}";q=${capacity};w=${windowSeconds}`;
}

/**
 * The field RateLimit. `nextTokenMs` is the time until `remaining` grows; 0 where it is not said.
 */
export function rateLimitField(remaining: number, nextTokenMs: number): string {
  return rateLimitItem('default', remaining, nextTokenMs);
}

/** One limit of that field. */
export function rateLimitItem(name: string, remaining: number, nextTokenMs: number): string {
  return nextTokenMs === 0
    ? `"${name}";r=${remaining}`
    : `"${name}";r=${remaining};t=${Math.min(wholeSeconds(nextTokenMs), MOST_IN_FIELD)}`;
}

/** The field Retry-After of a denial, in seconds: a denial says some time. */
export function retryAfterSeconds(retryAfterMs: number): number {
  return Math.max(1, wholeSeconds(retryAfterMs));
}

/** Seconds round up: a client told to come back early would only be denied again. */
export function wholeSeconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}
