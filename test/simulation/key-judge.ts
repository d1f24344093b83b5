/**
 * The judge of one key over all instances.
 *
 * 1. Window. What leases and the store admit is over every stretch of time at most capacity + rate
 *    x time, in the time of the store's clock (allowance.ts), and what was given back in it. Exact,
 *    but for two events, each only in runs that have it: - The store loses its memory, all or what
 *    came last: on top comes capacity, or what was in use
 *      where debts made that more, once an event.
 *    - Its clock is set forward: it ends leases that instances still have, by so much too early. On
 *      top comes what refills in so much time, at most capacity, once an event. And what is given
 *      back while instances still have such leases: a refund may be of more than was taken, and a
 *      reset is. Then what they hold is to be had once more, as it would be had they spent it; and
 *      nothing else.
 * 2. Conservation. What could be admitted this moment, free in the store or left of leases, is
 *    never more than that allowance, from which what instances owe is taken as the store is told of
 *    it.
 * 3. Leases. What an instance has left of one the store takes it to hold at that time; but for the
 *    time of a lease after the two events above.
 *    And the tokens of all leases are counted (lease-books.ts).
 * 4. Outage. While all instances are cut off what they admit all together is within the allowance,
 *    and on top of it for each what its share refilled while others were not cut off yet. Under
 *    mixed limits also what the largest holds more than the smallest. What they had leased is
 *    judged by 1, and not here: the shares of others fill beside a lease, of which nobody could
 *    tell them.
 */

import type { Limit } from '../../src/bucket/limit.ts';
import { LEASE_US } from '../../src/lease/settings.ts';
import { isReply } from '../../src/lease/terms/exchange.ts';
import { Allowance, EPSILON } from './allowance.ts';
import { LeaseBooks } from './lease-books.ts';
import { inUseAt, type Picture, tokensInUse } from './picture.ts';
import { rateOf } from './share-judge.ts';
import type { Execution, SharedStore } from './shared-store.ts';

export interface KeyJudgeParts {
  readonly key: string;
  readonly limits: readonly Limit[];
  readonly store: SharedStore;
  readonly left: () => readonly Left[];
  /** The exchange of the last answer that the instance has. */
  readonly heardSeq: (instance: string) => number;
  readonly fault: (words: string) => void;
}

/** Tokens that an instance could spend now. */
export interface Left {
  readonly instance: string;
  readonly tokens: number;
}

const NO_LEASE = { seq: 0, held: 0, grant: 0 };
/** Leases from before an event are over so long after it, by the slowest clock. */
const OLD_LEASES_US = 1.01 * LEASE_US;

export class KeyJudge {
  readonly #parts: KeyJudgeParts;
  readonly #perUs: number;
  /** What leases and the store admit. */
  readonly #admitted: Allowance;
  /** And what the store was told of shares. */
  readonly #told: Allowance;
  /**
   * And what was spent from shares, as it was spent; null but in an outage that can be judged so.
   */
  #all: Allowance | null = null;
  #onTop = 0;
  #isAllCutOff = false;
  #inDoubtUntilUs = 0;
  /** Until then instances may have leases that the store has ended too early. */
  #endedEarlyUntilUs = 0;
  readonly #leases = new LeaseBooks();
  #picture: Picture | null = null;

  constructor(parts: KeyJudgeParts) {
    const { limits, store } = parts;
    const capacity = Math.max(...limits.map((limit) => limit.capacity));
    this.#parts = parts;
    this.#perUs = Math.max(...limits.map(rateOf));
    this.#admitted = new Allowance(capacity, this.#perUs, capacity, store.movedUs);
    this.#told = this.#admitted.copy();
  }

  /** Spent from a lease. */
  lease(instance: string, tokens: number): void {
    this.#leases.spend(instance, tokens);
    for (const one of [this.#admitted, this.#told]) one.take(tokens, this.#nowUs);
    if (!this.#isAllCutOff) this.#all?.take(tokens, this.#nowUs);
    this.judge();
  }

  /**
   * Taken back of what an exchange without an answer had booked; below 0 of what it had given back.
   */
  undone(tokens: number, share: number): void {
    // A refund that is undone had not been: so much less may be admitted. But what others were
    // granted of it meanwhile they may spend, as lawfully as if they had been charged at once: no
    // less is left than is held. Where that is returned instead, or ends, this stays too high by
    // it, and hides nothing: from `told` all is taken, and judge() allows no more to be had from
    // now on, free or leased, than that.
    const most = Math.max(0, this.#admitted.levelAt(this.#nowUs) - this.#held);
    this.#admitted.take(Math.min(-tokens, most), this.#nowUs);
    this.#all?.take(Math.min(Math.max(0, -tokens), most), this.#nowUs);
    this.#told.take(-tokens - share, this.#nowUs);
  }

  /**
   * Booked by the store for what was asked, less what was given back; and for what shares admitted.
   * In an outage of some what others give back may be admitted by all. What the store books for
   * those who ask is not admitted yet: a store that was silent obeys what was given up and had from
   * a share.
   */
  booked(tokens: number, share: number, returned = 0): void {
    this.#admitted.take(tokens, this.#nowUs);
    this.#all?.take(-returned, this.#nowUs);
    this.#told.take(tokens + share, this.#nowUs);
    this.judge();
  }

  /** To be called first: the exchange gives back so many tokens, of what was in use before it. */
  givenBack({ before, nowUs }: Execution, tokens: number): void {
    const forUs = this.#endedEarlyUntilUs - this.#nowUs;
    if (before === null || tokens <= 0 || forUs <= 0) return;
    const { used, leases } = inUseAt(before, nowUs);
    const { left, heardSeq } = this.#parts;
    const early = left().reduce((sum, { instance, tokens }) => {
      const { seq, held, grant } = leases.get(instance) ?? NO_LEASE;
      const known = seq > heardSeq(instance) ? held - grant : held;
      return sum + Math.max(0, tokens - known);
    }, 0);
    const missing = Math.max(0, early - this.#admitted.onTopAt(this.#nowUs));
    const more = Math.min(tokens, used / before.period, missing);
    for (const one of this.#allowances) one.widen(more, this.#nowUs, forUs);
  }

  filled(): void {
    for (const one of this.#allowances) one.fill(this.#nowUs);
  }

  share(tokens: number, isAllCutOff: boolean): void {
    const level = this.#all?.take(tokens, this.#nowUs) ?? 0;
    if (!isAllCutOff || level >= -this.#onTop - EPSILON) return;
    this.#parts.fault(`${-level} tokens too many in an outage, and ${this.#onTop} may be`);
  }

  /** An outage begins: nobody had been cut off, or this is not judged. */
  outageBegins(): void {
    this.#all = this.#admitted.copy();
    this.#onTop = 0;
    this.#isAllCutOff = false;
  }

  /**
   * All are cut off now, each alone for its part of the limit times so long. A share that begins
   * empty under a small limit is not under a larger.
   */
  allCutOff(partUs: number): void {
    this.#isAllCutOff = true;
    const { limits } = this.#parts;
    const smallest = Math.min(...limits.map(({ capacity }) => capacity));
    this.#onTop = partUs * this.#perUs + this.#admitted.capacity - smallest;
  }

  outageEnds(): void {
    this.#all = null;
  }

  /** `spent` is what the store then took for spent of the instance's lease. */
  executed(execution: Execution, spent: number): void {
    const { exchange, instance, outcome, before, after, nowUs } = execution;
    if (isReply(outcome)) this.#leases.obey(instance, exchange.seq, outcome.grant);
    this.#leases.charge(instance, spent);
    if (before !== null) this.#leases.end(before, nowUs);
    this.#picture = after;
  }

  /** The store has forgotten the key, whose time had come. */
  expired(): void {
    if (this.inUse > EPSILON) this.#parts.fault(`expires with ${this.inUse} tokens in use`);
    if (this.#picture !== null) this.#leases.end(this.#picture, Number.POSITIVE_INFINITY);
    this.#picture = null;
  }

  faultOfLeases(instance: string, isHealthy: boolean): string | null {
    const held = this.#picture?.leases.get(instance)?.held ?? 0;
    return this.#leases.faultAtEnd(instance, held, isHealthy);
  }

  /** The store has forgotten something, and this is what it knows. */
  forgot(picture: Picture | null): void {
    this.#inDoubtUntilUs = this.#nowUs + OLD_LEASES_US;
    const { capacity } = this.#admitted;
    // With debts more may have been in use than the capacity.
    const most = Math.max(capacity, this.inUse);
    this.#picture = picture;
    for (const one of this.#allowances) {
      one.widen(capacity, this.#nowUs, OLD_LEASES_US);
      one.take(-most, this.#nowUs);
    }
  }

  setForward(byUs: number): void {
    this.#inDoubtUntilUs = this.#nowUs + OLD_LEASES_US;
    this.#endedEarlyUntilUs = this.#inDoubtUntilUs;
    for (const one of this.#allowances) {
      one.widen(byUs * this.#perUs, this.#nowUs - byUs, OLD_LEASES_US + byUs);
    }
  }

  get inUse(): number {
    return tokensInUse(this.#picture, this.#parts.store.nowUs);
  }

  /** Tokens of live leases, as the store has them. */
  get #held(): number {
    return this.#picture === null ? 0 : inUseAt(this.#picture, this.#parts.store.nowUs).held;
  }

  judgeLease(instance: string, left: number): void {
    const { store, fault } = this.#parts;
    const lease = this.#picture && inUseAt(this.#picture, store.nowUs).leases.get(instance);
    const held = lease?.held ?? 0;
    if (left <= held || this.#nowUs <= this.#inDoubtUntilUs) return;
    fault(`${instance} has ${left} tokens left of a lease, and holds ${held}`);
  }

  judge(): void {
    const { left, fault } = this.#parts;
    const admitted = this.#admitted.levelAt(this.#nowUs);
    if (admitted < -EPSILON) fault(`${-admitted} tokens too many in a window`);
    const free = this.#admitted.capacity - this.inUse;
    const toBeHad = left().reduce((sum, { tokens }) => sum + tokens, free);
    const told = this.#told.levelAt(this.#nowUs);
    if (toBeHad > told + EPSILON) fault(`${toBeHad} tokens are to be had, and ${told} may be`);
  }

  get #allowances(): readonly Allowance[] {
    const both = [this.#admitted, this.#told];
    return this.#all === null ? both : [...both, this.#all];
  }

  get #nowUs(): number {
    return this.#parts.store.movedUs;
  }
}
