/**
 * One exchange in TypeScript, step by step as src/lease/store/exchange.lua takes them, and by the
 * arithmetic of bucket/. Used by the model.
 *
 * Invariants, once it is taken:
 *   1. Leased tokens are not among the bucket's `used`, and occupy it all the same.
 *   2. No lease that is left has expired.
 *   3. What all instances could undo of their last exchanges is still in use, added up.
 */
import type { Limit } from '../../../src/bucket/limit.ts';
import {
  adopt,
  type Bucket,
  fill,
  giveBack,
  goesBy,
  isToGoBy,
  isWithin,
  refill,
  tokensUsed,
} from '../../../src/bucket/token-bucket.ts';
import type { Exchange, Reply } from '../../../src/lease/terms/exchange.ts';
import { isKept } from '../../../src/lease/terms/shared-limit.ts';
import type { Entry, Lease } from './exchange-entry.ts';

const TOP = Number.MAX_SAFE_INTEGER;

/** One exchange, from what is there to what is answered. The caller stores what it leaves. */
export class Turn {
  readonly #entry: Entry;
  readonly #bucket: Bucket;
  readonly #exchange: Exchange;
  readonly #own: Lease | undefined;
  readonly #nowUs: number;
  /** The fewest units in use since the bucket was refilled, to the microsecond and rounded down. */
  #lowest = TOP;
  #isLive = false;
  /** Live leases of other instances, and the tokens of them all. */
  readonly #others: Lease[] = [];
  #othersHeld = 0;
  #held = 0;
  #grant = 0;
  #booked = 0;
  /** Units that its last exchange charged and that are still in use; below 0 what it gave back. */
  #charged = 0;
  #isUndone = false;
  /** Whether nothing is to be remembered of it but what it found. */
  isLook = false;

  constructor(entry: Entry, exchange: Exchange, own: Lease | undefined, nowUs: number) {
    this.#entry = entry;
    this.#bucket = entry.bucket;
    this.#exchange = exchange;
    this.#own = own;
    this.#nowUs = nowUs;
  }

  /** What the instance holds from now on. */
  get lease(): Lease {
    const { seq, ttlUs } = this.#exchange;
    const expiryUs = this.#nowUs + ttlUs;
    return { seq, held: this.#held, expiryUs, grant: this.#grant, booked: this.#booked };
  }

  take(existed: boolean): Reply {
    const { fill: isFill, keep, back, owed, vain, costs, holds, want } = this.#exchange;
    const firm = costs.length - (this.#exchange.overdrafts ?? 0);
    this.#followClock();
    this.#endLeases();
    this.#undo();
    this.#settleLease();
    if (isFill) this.#fill();
    const isSilent = keep + back + want + owed + vain === 0 && !(isFill && existed);
    this.isLook = !this.#isLive && isSilent && costs.every((cost) => cost === 0);
    this.#settleDebt();
    const { limit } = this.#exchange;
    if (isKept(limit) && isToGoBy(this.#bucket, limit, this.#nowUs)) this.#adopt();
    const allowed = costs.map((cost, i) => {
      const isThere = this.#decide(cost, i < holds);
      if (!isThere && i >= firm) this.#draw(cost);
      return isThere;
    });
    this.#lease();
    this.#limitUndoing();
    this.#entry.version += 1;
    return this.#reply(allowed, existed);
  }

  /** A clock that went back takes all times with it: nothing comes sooner for that. */
  #followClock(): void {
    const slip = Math.max(0, this.#entry.seenUs - this.#nowUs);
    this.#bucket.atUs -= slip;
    for (const lease of this.#entry.leases.values()) lease.expiryUs -= slip;
    this.#entry.seenUs = this.#nowUs;
  }

  /** Leases that have expired occupied the bucket until then, and are used from then on. */
  #endLeases(): void {
    let endedHeld = 0;
    let endedUs = this.#bucket.atUs;
    for (const [instance, lease] of this.#entry.leases) {
      if (lease.expiryUs <= this.#nowUs) {
        endedHeld += lease.held;
        endedUs = Math.max(endedUs, lease.expiryUs);
        this.#entry.leases.delete(instance);
      } else if (lease === this.#own) {
        this.#isLive = true;
      } else {
        this.#others.push(lease);
        this.#othersHeld += lease.held;
      }
    }
    if (endedHeld > 0) {
      refill(this.#bucket, endedUs);
      this.#lower(endedUs);
      this.#charge(endedHeld);
    }
    refill(this.#bucket, this.#nowUs);
    this.#lower();
  }

  /** Of an exchange without an answer the instance knows nothing: it is as if it had not been. */
  #undo(): void {
    const own = this.#own;
    if (own === undefined) return;
    this.#held = this.#isLive ? own.held : 0;
    this.#charged = Math.min(own.booked, this.#lowest);
    if (own.seq < this.#exchange.unanswered) return;
    this.#isUndone = true;
    this.#held -= Math.min(this.#held, own.grant);
    if (this.#charged < 0) this.#use(-this.#charged);
    else this.#takeBack(this.#charged);
    this.#charged *= -1;
  }

  #settleLease(): void {
    const { keep, back } = this.#exchange;
    const kept = Math.min(keep, this.#held);
    const returned = Math.min(back, this.#held - kept);
    this.#charge(this.#held - kept - returned);
    this.#held = kept;
  }

  /** The bucket goes by the limit from now on. */
  #adopt(): void {
    const { limit } = this.#exchange;
    if (goesBy(this.#bucket, limit)) return;
    const { period } = this.#bucket;
    adopt(this.#bucket, limit, this.#nowUs);
    // In whole tokens: less can be undone, and more is charged again.
    const converted = (units: number) => {
      return Math.max(-TOP, Math.min(TOP, Math.floor(units / period) * limit.period));
    };
    this.#lowest = converted(this.#lowest);
    this.#booked = converted(this.#booked);
    for (const lease of this.#others) lease.booked = converted(lease.booked);
  }

  #settleDebt(): void {
    const { owed, vain } = this.#exchange;
    if (vain > 0 && this.#charged > 0) {
      const units = Math.min(vain * this.#bucket.period, this.#charged);
      // What the undoing charged again was never among the fewest in use.
      this.#book(() => (this.#isUndone ? this.#giveBack(units) : this.#takeBack(units)));
    }
    this.#book(() => this.#charge(owed));
  }

  #decide(cost: number, isHeld: boolean): boolean {
    if (cost <= 0) {
      this.#book(() => this.#giveBack(-cost * this.#bucket.period));
      return true;
    }
    const { limit } = this.#exchange;
    const room = limit.capacity - cost - this.#othersHeld - this.#held;
    if (room < 0 || !isWithin(this.#bucket, limit, room, this.#nowUs)) return false;
    this.#adopt();
    if (isHeld) this.#grantMore(cost);
    else this.#book(() => this.#charge(cost));
    return true;
  }

  /** Takes what is not there, as far as a bucket may be overdrawn. */
  #draw(cost: number): void {
    if (this.#bucket.used === 0) this.#adopt();
    const { used, period } = this.#bucket;
    const most = Math.max(used, Math.min(2 * this.#exchange.limit.capacity * period, TOP));
    this.#book(() => this.#use(Math.min(cost * period, most - used)));
  }

  /** Books what this does to the units in use: that is what can be undone. */
  #book(change: () => void): void {
    const before = this.#inUse;
    change();
    this.#booked += this.#inUse - before;
  }

  #lease(): void {
    const { limit, want, least } = this.#exchange;
    const unused = limit.capacity - inUse(this.#bucket, limit, this.#nowUs);
    const free = Math.max(0, unused - this.#othersHeld - this.#held);
    const share = Math.floor(free / (this.#others.length + 1));
    const granted = Math.min(want, free, Math.max(least, share));
    if (granted > 0) this.#adopt();
    this.#grantMore(granted);
  }

  #grantMore(tokens: number): void {
    this.#grant += tokens;
    this.#held += tokens;
  }

  /** What others booked and was refilled since cannot be undone, or it would be there twice. */
  #limitUndoing(): void {
    const share = shareOf(this.#lowest, this.#others);
    for (const lease of this.#others) lease.booked = Math.min(lease.booked, share);
  }

  #reply(allowed: readonly boolean[], existed: boolean): Reply {
    const { used, atUs, count, period, tickUs } = this.#bucket;
    const { keep, back } = this.#exchange;
    return {
      used,
      sinceUs: this.#nowUs - atUs,
      count,
      period,
      tickUs,
      held: this.#held,
      grant: this.#grant,
      others: this.#othersHeld,
      active: this.#others.length + 1,
      version: this.#entry.version,
      isKnown: this.#isLive || keep + back === 0,
      existed,
      allowed,
    };
  }

  #charge(tokens: number): void {
    // A product beyond 2^53 is rounded to something that is beyond it too.
    this.#use(tokens * this.#bucket.period);
  }

  #use(units: number): void {
    this.#bucket.used = Math.min(TOP, this.#bucket.used + units);
  }

  /** Gives back what the instance's last exchange booked: no others can undo that too. */
  #takeBack(units: number): void {
    const left = this.#lowest - units;
    this.#giveBack(units);
    this.#lowest = Math.max(0, Math.min(this.#lowest, left));
  }

  #giveBack(units: number): void {
    if (units === 0) return;
    giveBack(this.#bucket, units, this.#nowUs);
    this.#lower();
  }

  #fill(): void {
    fill(this.#bucket, this.#nowUs);
    this.#lower();
  }

  #lower(nowUs = this.#nowUs): void {
    this.#lowest = Math.min(this.#lowest, this.#bucket.used - Math.ceil(this.#backInTick(nowUs)));
  }

  /** Units in use now, rounded up. */
  get #inUse(): number {
    return this.#bucket.used - Math.floor(this.#backInTick(this.#nowUs));
  }

  /**
   * Units that the passed part of a tick has given back, in parts too: `used` has whole ticks
   * alone. Less than a tick's count, and a quotient of whole numbers so small is whole only if it
   * is.
   */
  #backInTick(nowUs: number): number {
    const { atUs, count, tickUs } = this.#bucket;
    return ((nowUs - atUs) * count) / tickUs;
  }
}

/** Whole tokens in use of a bucket just refilled, as a question under `limit` finds them. */
function inUse(bucket: Bucket, limit: Limit, nowUs: number): number {
  return goesBy(bucket, limit) ? Math.ceil(bucket.used / bucket.period) : tokensUsed(bucket, nowUs);
}

/** The most that each may undo: where they booked more than is in use, an even share of that. */
function shareOf(inUse: number, leases: readonly Lease[]): number {
  const booked = leases.map((lease) => lease.booked).filter((units) => units > 0);
  const sum = booked.reduce((total, units) => total + units, 0);
  return sum > inUse ? Math.floor(inUse / booked.length) : TOP;
}
