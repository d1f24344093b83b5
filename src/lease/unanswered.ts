/** What a decider is told instead of the store's decision. */
import type { Decision } from '../bucket/decision.ts';
import type { StandIn } from '../contract/sources.ts';

export interface Unanswered {
  /** `fallback` too where there is no slot for what the store leased. */
  readonly why: StandIn;
  /**
   * The store's last answer for the key, or, where none is known, the first question after that.
   */
  readonly sinceUs: number;
}

export function isUnanswered(answer: Decision | Unanswered): answer is Unanswered {
  return 'why' in answer;
}

/** Where not even the exchanger has answered in time: this instance has too much to do. */
export function unheard(askedUs: number): Unanswered {
  return { why: 'overloaded', sinceUs: askedUs };
}
