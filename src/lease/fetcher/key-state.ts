/**
 * What the exchanger knows of one key: who waits for it, what is on its way, what the store is
 * still to be told.
 *
 * Invariant: at most one exchange for a key is under way.
 */
import type { Decision } from '../../bucket/decision.ts';
import type { Clock } from '../../lib/clock.ts';
import type { StoreQuestion } from '../ask-messages.ts';
import type { LeaseTable } from '../lease-table.ts';
import { CHECK_EVERY_US } from '../settings.ts';
import type { Exchange } from '../terms/exchange.ts';
import { isSameShared, type SharedLimit } from '../terms/shared-limit.ts';
import type { Unanswered } from '../unanswered.ts';

/** So that no exchange holds the store for long. */
const MOST_ASKS = 1_000;
/** Where nobody asks, this many exchanges without an answer are followed by another. */
const MOST_LOST = 3;
/**
 * A key of which so small a part of a question is to be expected in half a lease's time is
 * forgotten.
 */
const FORGOTTEN_PART = 0.1;

/** A decision that somebody waits for. */
export interface Ask extends StoreQuestion {
  /** Called once; `seq` is the exchange that decided. */
  readonly answer: (answer: Decision | Unanswered, seq: number) => void;
  /** Whether it was answered. */
  isOver: boolean;
}

export function isOverdraft({ overdraft }: StoreQuestion): boolean {
  return overdraft;
}

/** An exchange that is under way. */
export interface Sent {
  readonly state: KeyState;
  readonly exchange: Exchange;
  readonly asks: readonly Ask[];
  readonly resets: readonly Reset[];
  readonly sentUs: number;
  /**
   * Whether it counts among what is under way: not once the store has been silent about it for
   * long.
   */
  isCounted: boolean;
  /** Whether it is said a second time, for the store had done nothing. */
  readonly isAgain: boolean;
}

/** Tokens of a lease that wait for whoever is to take them himself. */
export interface Held {
  readonly tokens: number;
  readonly limit: SharedLimit;
  /** When the oldest asked for whom they wait. */
  readonly askedUs: number;
  readonly untilUs: number;
}

/** Told whether there was a bucket to fill; null where the store did not answer. */
export type Reset = (existed: boolean | null) => void;

export class KeyState {
  readonly key: string;
  /** As last asked under; of a debt, as it was made. */
  limit: SharedLimit;
  waiting: Ask[] = [];
  resets: Reset[] = [];
  sent: Sent | null = null;
  /** The first exchange since the last answered one; 0 where that was answered. */
  unanswered = 0;
  /** Exchanges without an answer in a row. */
  lost = 0;
  /** Tokens spent while the store was away, of which it is to be told. */
  owed = 0;
  /** By the calendar, the end of the window in which they were spent; 0 where that was in none. */
  owedEndUs = 0;
  /** Tokens to be taken in any case, of which nobody waits to hear any more. */
  drafted = 0;
  #draftedEndUs = 0;
  /** Tokens that the last exchange was charged for questions that were told no. */
  vain = 0;
  /** Tokens that the last exchange leased and that have no slot: nobody can have spent them. */
  unheld = 0;
  /** What the last exchange leased for whoever takes it himself. */
  #held: Held | null = null;
  /** The last exchange that was answered. */
  answered = 0;
  /** When that was; before there was one, when the key was first asked for. */
  heardUs = 0;
  /** Until then the lease is there in the store too, unless that has forgotten it. */
  leasedUntilUs = 0;
  /** Whether the store is to know now what was spent of its lease. */
  isSpent = false;
  /** Whether the table knows of more that is owed. */
  isOwing = false;
  /** Whether the table may have a share of it, which stays there until it is ended. */
  #hasShare = false;
  #shareEndedUs = 0;
  hasLease = false;
  /** Whether the way to the store is so long that a lease is over as it comes. */
  isFar = false;
  version = 0;
  /** Where it waits for its next exchange to be made, as the work queue numbers it. */
  lane: number | null = null;
  isWatched = false;
  /** Whether it will wait for an exchange after a while, whoever asks. */
  isExpected = false;
  /** Whether another state may have taken its place. */
  isForgotten = false;
  #tokens = 0;
  #atUs = 0;
  #cost = 1;

  constructor(key: string, limit: SharedLimit) {
    this.key = key;
    this.limit = limit;
  }

  /**
   * Somebody asks, and waits. The oldest comes first at every key: whoever asks again because
   * others had taken what was leased for him keeps his place.
   */
  ask(ask: Ask): void {
    if (this.heardUs === 0) this.heardUs = ask.askedUs;
    let at = this.waiting.length;
    while (at > 0 && (this.waiting[at - 1] as Ask).askedUs > ask.askedUs) at -= 1;
    this.waiting.splice(at, 0, ask);
  }

  /**
   * An exchange was not answered: the next asks what became of it, and says again what may be said
   * twice.
   */
  lose({ seq, limit, owed, vain, costs, overdrafts = 0, windows }: Exchange): void {
    this.sent = null;
    if (this.unanswered === 0) this.unanswered = seq;
    this.lost += 1;
    this.owed += owed;
    this.owedEndUs = windows?.owedEndUs ?? 0;
    this.vain += vain;
    for (const cost of costs.slice(costs.length - overdrafts)) this.draft(cost, limit);
  }

  /** Tokens are to be taken in any case, though nobody waits to hear of it. */
  draft(tokens: number, limit: SharedLimit): void {
    // A reset is no limit to go by.
    this.limit = limit;
    this.drafted += tokens;
    this.#draftedEndUs = Math.max(this.#draftedEndUs, limit.window?.calendarEndUs ?? 0);
  }

  /** What is to be told of a window that is over counts no more. */
  endWithWindow(nowUs: number): void {
    const { window } = this.limit;
    if (window === undefined) return;
    const isOver = (endUs: number) =>
      endUs > 0 && (endUs < window.calendarEndUs || nowUs >= window.endUs);
    if (isOver(this.owedEndUs)) this.owed = 0;
    if (isOver(this.#draftedEndUs)) this.drafted = 0;
    if (this.drafted === 0) this.#draftedEndUs = 0;
  }

  /** An exchange was answered: no earlier one is to be asked after. */
  heard(seq: number, version: number, nowUs: number): void {
    this.sent = null;
    this.unanswered = 0;
    this.lost = 0;
    this.answered = seq;
    this.heardUs = nowUs;
    this.version = version;
    // Settling makes a lease of it.
    this.#hasShare = false;
  }

  /** Tokens were spent from a share. */
  owe(limit: SharedLimit): void {
    this.limit = limit;
    this.isOwing = true;
    this.#hasShare = true;
  }

  /** Of a share there is nothing to tell: it ends without an answer, and the next is empty now. */
  endShare(leases: Pick<LeaseTable, 'endShare'>, nowUs: number): void {
    if (!this.#hasShare) return;
    this.#hasShare = false;
    this.#shareEndedUs = nowUs;
    leases.endShare(this.key, nowUs);
  }

  /** Since when a share fills that is begun now. */
  get emptySinceUs(): number {
    return Math.max(this.heardUs, this.#shareEndedUs);
  }

  /** Tokens were leased for somebody who is to take them himself, and who has a time for it. */
  hold(held: Held): void {
    if (held.tokens > 0) this.#held = held;
  }

  /** Tokens of the lease that are not to be returned yet: somebody may be about to take them. */
  held(nowUs: number): number {
    return this.#held !== null && nowUs < this.#held.untilUs ? this.#held.tokens : 0;
  }

  /**
   * How long those who wait leave what is held where it is, which an exchange under another limit
   * would return. The oldest waits for nobody: or two takings of the same keys, each under limits
   * of its own, could take each other's tokens for as long as they wait.
   */
  heldUs(clock: Clock): number {
    const held = this.#held;
    // Of most keys nothing ever is: then nobody looks at the clock.
    if (held === null) return 0;
    const first = this.waiting.find(({ isOver }) => !isOver);
    if (first === undefined || first.askedUs < held.askedUs) return 0;
    return isSameShared(first.limit, held.limit) ? 0 : Math.max(0, held.untilUs - clock());
  }

  /** Whether somebody waits. */
  get isUrgent(): boolean {
    return this.waiting.some(({ isOver }) => !isOver) || this.resets.length > 0;
  }

  /** Whether the store is to be told of something. */
  get isUnsettled(): boolean {
    return this.owes || this.vain !== 0 || this.unheld !== 0 || this.unanswered !== 0;
  }

  /** Whether it is to be told of tokens that were spent. */
  get owes(): boolean {
    return this.owed !== 0 || this.drafted !== 0 || this.isOwing;
  }

  /**
   * Refunds are given up after MOST_LOST lost exchanges: this key's part of the store may be gone.
   */
  get isToTell(): boolean {
    return this.owes || (this.isUnsettled && this.lost < MOST_LOST);
  }

  /** Whether it is likely to be asked for again soon. */
  isWanted(nowUs: number): boolean {
    return this.expected(nowUs) >= FORGOTTEN_PART * this.cost;
  }

  /** Counts `tokens` asked for, by questions of about `cost` each. */
  demand(tokens: number, cost: number, nowUs: number): void {
    this.#tokens = this.expected(nowUs) + tokens;
    this.#atUs = nowUs;
    if (cost > 0) this.#cost = cost;
  }

  /** Tokens to expect in half a lease's time: what was asked for, less and less with its age. */
  expected(nowUs: number): number {
    return this.#tokens * Math.exp((this.#atUs - nowUs) / CHECK_EVERY_US);
  }

  /** What one question costs. */
  get cost(): number {
    return this.#cost;
  }

  /**
   * Takes those that wait and can go in one exchange: the first, and all others under its limit.
   * Those that want to hold tokens come first, and those that take them in any case last.
   */
  takeAsks(): readonly Ask[] {
    const [only] = this.waiting;
    if (this.waiting.length === 1 && only?.isOver === false) return this.waiting.splice(0);
    const limit = this.waiting.find(({ isOver }) => !isOver)?.limit;
    const asks: Ask[] = [];
    const others: Ask[] = [];
    for (const ask of this.waiting) {
      if (ask.isOver || limit === undefined) continue;
      const goes = asks.length < MOST_ASKS && isSameShared(ask.limit, limit);
      (goes ? asks : others).push(ask);
    }
    this.waiting = others;
    const firm = asks.filter(({ holds, overdraft }) => !holds && !overdraft);
    return [...asks.filter(({ holds }) => holds), ...firm, ...asks.filter(isOverdraft)];
  }
}
