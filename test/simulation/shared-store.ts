/**
 * The store of a simulation: the model behind a clock of its own, which may be set, and a memory
 * that may be lost. Tells of every exchange that it obeys.
 */
import { type Exchange, isReply, type Outcome } from '../../src/lease/terms/exchange.ts';
import { ExchangeModel, type Snapshot } from '../lease/model/exchange-model.ts';
import { type Picture, pictureOf } from './picture.ts';
import type { Timeline } from './timeline.ts';

/** An exchange as the store took it. */
export interface Execution {
  readonly exchange: Exchange;
  readonly instance: string;
  readonly outcome: Outcome;
  /** By the store's clock. */
  readonly nowUs: number;
  readonly before: Picture | null;
  readonly after: Picture | null;
}

export interface StoreEvents {
  executed(execution: Execution): void;
  /** Keys whose time had come. */
  expired(keys: readonly string[]): void;
  /** What it knew is gone, or some of it. */
  forgot(): void;
  /** Its clock was set. */
  stepped(byUs: number): void;
}

/** A time such as Redis tells. */
const START_US = 1_790_000_000_000_000;
const INSTANCE_LIFETIME_US = 5_000_000;

export class SharedStore {
  readonly #timeline: Timeline;
  readonly #events: StoreEvents;
  readonly #model = new ExchangeModel();
  readonly #beats = new Map<string, number>();
  readonly #keys = new Set<string>();
  #copy: Snapshot = new Map();
  #offsetUs = START_US;
  #movedUs = 0;
  #movedAtUs = 0;
  #waiting: (() => void)[] | null = null;
  /** No key expires before. */
  #nextExpiryUs = Number.POSITIVE_INFINITY;
  isUp = true;

  constructor(timeline: Timeline, events: StoreEvents) {
    this.#timeline = timeline;
    this.#events = events;
  }

  get nowUs(): number {
    return this.#timeline.nowUs + this.#offsetUs;
  }

  /**
   * How far its clock has gone forward, by itself and by being set. What it went back is not taken
   * off.
   */
  get movedUs(): number {
    this.#movedUs += this.#timeline.nowUs - this.#movedAtUs;
    this.#movedAtUs = this.#timeline.nowUs;
    return this.#movedUs;
  }

  step(byUs: number): void {
    this.#offsetUs += byUs;
    this.#movedUs += Math.max(0, byUs);
    this.#events.stepped(byUs);
  }

  /** Frozen, it obeys nothing, and afterwards all that has come meanwhile. */
  freeze(isFrozen: boolean): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = isFrozen ? waiting : null;
    if (!isFrozen) for (const obey of waiting) obey();
  }

  whenThawed(obey: () => void): void {
    if (this.#waiting === null) obey();
    else this.#waiting.push(obey);
  }

  exchange(exchange: Exchange, instance: string): Outcome {
    const { nowUs } = this;
    this.#expire(nowUs);
    this.#keys.add(exchange.key);
    const before = this.picture(exchange.key);
    const outcome = this.#model.exchange(exchange, instance, nowUs);
    const after = this.picture(exchange.key);
    this.#nextExpiryUs = Math.min(this.#nextExpiryUs, this.#expiresUs(exchange.key));
    this.#events.executed({ exchange, instance, outcome, nowUs, before, after });
    return outcome;
  }

  beat(instance: string): number {
    const { nowUs } = this;
    this.#beats.set(instance, nowUs);
    for (const [name, atUs] of this.#beats) {
      if (atUs < nowUs - INSTANCE_LIFETIME_US) this.#beats.delete(name);
      else if (atUs > nowUs) this.#beats.set(name, nowUs);
    }
    return this.#beats.size;
  }

  picture(key: string): Picture | null {
    return pictureOf(this.#model.hash(key));
  }

  /** What a replica has that takes over later. */
  copy(): void {
    this.#copy = this.#model.snapshot();
  }

  failOver(): void {
    this.#model.rollBack(this.#copy);
    this.#nextExpiryUs = 0;
    this.#events.forgot();
  }

  wipe(): void {
    this.#model.wipe();
    this.#beats.clear();
    this.#events.forgot();
  }

  #expire(nowUs: number): void {
    if (nowUs < this.#nextExpiryUs) return;
    const had = [...this.#keys].filter((key) => this.#expiresUs(key) <= nowUs);
    if (had.length > 0) {
      this.#events.expired(had);
      this.#model.expire(nowUs);
    }
    const times = [...this.#keys].map((key) => this.#expiresUs(key));
    this.#nextExpiryUs = Math.min(...times);
  }

  #expiresUs(key: string): number {
    return (this.#model.expiresMs(key) ?? Number.POSITIVE_INFINITY) * 1_000;
  }
}

/** Whether the bucket goes by another limit that the service keeps, though nothing was taken. */
function goesFaster({ exchange, outcome, before }: Execution): boolean {
  if (before === null || !isReply(outcome) || exchange.limit.isKept !== true) return false;
  const isTaken =
    outcome.grant > 0 || exchange.costs.some((cost, i) => cost > 0 && outcome.allowed[i]);
  return !isTaken && before.used > 0 && before.period !== outcome.period;
}

/** What is counted of an exchange that was obeyed. */
export function eventsOf(
  execution: Execution,
  { undone, drawn }: { readonly undone: number; readonly drawn: number },
): readonly string[] {
  const { exchange, before, instance, nowUs } = execution;
  const own = before?.leases.get(instance);
  const events: Readonly<Record<string, boolean>> = {
    exchanges: true,
    undone: undone !== 0,
    overdrawn: drawn > 0,
    owed: exchange.owed > 0,
    refunded: exchange.vain > 0,
    'given back': exchange.back > 0,
    'own lease ended': own !== undefined && own.held > 0 && own.expiryUs <= nowUs,
    'goes faster': goesFaster(execution),
  };
  return Object.keys(events).filter((event) => events[event]);
}
