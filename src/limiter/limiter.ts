/** Where decisions come from, whatever asks and wherever the buckets live. */
import type { Decision } from '../bucket/decision.ts';
import type { Limit } from '../bucket/limit.ts';

export { MOST_KEY_BYTES } from '../tree/key.ts';

/** May `key` take `cost` tokens under `limit` now? */
export interface Question {
  /** Well formed, 1 to 256 bytes of UTF-8. */
  readonly key: string;
  readonly limit: Limit;
  /** Whole tokens, at most the limit's capacity; 0 only looks, below 0 gives back what was taken. */
  readonly cost: number;
}

export interface Limiter {
  /** Decides at once. `nowUs` is the time of the asking, in microseconds of the shared clock. */
  take(question: Question, nowUs: number): Decision;
  /** Fills the key's bucket; false where it has none of its own. `nowUs` as in take(). */
  reset(key: string, nowUs: number): boolean;
  /** Keys that have a bucket of their own now. */
  readonly size: number;
  /** The most keys that can. */
  readonly maxKeys: number;
}
