/**
 * One exchange about a window in TypeScript, as src/lease/store/window-exchange.lua takes it. Used
 * by the model.
 *
 * Invariants, once it is taken:
 *   1. The window is open by the store's clock, and nothing of an earlier one is counted in it.
 *   2. What is used and what is held is at most the capacity, but for debts and overdrafts.
 */
import { refill } from '../../../src/bucket/token-bucket.ts';
import { isWindow } from '../../../src/bucket/window.ts';
import type { Exchange, Reply, WindowsAround } from '../../../src/lease/terms/exchange.ts';
import type { Entry, Lease } from './exchange-entry.ts';

const TOP = Number.MAX_SAFE_INTEGER;
/** A lease has at most such a part of what is left, and lasts for such a part of its time. */
const LEASED_PARTS = 100;
const TIME_PARTS = 16;

/** The end of the window that holds a time; null where it is in none of those that are known. */
export function endAt({ endsUs }: WindowsAround, nowUs: number): number | null {
  const [begins] = endsUs;
  if (nowUs < begins) return null;
  return endsUs.find((endUs) => endUs > nowUs) ?? null;
}

/** Who says it, when, and whether there was an entry before. */
interface About {
  readonly instance: string;
  readonly nowUs: number;
  readonly existed: boolean;
}

/** One exchange, from what is there to what is answered. The caller stores what it leaves. */
export class WindowTurn {
  readonly #entry: Entry;
  readonly #exchange: Exchange;
  readonly #windows: WindowsAround;
  readonly #kind: number;
  readonly #nowUs: number;
  readonly #own: Lease | undefined;
  readonly #isLive: boolean;
  readonly #existed: boolean;
  /** Whether nothing is to be remembered of it but what it found. */
  readonly isLook: boolean;
  /** Live leases of other instances. */
  readonly #others: readonly Lease[];
  #used = 0;
  #endUs: number;
  /** The fewest tokens in use: what was booked is still among them. */
  #lowest: number;
  #held = 0;
  #grant = 0;
  #booked = 0;

  constructor(entry: Entry, exchange: Exchange, about: About) {
    const { instance, nowUs, existed } = about;
    const { limit, windows } = exchange;
    if (limit.window === undefined || windows === undefined) throw new Error('it is no window');
    this.#entry = entry;
    this.#exchange = exchange;
    this.#windows = windows;
    this.#kind = limit.window.kind;
    this.#nowUs = nowUs;
    this.#endUs = endAt(windows, nowUs) as number;
    this.#followClock();
    const overUs = this.#enter();
    this.#lowest = this.#used;
    const own = entry.leases.get(instance);
    this.#own = own;
    this.#isLive = own !== undefined && own.expiryUs > nowUs;
    this.#endLeases(overUs);
    this.#others = [...entry.leases].filter(([name]) => name !== instance).map(([, one]) => one);
    const { fill, keep, back, owed, vain, want, costs } = exchange;
    const isSilent = keep + back + owed + vain + want === 0 && costs.every((cost) => cost === 0);
    this.isLook = isSilent && !this.#isLive && !(fill && existed);
    this.#existed = existed;
  }

  /** What the instance holds from now on. */
  get lease(): Lease {
    const { seq, ttlUs } = this.#exchange;
    const expiryUs = Math.min(this.#nowUs + ttlUs, this.#endUs);
    return { seq, held: this.#held, expiryUs, grant: this.#grant, booked: this.#booked };
  }

  take(): Reply {
    const { keep, back, fill, vain, owed, costs, holds, overdrafts = 0 } = this.#exchange;
    const charged = this.#undo();
    const isUndone = this.#own !== undefined && this.#own.seq >= this.#exchange.unanswered;
    const kept = Math.min(keep, this.#held);
    const returned = Math.min(back, this.#held - kept);
    this.#use(this.#held - kept - returned);
    this.#held = kept;
    if (fill) this.#used = this.#lowest = 0;
    if (vain > 0 && charged > 0) this.#giveBackVain(Math.min(vain, charged, this.#used), isUndone);
    const { owedEndUs } = this.#windows;
    if (owedEndUs === 0 || owedEndUs >= this.#endUs) this.#book(() => this.#use(owed));
    const allowed = costs.map((cost, i) => {
      const isThere = this.#decide(cost, i < holds);
      if (!isThere && i >= costs.length - overdrafts) this.#book(() => this.#draw(cost));
      return isThere;
    });
    this.#lease();
    this.#entry.version += 1;
    this.#write();
    return this.#reply(allowed);
  }

  /** A clock that went back takes all times with it, but not the calendar. */
  #followClock(): void {
    const slip = Math.max(0, this.#entry.seenUs - this.#nowUs);
    if (!isWindow(this.#entry.bucket)) this.#entry.bucket.atUs -= slip;
    for (const lease of this.#entry.leases.values()) lease.expiryUs -= slip;
    this.#entry.seenUs = this.#nowUs;
  }

  /** Opens the window. Returns until when leases were of one that is over; 0 where none is. */
  #enter(): number {
    const { bucket, leases } = this.#entry;
    const { capacity } = this.#exchange.limit;
    if (!isWindow(bucket)) {
      const { period } = bucket;
      refill(bucket, this.#nowUs);
      this.#used = Math.min(capacity, Math.ceil(bucket.used / period));
      for (const lease of leases.values()) lease.booked = Math.floor(lease.booked / period);
      return 0;
    }
    const { used, count: endUs, period: kind } = bucket;
    if (endUs <= this.#nowUs) {
      for (const lease of leases.values()) lease.booked = 0;
      return endUs;
    }
    this.#used = kind === this.#kind ? used : Math.min(used, capacity);
    const isWrong = endUs - this.#nowUs > 2 * this.#windows.longestUs;
    if (kind === this.#kind && !isWrong) this.#endUs = Math.max(this.#endUs, endUs);
    return 0;
  }

  /** What of leases was of a window that is over is gone with it; the rest is used. */
  #endLeases(overUs: number): void {
    for (const [instance, { held, expiryUs }] of this.#entry.leases) {
      if (expiryUs > this.#nowUs) continue;
      this.#entry.leases.delete(instance);
      if (expiryUs > overUs) this.#use(held);
    }
  }

  /**
   * Of an exchange without an answer the instance knows nothing. Returns what its last one charged
   * and is still in use, or what undoing it has charged again.
   */
  #undo(): number {
    const own = this.#own;
    if (own === undefined) return 0;
    const { booked } = own;
    this.#held = this.#isLive ? own.held : 0;
    const charged = Math.min(booked, this.#lowest);
    if (own.seq < this.#exchange.unanswered) return charged;
    this.#held -= Math.min(this.#held, own.grant);
    this.#use(-charged);
    this.#lowest -= Math.max(0, charged);
    return -charged;
  }

  #giveBackVain(tokens: number, isUndone: boolean): void {
    this.#book(() => this.#use(-tokens));
    // What the undoing charged again was never among the fewest in use.
    this.#lowest = isUndone
      ? Math.min(this.#lowest, this.#used)
      : Math.max(0, this.#lowest - tokens);
  }

  #decide(cost: number, isHeld: boolean): boolean {
    if (cost < 0) {
      this.#book(() => this.#use(Math.max(cost, -this.#used)));
      this.#lowest = Math.min(this.#lowest, this.#used);
    }
    if (cost <= 0) return true;
    if (cost > this.#left) return false;
    if (isHeld) this.#grantMore(cost);
    else this.#book(() => this.#use(cost));
    return true;
  }

  #draw(cost: number): void {
    const most = Math.max(this.#used, Math.min(2 * this.#exchange.limit.capacity, TOP));
    this.#used = Math.min(this.#used + cost, most);
  }

  #lease(): void {
    const { want, least, ttlUs } = this.#exchange;
    if (this.#endUs - this.#nowUs < ttlUs / TIME_PARTS) return;
    const free = Math.max(0, this.#left);
    const most = Math.max(0, Math.floor((free + this.#held) / LEASED_PARTS) - this.#held);
    const share = Math.floor(free / (this.#others.length + 1));
    this.#grantMore(Math.min(want, most, Math.max(least, share)));
  }

  #grantMore(tokens: number): void {
    this.#held += tokens;
    this.#grant += tokens;
  }

  /** Leaves the entry as the window is now. */
  #write(): void {
    const booked = this.#others.map((lease) => lease.booked).filter((tokens) => tokens > 0);
    const sum = booked.reduce((total, tokens) => total + tokens, 0);
    const share = sum > this.#lowest ? Math.floor(this.#lowest / booked.length) : TOP;
    for (const lease of this.#others) lease.booked = Math.min(lease.booked, share);
    const [used, endUs] = [this.#used, this.#endUs];
    const record = { used, atUs: endUs, count: endUs, period: this.#kind, tickUs: 0 };
    Object.assign(this.#entry.bucket, record);
  }

  #reply(allowed: readonly boolean[]): Reply {
    const { keep, back } = this.#exchange;
    return {
      used: this.#used,
      sinceUs: this.#nowUs - this.#endUs,
      count: this.#endUs,
      period: this.#kind,
      tickUs: 0,
      held: this.#held,
      grant: this.#grant,
      others: this.#othersHeld,
      active: this.#others.length + 1,
      version: this.#entry.version,
      isKnown: this.#isLive || keep + back === 0,
      existed: this.#existed,
      allowed,
    };
  }

  get #othersHeld(): number {
    return this.#others.reduce((sum, { held }) => sum + held, 0);
  }

  get #left(): number {
    return this.#exchange.limit.capacity - this.#used - this.#othersHeld - this.#held;
  }

  #use(tokens: number): void {
    this.#used = Math.min(TOP, this.#used + tokens);
  }

  /** Books what this does to the tokens in use: that is what can be undone. */
  #book(change: () => void): void {
    const before = this.#used;
    change();
    this.#booked += this.#used - before;
  }
}
