/**
 * The judge of each instance's books about one key: what the store took for it is what those who
 * asked were told and what was owed for shares, or was given back. Never less; and once all is
 * settled no more, but for what was to be given back and had been refilled meanwhile.
 */
import type { Exchange, Reply } from '../../src/lease/terms/exchange.ts';
import { EPSILON } from './allowance.ts';

/** Tokens of one exchange, as the store took them. */
export interface Booking {
  /** For what was asked: below 0 where more was given back. */
  readonly asked: number;
  /** Of them what whoever asked gave back. */
  readonly returned: number;
  /** Given back of what had been charged in vain. */
  readonly vain: number;
  /** Of the exchange before, which was not answered. */
  readonly undone: number;
}

export class Books {
  /** What the store has booked for this instance and not taken back. */
  #booked = 0;
  #returned = 0;
  /** Spent from shares, and of it what the store was told of and answered. */
  #shareSpent = 0;
  #shareSettled = 0;
  /**
   * What came too late for whoever asked, by the exchange that took it; and what was given back.
   */
  readonly #late = new Map<number, number>();
  #lateBack = 0;
  /** What the last exchange booked, that was not known to be answered. */
  #last = NOTHING;
  #lastSeq = 0;
  /** The last that was. */
  #answeredSeq = 0;
  /** What the last answer that came says was taken, and what may be given back of it. */
  #heard = { seq: 0, taken: 0 };
  #mostVain = 0;
  #sentSeq = 0;
  /** Exchanges since the last that said that all before it were answered, itself among them. */
  #inRow = 0;
  /** Whether more may stay booked than was told. */
  #isOver = false;
  /** Whether something was given back that the last answer does not say was taken. */
  #isStrange = false;
  /** Whether a debt was told that was not heard, and not told again. */
  #isForgotten = false;
  /** Allowed by the store, as those who asked were told. */
  toldByStore = 0;
  /** Allowed where the store's answer may yet come, and stays booked. */
  toldBlindly = 0;
  toldByShare = 0;
  spentOfLeases = 0;
  toldByLease = 0;
  /** Spent from shares for what was denied in the end, and not put back. */
  lostOfShares = 0;

  /** Where nobody asks, what a few exchanges without an answer may have charged is given up. */
  sent({ seq, unanswered, vain }: Exchange): void {
    if (unanswered === seq) {
      if (this.#inRow >= MOST_LOST) this.#isOver = true;
      this.#inRow = 0;
      this.#mostVain = this.#heard.seq === this.#sentSeq ? this.#heard.taken : 0;
    }
    this.#inRow += 1;
    this.#sentSeq = seq;
    this.#isStrange ||= vain > this.#mostVain;
  }

  /**
   * The instance is told how much an exchange took for what was asked. Where that came twice, once
   * its record had ended, it was decided twice, and the answer is that of one of them.
   */
  answered(exchange: Exchange, reply: Reply): void {
    const { seq } = exchange;
    const taken = takenOf(exchange, reply).reduce((sum, cost) => sum + Math.max(0, cost), 0);
    if (seq > this.#heard.seq) this.#heard = { seq, taken };
  }

  /** Below 0: put back. */
  spendShare(tokens: number): void {
    this.#shareSpent += tokens;
  }

  /** Taken of a share in any case. */
  drawShare(tokens: number): void {
    this.#shareSpent += tokens;
    this.toldByShare += tokens;
  }

  /** Whoever asked was told no, before the store's answer came that had taken so much. */
  cameLate(tokens: number, seq: number): void {
    this.#late.set(seq, (this.#late.get(seq) ?? 0) + tokens);
  }

  /**
   * Returns how much of what was undone had been spent from shares: the rest was for what was
   * asked.
   */
  book(booking: Booking, exchange: Exchange): number {
    const { asked, returned, vain, undone } = booking;
    const { seq, unanswered, owed } = exchange;
    const booked = asked + owed - vain;
    this.#booked += booked - undone;
    this.#returned += returned;
    this.#lateBack += vain;
    // Its record had ended when it came again, or late: what it does then nobody undoes.
    if (seq <= this.#lastSeq) {
      this.#isOver = true;
      return 0;
    }
    if (unanswered > this.#lastSeq) this.#wasAnswered();
    const last = this.#last;
    // What was refilled since stays.
    if (Math.abs(undone - last.booked) > EPSILON) this.#isOver = true;
    this.#lateBack -= last.vain;
    this.#last = { booked, owed, vain };
    this.#lastSeq = seq;
    // What the exchanger knows by itself to have been taken for those who were told no.
    const known = this.#late.get(this.#answeredSeq) ?? 0;
    this.#late.set(this.#answeredSeq, Math.max(known, exchange.vain));
    this.#isForgotten ||= owed < last.owed;
    return Math.min(last.owed, Math.max(0, undone));
  }

  #wasAnswered(): void {
    this.#shareSettled += this.#last.owed;
    this.#last = NOTHING;
    this.#answeredSeq = this.#lastSeq;
  }

  /** The exchange of the last answer. */
  get heardSeq(): number {
    return this.#heard.seq;
  }

  /** What must hold at every time. */
  faultNow(): string | null {
    if (this.#isForgotten) return 'a debt that was not heard is not told again';
    if (this.#isStrange) return 'more is given back than the last answer says was taken';
    const booked = this.#booked + this.#returned;
    const told = this.toldByStore + this.#shareSettled;
    if (booked >= told - EPSILON) return null;
    return `the store has booked ${booked} tokens, and allowed ${told}`;
  }

  /** What must hold once all is settled. */
  faultAtEnd(): string | null {
    const spent = this.#shareSpent;
    if (spent !== this.toldByShare + this.lostOfShares) {
      return `${spent} tokens of shares were spent, ${this.toldByShare} told`;
    }
    const debt = this.#shareSettled + this.#last.owed;
    if (debt > spent) return `${spent} tokens of shares were spent, ${debt} charged`;
    if (this.spentOfLeases < this.toldByLease) {
      return `${this.toldByLease} tokens of leases were told, ${this.spentOfLeases} spent`;
    }
    const told = this.toldByStore + debt;
    const booked = this.#booked + this.#returned;
    if (booked < told - EPSILON) return `the store has booked ${booked} tokens of ${told}`;
    const late = [...this.#late.values()].reduce((sum, tokens) => sum + tokens, -this.#lateBack);
    const most = told + this.toldBlindly + late;
    if (!this.isExact || booked <= most + EPSILON) return null;
    return `the store has booked ${booked} tokens, and ${most} may be`;
  }

  /** Whether no more may stay booked than was told. */
  get isExact(): boolean {
    return !this.#isOver && this.#inRow < MOST_LOST && this.#returned === 0;
  }
}

/** Costs that were allowed, and not to be held. */
export function takenOf({ costs, holds }: Exchange, { allowed }: Reply): readonly number[] {
  return costs.filter((_, i) => i >= holds && allowed[i]);
}

const MOST_LOST = 3;
const NOTHING = { booked: 0, owed: 0, vain: 0 };
