/** What reading a question comes to: the question, or what is wrong with it and how to say so. */
import type { QuestionField } from '../../contract/fields.ts';
import type { BadRequestReason } from '../../contract/reasons.ts';
import { shown } from '../../lib/shown.ts';
import type { Question } from '../../limiter/limiter.ts';
import type { PolicyQuestion } from '../../policies/asking.ts';

/** A bad question is a value: it names the field at fault and says what is wanted. */
export interface BadQuestion {
  readonly reason: BadRequestReason;
  /** Where there is one to name. */
  readonly field?: string;
  readonly fault: string;
}

export type Reading =
  | { readonly ok: true; readonly question: Question | PolicyQuestion }
  | ({ readonly ok: false } & BadQuestion);

/** Whether a question leaves the limits to a policy. */
export function isByPolicy(question: Question | PolicyQuestion): question is PolicyQuestion {
  return 'policy' in question;
}

/** JSON, before anybody has looked at what it says. */
export type Parsed =
  | { readonly ok: true; readonly value: unknown }
  | ({ readonly ok: false } & BadQuestion);

/** As JSON has them. */
export type Fields = { readonly [Field in QuestionField]?: unknown };

/** Those that are there. REQUIRES: each is true or false, or left out. */
export function flagsOf({ strict, overdraft }: Fields): {
  readonly strict?: boolean;
  readonly overdraft?: boolean;
} {
  return {
    ...(strict === undefined ? {} : { strict: strict as boolean }),
    ...(overdraft === undefined ? {} : { overdraft: overdraft as boolean }),
  };
}

export function bad(
  reason: BadRequestReason,
  field: string | undefined,
  fault: string,
): { readonly ok: false } & BadQuestion {
  return field === undefined ? { ok: false, reason, fault } : { ok: false, reason, field, fault };
}

export function isWhole(value: unknown, from: number, to: number): value is number {
  return Number.isInteger(value) && (value as number) >= from && (value as number) <= to;
}

export function wholeFault(
  field: string,
  value: unknown,
  from: number,
  to: number,
  whatToIs = '',
): string {
  return `${field} must be a whole number from ${from} to ${to}${whatToIs}, is ${shown(value)}`;
}
