/**
 * A decision as HTTP says it: status, header fields and body.
 *
 * The header fields are those of draft-ietf-httpapi-ratelimit-headers-11.
 */
import type { CheckedDecision, Decision } from '../../../bucket/decision.ts';
import {
  ALLOWED_STATUS,
  POLICY_FIELD,
  policyField,
  RATE_LIMIT_FIELD,
  RETRY_AFTER_FIELD,
  rateLimitField,
  retryAfterSeconds,
} from '../../../contract/fields.ts';
import type { Source } from '../../../contract/sources.ts';
import type { Question } from '../../../limiter/limiter.ts';

const JSON_TYPE = 'application/json';
const TEXT_TYPE = 'text/plain; charset=utf-8';

export interface Answer {
  readonly status: number;
  readonly type: string;
  /**
   * The field RateLimit-Policy; '' where no such field can name the capacity, nor RateLimit then.
   */
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

export function answerTo(decision: CheckedDecision, question: Question, form: AnswerForm): Answer {
  const { allowed, remaining, nextTokenMs } = decision;
  const { capacity, intervalUs } = question.limit;
  return {
    status: allowed ? ALLOWED_STATUS : form.deniedStatus,
    type: form.asText ? TEXT_TYPE : JSON_TYPE,
    policy: policyField(capacity, intervalUs),
    rateLimit: rateLimitField(remaining, nextTokenMs),
    retryAfter: allowed ? 0 : retryAfterSeconds(decision.retryAfterMs),
    body: form.asText ? textBody(allowed) : decisionJson(decision, defaultSource(question)),
  };
}

/** The body of an answer and its type; `json` is called where it is JSON. */
export function formOf(
  { asText }: AnswerForm,
  allowed: boolean,
  json: () => string,
): Pick<Answer, 'type' | 'body'> {
  return asText ? { type: TEXT_TYPE, body: textBody(allowed) } : { type: JSON_TYPE, body: json() };
}

/** The header fields of an answer: names and values by turns, as writeHead() takes them. */
export function headOf(answer: Answer): string[] {
  const { type, policy, rateLimit, retryAfter, body } = answer;
  const length = String(body.length);
  const head = ['Content-Type', type];
  if (policy !== '') head.push(POLICY_FIELD, policy, RATE_LIMIT_FIELD, rateLimit);
  head.push('Content-Length', length);
  if (retryAfter > 0) head.push(RETRY_AFTER_FIELD, String(retryAfter));
  return head;
}

/** The same, as the lines that writeHead() makes of them. */
export function linesOf(answer: Answer): string {
  const { type, policy, rateLimit, retryAfter, body } = answer;
  const fields =
    policy === '' ? '' : `${POLICY_FIELD}: ${policy}\r\n${RATE_LIMIT_FIELD}: ${rateLimit}\r\n`;
  const lines = `Content-Type: ${type}\r\n${fields}Content-Length: ${body.length}\r\n`;
  return retryAfter > 0 ? `${lines}${RETRY_AFTER_FIELD}: ${retryAfter}\r\n` : lines;
}

/**
 * What the answer names as its source where the decision names none: nothing, unless the question
 * is in words that are as new as sources are.
 */
export function defaultSource({ strict }: Question): Source | undefined {
  return strict === undefined ? undefined : 'local';
}

/** By hand, because JSON.stringify takes four times as long for five numbers. */
export function decisionJson(decision: CheckedDecision, byDefault: Source | undefined): string {
  const { allowed, limit, remaining, retryAfterMs, resetAfterMs } = decision;
  return `{"allowed":${allowed},"limit":${limit},"remaining":${remaining},"retryAfterMs":${retryAfterMs},"resetAfterMs":${resetAfterMs}${sourceJson(decision, byDefault)}}`;
}

/** The fields of JSON that say where a decision comes from, those that there are. */
export function sourceJson(decision: Decision, byDefault: Source | undefined): string {
  const { source = byDefault } = decision;
  const degraded = decision.degraded ? ',"degraded":true' : '';
  const from = source === undefined ? '' : `,"source":"${source}"`;
  return degraded + from;
}

/** argus-db's own words. */
function textBody(allowed: boolean): string {
  return allowed ? 'OK' : 'LIMITED';
}
