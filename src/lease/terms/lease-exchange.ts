/** What a lease and an exchange with the store say to each other. */
import type { Bucket } from '../../bucket/token-bucket.ts';
import type { SharedLimit } from './shared-limit.ts';

/** What an exchange has to say of a lease. */
export interface Collected {
  /** Tokens that stay. */
  readonly keep: number;
  /** Tokens taken out, to give back. */
  readonly back: number;
  /** Tokens that were left when the lease ended here: in the store it may go on for a moment. */
  readonly ended: number;
  readonly owed: number;
  readonly demand: number;
  /** Whether there is a slot to hold more, or one is free. */
  readonly hasRoom: boolean;
}

/** How many tokens a lease is to keep, as far as that can be told before it is looked at. */
export interface Outlook {
  /** Tokens to expect, without the demand that the lease has counted itself. */
  readonly expected: number;
  /** Below this a lease is not worth its exchanges. */
  readonly worthFrom: number;
  /** Whether a lease is kept even where it has counted no demand. */
  readonly isAskedFor: boolean;
}

/** What an exchange brought. */
export interface Settlement {
  readonly limit: SharedLimit;
  /** Tokens that were to stay, as collected, and those of them that the store knew of. */
  readonly keep: number;
  readonly kept: number;
  readonly grant: number;
  readonly deadlineUs: number;
  /** The store's bucket, with what others hold taken out of it. */
  readonly bucket: Bucket;
  /** 0 and 0 where nothing was denied. */
  readonly deniedCost: number;
  readonly deniedUntilUs: number;
}

export const NOTHING_COLLECTED: Collected = {
  keep: 0,
  back: 0,
  ended: 0,
  owed: 0,
  demand: 0,
  hasRoom: true,
};
