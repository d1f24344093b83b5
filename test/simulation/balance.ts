/**
 * The judge of every single exchange in the store: what was in use before, and what the exchange
 * says, make what is in use after it, to the unit; it was allowed and granted what there was; and
 * what can be undone of it is what it did.
 */
import type { Reply } from '../../src/lease/terms/exchange.ts';
import { type InUse, inUseAt, type Picture } from './picture.ts';
import type { Execution } from './shared-store.ts';

/** Tokens, in parts too. */
export interface Balance {
  readonly faults: readonly string[];
  /**
   * What the instance's last exchange had booked and this one took back, but for overdrafts that
   * were not there.
   */
  readonly undone: number;
  readonly isUndone: boolean;
  /** Taken by overdrafts that were not there. */
  readonly drawn: number;
  /** All else that it left in use; where there is no such overdraft that is not told. */
  readonly firm: number;
  /** What was taken back of what was charged in vain: what was refilled since is not. */
  readonly vain: number;
  /** Of the instance's lease: what was neither kept nor returned. */
  readonly spent: number;
}

const TOP = Number.MAX_SAFE_INTEGER;
const NOTHING: InUse = { used: 0, leases: new Map(), held: 0, lowest: 0 };

/** REQUIRES: it was obeyed. `firm` is what was told to be of the instance's last one. */
export function balanceOf(execution: Execution, firm = Number.POSITIVE_INFINITY): Balance {
  return new Reckoning(execution, firm).balance();
}

class Reckoning {
  readonly #execution: Execution;
  readonly #reply: Reply;
  readonly #period: number;
  readonly #faults: string[] = [];
  /** In units. */
  #used: number;
  #held = 0;
  #othersHeld = 0;
  /** Units that it left in use beside what leases left: what may be undone, and nothing else. */
  #did = 0;
  #drawn = 0;
  readonly #firmBefore: number;

  constructor(execution: Execution, firm: number) {
    this.#firmBefore = firm;
    const { outcome, before, exchange } = execution;
    this.#execution = execution;
    this.#reply = outcome as Reply;
    this.#period = before?.period ?? exchange.limit.period;
    this.#used = 0;
  }

  balance(): Balance {
    const { exchange, instance, before, nowUs } = this.#execution;
    const { leases, used, held, lowest } = before === null ? NOTHING : inUseAt(before, nowUs);
    const live = leases.get(instance);
    const own = before?.leases.get(instance);
    this.#used = used;
    this.#held = live?.held ?? 0;
    this.#othersHeld = held - this.#held;

    const booked = Math.min(own?.booked ?? 0, Math.floor(lowest));
    const isUndone = own !== undefined && own.seq >= exchange.unanswered;
    const undone = isUndone ? booked : 0;
    this.#use(-undone);
    if (isUndone && live !== undefined) this.#held -= Math.min(live.held, live.grant);
    // To the unit, whatever limit the bucket goes by afterwards: it is given back before that.
    const stillCharged = Math.max(0, (isUndone ? -booked : booked) / this.#period);
    const vain = Math.min(exchange.vain, stillCharged);
    const left = this.#held - (this.#reply.held - this.#reply.grant);
    const spent = left - Math.min(exchange.back, left);
    if (this.#isExact) {
      this.#settle(vain);
      this.#compare();
    }
    const undoneFirm = isUndone ? Math.min(undone / this.#period, this.#firmBefore) : 0;
    const drawn = this.#drawn / this.#period;
    const firm = drawn > 0 ? this.#did / this.#period - drawn : Number.POSITIVE_INFINITY;
    return { faults: this.#faults, undone: undoneFirm, isUndone, drawn, firm, vain, spent };
  }

  /** Ticks of microseconds under one limit: others are held against the script elsewhere. */
  get #isExact(): boolean {
    const { exchange, before } = this.#execution;
    const { limit } = exchange;
    return limit.tickUs === 1 && (before === null || isSame(before, limit));
  }

  #settle(vain: number): void {
    const { keep, back, owed, fill, costs, holds, limit } = this.#execution.exchange;
    const firm = costs.length - (this.#execution.exchange.overdrafts ?? 0);
    const { held, grant, allowed } = this.#reply;
    const kept = held - grant;
    if (kept > Math.min(keep, this.#held)) this.#fault('more is kept than was held');
    const returned = Math.min(back, this.#held - kept);
    this.#charge(this.#held - kept - returned);
    this.#held = kept;
    if (fill) this.#used = 0;
    const before = this.#used;
    this.#charge(-vain);
    this.#charge(owed);
    costs.forEach((cost, i) => {
      const fits = cost <= 0 || cost <= this.#free(limit.capacity);
      if (fits !== allowed[i]) this.#fault(`a cost of ${cost} is ${fits ? 'denied' : 'allowed'}`);
      if (!allowed[i]) {
        if (i >= firm) this.#draw(cost, limit.capacity);
        return;
      }
      if (i < holds) this.#held += cost;
      else this.#charge(cost);
    });
    this.#did = this.#used - before;
    const more = kept + grant - this.#held;
    if (more > Math.max(0, this.#free(limit.capacity))) this.#fault('more is granted than is free');
    this.#held += more;
  }

  /** What the store has now. */
  #compare(): void {
    const { after, nowUs } = this.#execution;
    const { used, held } = after === null ? NOTHING : inUseAt(after, nowUs);
    const total = this.#othersHeld + this.#held;
    if (used !== this.#used) this.#fault(`${used} units are used after it, not ${this.#used}`);
    if (held !== total) this.#fault(`${held} tokens are held after it, not ${total}`);
    const booked = after?.leases.get(this.#execution.instance)?.booked ?? 0;
    if (booked !== this.#did)
      this.#fault(`${booked} units can be undone, and ${this.#did} were done`);
    const { others } = this.#reply;
    if (others !== this.#othersHeld) this.#fault(`others hold ${this.#othersHeld}, not ${others}`);
  }

  /** Tokens, in parts too. */
  #free(capacity: number): number {
    return capacity - this.#used / this.#period - this.#othersHeld - this.#held;
  }

  #charge(tokens: number): void {
    this.#use(Math.round(tokens * this.#period));
  }

  #draw(cost: number, capacity: number): void {
    const before = this.#used;
    const most = Math.max(before, 2 * capacity * this.#period);
    this.#used = Math.min(before + cost * this.#period, most);
    this.#drawn += this.#used - before;
  }

  #use(units: number): void {
    this.#used = Math.min(TOP, Math.max(0, this.#used + units));
  }

  #fault(words: string): void {
    const { exchange, instance } = this.#execution;
    this.#faults.push(`${instance}, ${exchange.key}, exchange ${exchange.seq}: ${words}`);
  }
}

function isSame(one: Pick<Picture, 'count' | 'period' | 'tickUs'>, other: typeof one): boolean {
  const { count, period, tickUs } = one;
  return count === other.count && period === other.period && tickUs === other.tickUs;
}
