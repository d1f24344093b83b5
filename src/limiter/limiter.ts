/** Where decisions come from, whatever asks and wherever the buckets live. */
import type { Decision } from '../bucket/decision.ts';
import type { KeptTaking } from '../bucket/kept-limit.ts';
import type { Limit } from '../bucket/limit.ts';

/** May `key` take `cost` tokens under `limit` now? */
export interface Question {
  /** Well formed, 1 to 256 bytes of UTF-8. */
  readonly key: string;
  readonly limit: Limit;
  /**
   * Whole tokens, at most the limit's capacity; 0 only looks, below 0 gives back what was taken.
   */
  readonly cost: number;
  /** Whether the store is to decide, where there is one. */
  readonly strict?: boolean;
  /** Takes the cost in any case, which may then be up to twice the capacity. */
  readonly overdraft?: boolean;
}

/** The same under a limit that the service keeps. A cost above the capacity is denied. */
export interface KeptQuestion extends KeptTaking {
  /** Names the bucket. */
  readonly key: string;
  /** Whether the store is to decide, where there is one. */
  readonly strict?: boolean;
  /** Of a dry run: says what it would have said, stops nothing, and is stopped by others only. */
  readonly isDry: boolean;
}

export type Asked = Question | KeptQuestion;

/** What several questions came to that are to be taken all or none. */
export interface Decisions {
  readonly allowed: boolean;
  /** In the order of the questions; each says whether it alone would have been allowed. */
  readonly each: readonly Decision[];
}

/** Whether the limits can be decided as they should be, and what to say of it. */
export interface Health {
  readonly isReady: boolean;
  readonly words: string;
}

/**
 * `nowUs` is the time of the asking everywhere, in microseconds of the shared clock. What needs the
 * store comes as a promise; no promise is ever rejected, and none waits longer than the store may.
 */
export interface Limiter {
  take(question: Question, nowUs: number): Decision | Promise<Decision>;
  /**
   * Takes all or none. REQUIRES: no two questions have one key; each cost is at least 0, or all
   * give back.
   */
  takeAll(questions: readonly Asked[], nowUs: number): Decisions | Promise<Decisions>;
  /**
   * Fills the key's bucket; false where it has none of its own, null where the store is away and
   * nothing was done.
   */
  reset(key: string, nowUs: number): boolean | Promise<boolean | null>;
  readonly health: Health;
  /** Keys that have a bucket of their own now. */
  readonly size: number;
  /** The most keys that can. */
  readonly maxKeys: number;
}
