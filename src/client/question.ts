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

export interface Question extends Limit {
  /** Whose bucket: 1 to 256 bytes of UTF-8. */
  readonly key: string;
  /** Tokens this takes: 1 unless it is given, 0 only looks. */
  readonly cost?: number | undefined;
  /** Whether the store that instances share is to decide, where there is one. */
  readonly strict?: boolean | undefined;
}

export interface Decision {
  readonly allowed: boolean;
  /** The capacity that was asked under. */
  readonly limit: number;
  /** Whole tokens left, rounded down. */
  readonly remaining: number;
  /** Until this cost would pass; 0 when allowed. */
  readonly retryAfterMs: number;
  /** Until the bucket is full. */
  readonly resetAfterMs: number;
  /** There when a fallback decided: the service's own, or `onError` here. */
  readonly degraded?: true;
  /** There when instances share their limits, or the question was with `strict`. */
  readonly source?: Source;
  /** Why the service did not decide. There when `onError` did, and then only `allowed` counts. */
  readonly error?: UnavailableError;
}
