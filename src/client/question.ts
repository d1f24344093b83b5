/** What the service is asked, and what it answers: the JSON of its HTTP interface, with types. */
import type { Source } from '../contract/sources.ts';
import type { Unit } from '../contract/units.ts';
import type { UnavailableError } from './errors.ts';

export type { Source, Unit };

export interface Limit {
  /** Most tokens the bucket holds: the largest burst. */
  readonly capacity: number;
  /** The time in which an empty bucket refills, in `unit`s. */
  readonly interval: number;
  /** Seconds unless it is given. */
  readonly unit?: Unit | undefined;
}

interface Asking {
  /** Whose bucket: 1 to 256 bytes of UTF-8. */
  readonly key: string;
  /** Tokens this takes: 1 unless it is given, 0 only looks. */
  readonly cost?: number | undefined;
  /** Takes the cost in any case: `allowed` then says whether it was there. */
  readonly overdraft?: boolean | undefined;
  /** Whether the store that instances share is to decide, where there is one. */
  readonly strict?: boolean | undefined;
}

/** A question that brings its limit. */
export interface Question extends Limit, Asking {
  readonly policy?: undefined;
}

/** A question about limits that the service keeps, by the name they have there. */
export interface PolicyQuestion extends Asking {
  readonly policy: string;
  readonly capacity?: undefined;
  readonly interval?: undefined;
  readonly unit?: undefined;
}

export type AnyQuestion = Question | PolicyQuestion;

interface Standing {
  /** There when a fallback decided: the service's own, or `onError` here. */
  readonly degraded?: true;
  /** There when instances share their limits, or the question was with `strict`. */
  readonly source?: Source;
}

interface Answered {
  /** Why the service did not decide. There when `onError` did, and then only `allowed` counts. */
  readonly error?: UnavailableError;
}

export interface Decision extends Standing, Answered {
  readonly allowed: boolean;
  /** The capacity that was asked under. */
  readonly limit: number;
  /** Whole tokens left, rounded down. */
  readonly remaining: number;
  /** Until this cost would pass; 0 when allowed. */
  readonly retryAfterMs: number;
  /** Until the bucket is full. */
  readonly resetAfterMs: number;
}

/** What one limit of a policy says. */
export interface LimitDecision extends Standing {
  readonly name: string;
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** null where the cost is above the limit: no wait helps. */
  readonly retryAfterMs: number | null;
  readonly resetAfterMs: number;
}

/** The numbers are those of the limit that decided. */
export interface PolicyDecision extends Answered {
  /** There when a fallback decided on one of them, or `onError` here. */
  readonly degraded?: true;
  readonly allowed: boolean;
  readonly policy: string;
  /** null where no limit decided. */
  readonly limit: number | null;
  /** null where no limit decided. */
  readonly remaining: number | null;
  /** null where no wait helps; 0 when allowed. */
  readonly retryAfterMs: number | null;
  /** null where no limit decided. */
  readonly resetAfterMs: number | null;
  /** The limit that decided; `override` where an exception for this key did; null: nobody did. */
  readonly by: string | null;
  /** All that the policy has for this key, each with what it says. */
  readonly limits: readonly LimitDecision[];
  /** There when the policy denies nothing yet: `limits` say what they would have said. */
  readonly dryRun?: true;
}

export type AnyDecision = Decision | PolicyDecision;

/** The answer to questions that were asked all or none. */
export interface AllDecision<One extends AnyDecision = AnyDecision> {
  /** Whether every cost was taken, or none. */
  readonly allowed: boolean;
  /** The longest of all. */
  readonly retryAfterMs: One['retryAfterMs'];
  /** In the order of the questions: whether each alone would have been allowed. */
  readonly all: readonly One[];
  readonly degraded?: true;
  readonly error?: UnavailableError;
}

/** What became of tokens that were given back or settled. They are never sent a second time. */
export type Settlement<One extends AnyDecision = AnyDecision> =
  /** null where there was nothing to send. */
  | { readonly answered: true; readonly decision: One | null }
  /** It may have been counted or not. */
  | { readonly answered: false; readonly error: UnavailableError };
