/**
 * The exchanger: fetches leases from the store, gives them back, and asks it what no lease can
 * answer.
 *
 * Used by the thread of the same name, the only one that talks to the store: deciders tell it what
 * they need, and it answers. All that is wanted of a key meanwhile goes into its next exchange.
 *
 * Invariants:
 *   1. At most one exchange for a key is under way, whatever the number of deciders.
 *   2. Every ask is answered once, and none later than its time allows; every reset too, at its
 *      own.
 *   3. What may have reached the store is never sent again. The next exchange for the key says
 *      since when there were no answers, and the store takes back what those exchanges had done.
 *   4. While the store is away nothing is sent to it but the breaker's probe.
 *   5. What the store takes for a question that was given up, and what it leases that has no slot,
 *      is given back by the next exchange, which nobody has to ask for.
 */

import type { Clock } from '../../lib/clock.ts';
import type { Timers } from '../../lib/timers.ts';
import {
  type Cells,
  EXCHANGE_DURATION,
  EXCHANGES_LOST,
  FORFEITED,
  NEWER_HASHES,
  REGRESSIONS,
} from '../../metrics/cells.ts';
import type { LeaseTable } from '../lease-table.ts';
import { ANY_LIMIT, type SharingSettings } from '../settings.ts';
import type { Store } from '../store/store.ts';
import type { StoreStatus } from '../store-status.ts';
import { isReply, type Outcome, type Reply } from '../terms/exchange.ts';
import type { Settlement } from '../terms/lease-exchange.ts';
import { isKept, type SharedLimit } from '../terms/shared-limit.ts';
import { Asks } from './asks.ts';
import { planExchange } from './exchange-plan.ts';
import { Flight } from './flight.ts';
import { KeyChecks } from './key-checks.ts';
import type { Ask, KeyState, Reset, Sent } from './key-state.ts';
import { KeyStates } from './key-states.ts';
import type { StoreCalendar } from './store-calendar.ts';
import {
  decisionsOf,
  heldIn,
  isFar,
  isRegression,
  settlementOf,
  shortUs,
} from './store-decisions.ts';
import { BACKGROUND, WorkQueue } from './work-queue.ts';

export interface ExchangerParts {
  readonly settings: SharingSettings;
  readonly leases: LeaseTable;
  readonly store: Pick<Store, 'exchange' | 'slotOf'>;
  readonly status: StoreStatus;
  readonly calendar: StoreCalendar;
  readonly cells: Cells;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Told of every exchange whether it was answered in time. */
  readonly answered: (inTime: boolean) => void;
  /** Told when the store has been silent for its timeout. */
  readonly silent: () => void;
}

export class Exchanger {
  readonly #parts: ExchangerParts;
  readonly #states: KeyStates;
  readonly #work: WorkQueue;
  readonly #flight: Flight;
  readonly #asks: Asks;
  readonly #checks: KeyChecks;
  #seq = 0;
  #drained: (() => void) | null = null;

  constructor(parts: ExchangerParts) {
    const { timers, status, clock } = parts;
    this.#parts = parts;
    this.#states = new KeyStates(parts.cells);
    this.#flight = new Flight({
      ...parts,
      answered: (sent, outcome, nowUs) => this.#receive(sent, outcome, nowUs),
      failed: (sent) => this.#fail(sent),
      moved: () => this.#work.serveSoon(),
    });
    this.#work = new WorkQueue({
      timers,
      // All are to be told at once that it is away.
      room: () => (status.isAway ? Number.POSITIVE_INFINITY : this.#flight.room),
      heldUs: (state) => (status.isAway || this.#drained ? 0 : state.heldUs(clock)),
      serve: (states) => this.#serve(states),
    });
    this.#asks = new Asks({
      ...parts,
      stateOf: (key) => this.#states.get(key),
      isSilent: () => this.#flight.isSilent,
    });
    this.#checks = new KeyChecks({
      ...parts,
      states: this.#states,
      queue: (state) => this.#queue(state),
    });
  }

  ask(ask: Ask): void {
    const state = this.#states.of(ask.key, ask.limit);
    state.ask(ask);
    this.#asks.add(ask);
    this.#queue(state, ask.askedUs);
  }

  renew(key: string, limit: SharedLimit): void {
    const state = this.#states.of(key, limit);
    state.isSpent = isKept(limit);
    this.#queue(state);
  }

  /** Tokens were spent from a share: the table knows how many. */
  owe(key: string, limit: SharedLimit): void {
    const state = this.#states.of(key, limit);
    state.owe(limit);
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
  reset(key: string, answer: Reset): void {
    const state = this.#states.of(key, this.#states.get(key)?.limit ?? ANY_LIMIT);
    state.resets.push(answer);
    this.#queue(state, this.#parts.clock());
  }

  /** To be called when the store is taken to be away, before anybody is told. */
  goAway(): void {
    this.#parts.status.goAway(this.#parts.clock());
    for (const state of this.#states.all()) {
      if (state.sent !== null && this.#flight.end(state.sent)) this.#abandon(state.sent);
      else if (state.isUrgent) this.#queue(state);
    }
    this.#work.serveSoon();
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
  #queue(state: KeyState, lane: number = BACKGROUND): void {
    if (state.sent === null) this.#work.add(state, lane);
  }

  #serve(states: readonly KeyState[]): void {
    const { status, clock } = this.#parts;
    if (status.isAway) {
      for (const state of states) {
        this.#asks.refuse(state);
        this.#goOn(state);
      }
      return;
    }
    const nowUs = clock();
    const all = states.map((state) => this.#prepare(state, nowUs)).filter((sent) => sent !== null);
    if (all.length > 0) this.#flight.send(all);
  }

  /** Null where there is nothing to say. */
  #prepare(state: KeyState, nowUs: number): Sent | null {
    const { leases, calendar, status, settings, cells } = this.#parts;
    this.#asks.giveUpLate(state, nowUs);
    const asks = state.takeAsks();
    const resets = state.resets.splice(0);
    const { exchange, forfeited } = planExchange(state, {
      leases,
      calendar,
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
      this.#goOn(state);
      return null;
    }
    state.sent = { state, exchange, asks, resets, sentUs: nowUs, isCounted: true, isAgain: false };
    return state.sent;
  }

  #receive(sent: Sent, outcome: Outcome, nowUs: number): void {
    const { cells, answered, status } = this.#parts;
    const { state, resets, sentUs } = sent;
    answered(true);
    if (!isReply(outcome)) {
      this.#refused(sent, outcome, nowUs);
      return;
    }
    cells.observe(EXCHANGE_DURATION, (nowUs - sentUs) / 1_000_000);
    if (isRegression(sent, outcome, nowUs)) cells.add(REGRESSIONS, 1);
    state.heard(sent.exchange.seq, outcome.version, nowUs);
    state.isFar = isFar(sent, nowUs);
    const now = { instances: status.instances, nowUs };
    const decisions = decisionsOf(sent, outcome, now);
    const settlement = settlementOf(sent, outcome, decisions, now);
    // Its lease was over before this could be given back.
    if (!outcome.isKnown) cells.add(FORFEITED, sent.exchange.back);
    const hasRoom = this.#settle(sent, settlement, nowUs);
    if (hasRoom && sent.exchange.holds > 0) state.hold(heldIn(sent, decisions, nowUs));
    // Alone, it would only put off whoever was told when to come back.
    const isShared = sent.exchange.want > 0 && outcome.active > 1;
    if (isShared) this.#work.addAtHalf(state, settlement.deniedUntilUs - nowUs);
    const leftUs = shortUs(sent, outcome, settlement, nowUs);
    if (state.hasLease && leftUs !== null) this.#work.addAtHalf(state, leftUs);
    state.vain += this.#asks.tell(sent, decisions, hasRoom);
    if (state.vain + state.unheld > 0) this.#queue(state);
    for (const answer of resets) answer(outcome.existed);
    // It was under way when all leases were to be given back.
    if (this.#drained !== null && state.hasLease) this.#queue(state);
    this.#goOn(state, nowUs);
  }

  /** The store did nothing. Where it is in other windows than was thought, it is asked again. */
  #refused(sent: Sent, outcome: Exclude<Outcome, Reply>, nowUs: number): void {
    const { calendar, cells } = this.#parts;
    if (outcome === 'newer') cells.add(NEWER_HASHES, 1);
    const again = typeof outcome === 'string' ? null : calendar.again(sent, outcome, nowUs);
    sent.state.sent = again;
    if (again === null) this.#abandon(sent);
    else this.#flight.send([again]);
  }

  /** False where there is no slot for what was granted. */
  #settle({ state }: Sent, settlement: Settlement, nowUs: number): boolean {
    const { kept, grant, deadlineUs } = settlement;
    state.leasedUntilUs = deadlineUs;
    const hasRoom = this.#parts.leases.settle(state.key, settlement, nowUs);
    if (!hasRoom) state.unheld = grant;
    this.#states.setLease(state, hasRoom && kept + grant > 0);
    return hasRoom;
  }

  /** An exchange that was not answered in time, or not at all. */
  #fail(sent: Sent): void {
    // First: if the store is taken to be away now, those who are answered next must know it.
    this.#parts.answered(false);
    this.#abandon(sent);
  }

  /** Whether the store obeyed it is for the next exchange to find out. */
  #abandon({ state, exchange, asks, resets }: Sent): void {
    const { cells, status } = this.#parts;
    state.lose(exchange);
    cells.add(EXCHANGES_LOST, 1);
    cells.add(FORFEITED, exchange.back);
    if (exchange.keep === 0) this.#states.setLease(state, false);
    for (const ask of asks) this.#asks.decline(ask, status.isAway ? 'fallback' : 'late');
    for (const answer of resets) answer(null);
    this.#goOn(state);
  }

  /** What becomes of a key when its exchange has ended, or could not be. */
  #goOn(state: KeyState, nowUs: number = this.#parts.clock()): void {
    const first = state.waiting.find(({ isOver }) => !isOver);
    if (first !== undefined) this.#queue(state, first.askedUs);
    else if (state.resets.length > 0) this.#queue(state, nowUs);
    else this.#checks.add(state, nowUs);
    this.#work.serveSoon();
    this.#endDrain();
  }

  #endDrain(): void {
    if (this.#flight.isEmpty && this.#work.isEmpty) this.#drained?.();
  }
}
