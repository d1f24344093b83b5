/**
 * The exchanger: fetches leases from the store, gives them back, and asks it what no lease can answer.
 *
 * Used by the thread of the same name, the only one that talks to the store: deciders tell it what
 * they need, and it answers. All that is wanted of a key meanwhile goes into its next exchange.
 *
 * Invariants:
 *   1. At most one exchange for a key is under way, whatever the number of deciders.
 *   2. Every ask and every reset is answered once, and none later than the store's time allows.
 *   3. What may have reached the store is never sent again. The next exchange for the key says since
 *      when there were no answers, and the store takes back what those exchanges had done.
 *   4. While the store is away nothing is sent to it but the breaker's probe.
 */
import type { Decision } from '../bucket/decision.ts';
import type { Settlement } from '../bucket/lease.ts';
import { type Limit, limitOf } from '../bucket/limit.ts';
import type { Clock } from '../lib/clock.ts';
import { DelayQueue } from '../lib/delay-queue.ts';
import type { Timers } from '../lib/timers.ts';
import {
  type Cells,
  EXCHANGE_DURATION,
  EXCHANGES_LOST,
  FORFEITED,
  REGRESSIONS,
} from '../metrics/cells.ts';
import type { Outcome } from '../store/exchange.ts';
import type { Store } from '../store/store.ts';
import type { LeaseTable } from '../table/lease-table.ts';
import { planExchange } from './exchange-plan.ts';
import type { Ask, KeyState, Sent } from './key-state.ts';
import { KeyStates } from './key-states.ts';
import { CHECK_EVERY_US, type SharingSettings } from './settings.ts';
import { decisionsOf, isRegression, settlementOf } from './store-decisions.ts';
import type { StoreStatus } from './store-status.ts';
import { WorkQueue } from './work-queue.ts';

export interface ExchangerParts {
  readonly settings: SharingSettings;
  readonly leases: LeaseTable;
  readonly store: Store;
  readonly status: StoreStatus;
  readonly cells: Cells;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Told of every exchange whether it was answered in time. */
  readonly answered: (inTime: boolean) => void;
}

/** What nobody waits for is sent while no more than so many exchanges are under way. */
const MOST_IN_BACKGROUND = 128;
/** What a reset goes by where nobody has asked for the key yet. */
export const ANY_LIMIT: Limit = limitOf({ capacity: 1, count: 1, periodUs: 1 }) as Limit;

export class Exchanger {
  readonly #parts: ExchangerParts;
  readonly #states: KeyStates;
  readonly #work: WorkQueue;
  readonly #timeouts: DelayQueue<Sent>;
  readonly #checks: DelayQueue<KeyState>;
  #seq = 0;
  #inFlight = 0;
  #drained: (() => void) | null = null;

  constructor(parts: ExchangerParts) {
    const { clock, timers, settings } = parts;
    this.#parts = parts;
    this.#states = new KeyStates(parts.cells);
    this.#work = new WorkQueue({
      timers,
      room: () => MOST_IN_BACKGROUND - this.#inFlight,
      serve: (state) => this.#serve(state),
    });
    this.#timeouts = new DelayQueue({
      delayUs: settings.storeTimeoutMs * 1_000,
      clock,
      timers,
      // Not at once: where this thread was late itself, the answer may be waiting to be read.
      due: (sent) => timers.soon(() => this.#fail(sent)),
    });
    this.#checks = new DelayQueue({
      delayUs: CHECK_EVERY_US,
      clock,
      timers,
      due: (state) => this.#check(state),
    });
  }

  ask(key: string, ask: Ask): void {
    const state = this.#states.of(key, ask.limit);
    state.waiting.push(ask);
    this.#queue(state);
  }

  renew(key: string, limit: Limit): void {
    this.#queue(this.#states.of(key, limit));
  }

  /** Tokens were spent from a share: the table knows how many. */
  owe(key: string, limit: Limit): void {
    const state = this.#states.of(key, limit);
    state.isOwing = true;
    this.#queue(state);
  }

  /** Tokens that this exchange took were not used. What older ones took may be refilled since. */
  refund(key: string, cost: number, seq: number): void {
    const state = this.#states.get(key);
    if (state?.sent === null && state.answered === seq) {
      state.vain += cost;
      this.#queue(state);
    } else {
      this.#parts.cells.add(FORFEITED, cost);
    }
  }

  /** Fills a bucket. `answer` is told whether there was one; null where the store is away. */
  reset(key: string, answer: (existed: boolean | null) => void): void {
    const state = this.#states.of(key, this.#states.get(key)?.limit ?? ANY_LIMIT);
    state.resets.push(answer);
    this.#queue(state);
  }

  /** To be called when the store is taken to be away, before anybody is told. */
  goAway(): void {
    this.#parts.status.goAway(this.#parts.clock());
    for (const { sent } of this.#states.all()) if (sent && this.#end(sent)) this.#abandon(sent);
  }

  /** To be called when the store is back: tells it what was spent meanwhile. */
  comeBack(): void {
    this.#parts.status.comeBack();
    for (const state of this.#states.all()) if (state.isUnsettled) this.#queue(state);
  }

  /** Gives all leases back, and takes no more. Resolves when nothing is under way. */
  drain(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#drained = resolve;
    for (const one of this.#states.all()) if (one.hasLease || one.isUnsettled) this.#queue(one);
    this.#endDrain();
    return promise;
  }

  /** Has an exchange made for the key, unless one is under way: then what waits goes after it. */
  #queue(state: KeyState): void {
    if (state.sent === null) this.#work.add(state);
  }

  #serve(state: KeyState): void {
    if (this.#parts.status.isAway) {
      state.refuse();
      this.#settled(state);
    } else {
      this.#exchange(state);
    }
  }

  #exchange(state: KeyState): void {
    const { leases, store, status, settings, cells, clock } = this.#parts;
    const nowUs = clock();
    for (const ask of state.takeLate(nowUs)) ask.answer(null, 0);
    const asks = state.takeAsks();
    const resets = state.resets.splice(0);
    const { exchange, forfeited } = planExchange(state, {
      leases,
      asks,
      fill: resets.length > 0,
      seq: ++this.#seq,
      mayLease: settings.sharing === 'leased' && this.#drained === null,
      instances: status.instances,
      nowUs,
    });
    if (forfeited > 0) cells.add(FORFEITED, forfeited);
    if (exchange === null) {
      this.#states.setLease(state, false);
      this.#settled(state);
      return;
    }
    const sent: Sent = { state, exchange, asks, resets, sentUs: nowUs };
    state.sent = sent;
    this.#inFlight++;
    this.#timeouts.add(sent);
    store.exchange(exchange).then(
      (outcome) => this.#receive(sent, outcome),
      () => this.#fail(sent),
    );
  }

  #receive(sent: Sent, outcome: Outcome): void {
    if (!this.#end(sent)) return;
    const { clock, cells, answered } = this.#parts;
    const { state, asks, resets, sentUs } = sent;
    answered(true);
    // Only a namesake of this instance could have been there with a later one. Nothing was done.
    if (outcome === 'stale') {
      this.#abandon(sent);
      return;
    }
    const nowUs = clock();
    cells.observe(EXCHANGE_DURATION, (nowUs - sentUs) / 1_000_000);
    if (isRegression(sent, outcome)) cells.add(REGRESSIONS, 1);
    state.heard(sent.exchange.seq, outcome.version);
    const now = { instances: this.#parts.status.instances, nowUs };
    const decisions = decisionsOf(sent, outcome, now);
    const settlement = settlementOf(sent, outcome, decisions, now);
    const hasRoom = this.#settle(sent, settlement, nowUs);
    // Alone, it would only put off whoever was told when to come back.
    const isShared = sent.exchange.want > 0 && outcome.active > 1;
    if (isShared) this.#renewLater(state, settlement.deniedUntilUs - nowUs);
    asks.forEach((ask, i) => {
      const decision = decisions[i] as Decision;
      // What was to be held, and for which there is no slot, is not there.
      const isLost = ask.holds && decision.allowed && !hasRoom;
      ask.answer(isLost ? null : decision, state.answered);
    });
    for (const answer of resets) answer(outcome.existed);
    // It was under way when all leases were to be given back.
    if (this.#drained !== null && state.hasLease) this.#queue(state);
    this.#settled(state);
  }

  /** False where there is no slot for what was granted. */
  #settle({ state }: Sent, settlement: Settlement, nowUs: number): boolean {
    const { leases, cells } = this.#parts;
    const { kept, grant } = settlement;
    const hasRoom = leases.settle(state.key, settlement, nowUs);
    if (!hasRoom) cells.add(FORFEITED, grant);
    this.#states.setLease(state, hasRoom && kept + grant > 0);
    return hasRoom;
  }

  /** Asks again at half a note: while there is demand nobody has to wait for the store. */
  #renewLater(state: KeyState, noteUs: number): void {
    if (state.isRenewed || noteUs <= 0) return;
    state.isRenewed = true;
    this.#parts.timers.after(noteUs / 2_000, () => {
      state.isRenewed = false;
      if (this.#states.get(state.key) === state) this.#queue(state);
    });
  }

  /** An exchange that was not answered in time, or not at all. */
  #fail(sent: Sent): void {
    if (!this.#end(sent)) return;
    // First: if the store is taken to be away now, those who are answered next must know it.
    this.#parts.answered(false);
    this.#abandon(sent);
  }

  /** Whether the store obeyed it is for the next exchange to find out. */
  #abandon({ state, exchange, asks, resets }: Sent): void {
    const { cells } = this.#parts;
    cells.add(EXCHANGES_LOST, 1);
    cells.add(FORFEITED, exchange.back);
    if (state.unanswered === 0) state.unanswered = exchange.seq;
    state.lost += 1;
    if (exchange.keep === 0) this.#states.setLease(state, false);
    state.owed += exchange.owed;
    state.vain += exchange.vain;
    for (const ask of asks) ask.answer(null, 0);
    for (const answer of resets) answer(null);
    this.#settled(state);
  }

  /** False where it had ended already: an answer that comes too late. */
  #end(sent: Sent): boolean {
    if (sent.state.sent !== sent) return false;
    sent.state.sent = null;
    if (--this.#inFlight === 0) this.#timeouts.clear();
    return true;
  }

  /** What becomes of a key when its exchange has ended, or could not be. */
  #settled(state: KeyState): void {
    if (state.isUrgent) this.#queue(state);
    else if (!state.isWatched) {
      state.isWatched = true;
      this.#checks.add(state);
    }
    this.#work.serveSoon();
    this.#endDrain();
  }

  /** Renews a lease or gives it back, tells the store what is still to tell, or forgets the key. */
  #check(state: KeyState): void {
    const { status, clock } = this.#parts;
    state.isWatched = false;
    if (state.sent !== null || state.queue !== 'none') return;
    // A lease that cannot be renewed ends by itself.
    if (status.isAway) this.#states.setLease(state, false);
    if (state.hasLease || (state.isToTell && !status.isAway)) this.#queue(state);
    else if (state.isWanted(clock())) this.#settled(state);
    else if (!state.isToTell) this.#states.forget(state);
  }

  #endDrain(): void {
    if (this.#inFlight === 0 && this.#work.isEmpty) this.#drained?.();
  }
}
