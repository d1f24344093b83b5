/**
 * An exchange: what one instance and the store say to each other about one key, all in one step.
 *
 * The store keeps a bucket a key, and beside it the leases: tokens that instances hold and may
 * spend without asking. A leased token goes on occupying the bucket: it is used up, or given back,
 * or its lease ends and it counts as used from then on. So all instances together admit no more
 * than one bucket would.
 */
import type { EndsAround } from '../../bucket/window.ts';
import type { SharedLimit } from './shared-limit.ts';

export interface Exchange {
  readonly key: string;
  readonly limit: SharedLimit;
  /**
   * Rises with every exchange of this instance: while the store has its record it obeys none twice.
   */
  readonly seq: number;
  /** The first exchange for this key since the last that was answered; `seq` where that is this. */
  readonly unanswered: number;
  /** Tokens of the lease that are unspent, and stay with the instance. */
  readonly keep: number;
  /** Tokens of the lease that are unspent, and that the instance no longer has. */
  readonly back: number;
  /** Tokens spent while the store was away: charged, whatever the capacity. */
  readonly owed: number;
  /** Tokens that the last exchange was charged in vain: what is surely still in use comes back. */
  readonly vain: number;
  /** Fill the bucket first. */
  readonly fill: boolean;
  /**
   * What to decide, in this order: each at most the capacity, or twice that where it is an
   * overdraft; 0 looks, below 0 gives back.
   */
  readonly costs: readonly number[];
  /** How many of them, from the first, are not to be taken but leased: all or nothing of each. */
  readonly holds: number;
  /** How many of them, from the last, are taken in any case; left out for none. */
  readonly overdrafts?: number;
  /** Tokens to lease beyond those kept. */
  readonly want: number;
  /** Where they are few, the least that is granted before they are shared evenly. */
  readonly least: number;
  /** How long the lease lasts. */
  readonly ttlUs: number;
  /** Where the limit counts by windows; else left out. */
  readonly windows?: WindowsAround;
}

/** Windows as an instance that asks about one knows them. Times by the calendar, in UTC. */
export interface WindowsAround {
  /** How long one can be. */
  readonly longestUs: number;
  /** Ends of four that follow each other: the store is to be in one of the last three. */
  readonly endsUs: EndsAround;
  /** The end of the one in which what is owed was spent; 0 where that was in none. */
  readonly owedEndUs: number;
}

export interface Reply {
  /**
   * The bucket as bucket/ counts it, leased tokens not among `used`. It goes by the limit that
   * tokens were last taken or leased under.
   */
  readonly used: number;
  /** From the bucket's own time to the time of the exchange; below 0 until a window ends. */
  readonly sinceUs: number;
  /** These as records have them: those of windows say which, and have no tick. */
  readonly count: number;
  readonly period: number;
  readonly tickUs: number;
  /**
   * Tokens that the instance now holds: what it kept, as far as the store knew of it, and `grant`.
   */
  readonly held: number;
  readonly grant: number;
  /** Tokens that other instances hold. */
  readonly others: number;
  /** Instances that hold a lease of this key or asked for it lately, this one among them. */
  readonly active: number;
  /**
   * Rises with every exchange for a key; one that falls shows that the store has forgotten some.
   */
  readonly version: number;
  /** Whether the store knew the instance's lease, or there was none to know. */
  readonly isKnown: boolean;
  /** Whether there was a bucket before. */
  readonly existed: boolean;
  /** For each cost whether it was there. */
  readonly allowed: readonly boolean[];
}

/**
 * What the store did with an exchange: obeyed it, or ignored it because it had seen a later one
 * (which only a namesake of this instance could have sent), or because it has the key in the form
 * of a newer version, which this one cannot read; or because it is in none of the windows that the
 * exchange told of.
 */
export type Outcome = Reply | 'stale' | 'newer' | Elsewhere;
/** The store's time, in microseconds since 1970: nothing was changed. */
export interface Elsewhere {
  readonly storeUs: number;
}
/** Or what is kept under the key is none of ours: nobody knows what was done. */
export type Result = Outcome | 'refused';

/** Whether the store obeyed. */
export function isReply(result: Result): result is Reply {
  return typeof result === 'object' && 'allowed' in result;
}
