/**
 * What deciders and the exchanger say to each other: one closed union a direction, many in one
 * message. Every ask is answered once.
 */
import type { Decision } from '../bucket/decision.ts';
import type { SharedLimit } from './terms/shared-limit.ts';
import type { Unanswered } from './unanswered.ts';

/** What a decider wants to know of the store. */
export interface StoreQuestion {
  readonly key: string;
  readonly limit: SharedLimit;
  readonly cost: number;
  readonly strict: boolean;
  /** Whether the tokens are to be leased, and not taken. */
  readonly holds: boolean;
  /** Whether they are to be taken in any case. */
  readonly overdraft: boolean;
  /** When it was asked: questions of one time are of one asker. */
  readonly askedUs: number;
}

export type ToExchanger =
  /** Decide this in the store. */
  | ({ readonly kind: 'ask'; readonly id: number } & StoreQuestion)
  /** A lease has become low. */
  | { readonly kind: 'due'; readonly key: string; readonly limit: SharedLimit }
  /** Tokens were spent from a share: the store is to be told when it is back. */
  | { readonly kind: 'owed'; readonly key: string; readonly limit: SharedLimit }
  /** Tokens that the store has taken were not used. */
  | {
      readonly kind: 'refund';
      readonly key: string;
      readonly cost: number;
      /** The exchange that took them. */
      readonly seq: number;
    }
  /** Fill this key's bucket. */
  | { readonly kind: 'reset'; readonly id: number; readonly key: string };

export type FromExchanger =
  /** `seq` says which exchange it was. */
  | {
      readonly kind: 'decided';
      readonly id: number;
      readonly decision: Decision | Unanswered;
      readonly seq: number;
    }
  /** Null: the store did not answer. */
  | { readonly kind: 'reset'; readonly id: number; readonly existed: boolean | null };
