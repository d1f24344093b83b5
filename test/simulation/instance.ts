/**
 * One instance as it is put together in threads/, but in one thread and in a time that a simulation
 * moves: its table, the link to the store, its deciders, and its rebalancer.
 */

import type { FromExchanger, ToExchanger } from '../../src/lease/ask-messages.ts';
import { StoreLink } from '../../src/lease/fetcher/store-link.ts';
import { SharedLimiter } from '../../src/lease/holder/shared-limiter.ts';
import { LeaseTable } from '../../src/lease/lease-table.ts';
import { packAnswers, packAsks, unpackAnswers, unpackAsks } from '../../src/lease/packed.ts';
import type { SharingSettings } from '../../src/lease/settings.ts';
import type { Store } from '../../src/lease/store/store.ts';
import { StoreStatus } from '../../src/lease/store-status.ts';
import { isShareOf } from '../../src/lease/terms/lease-state.ts';
import type { Clock, WallClock } from '../../src/lib/clock.ts';
import type { Timers } from '../../src/lib/timers.ts';
import { Cells, EVICTIONS, FORFEITED, REGRESSIONS, sumCells } from '../../src/metrics/cells.ts';
import { Rebalancer } from '../../src/table/rebalancer.ts';
import { reserveTable } from '../../src/table/table-memory.ts';
import { calendarBy } from '../support/calendars.ts';
import type { Chance } from './chance.ts';
import { LeasePeek } from './lease-peek.ts';
import type { Timeline } from './timeline.ts';
import { type Spending, WatchedLeases } from './watched-leases.ts';

export type Refund = Extract<ToExchanger, { readonly kind: 'refund' }>;

export interface InstanceParts {
  readonly name: string;
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly settings: SharingSettings;
  readonly deciders: number;
  readonly slots: number;
  readonly evicts: boolean;
  readonly store: Store;
  /** Its wall clock, where that matters. */
  readonly wall?: WallClock;
  readonly spending: Spending;
  /** A decision that took tokens came too late for whoever asked. */
  readonly cameLate: (refund: Refund) => void;
  readonly count: (event: string, times: number) => void;
}

/** Two clocks of good machines part by so much in a second, at most. */
const MOST_DRIFT = 0.0005;
const ROWS = 3;
/** From one thread to another. */
const MESSAGE_US = [20, 400] as const;
const LATE_TIMER_US = 600;
const SWEEP_EVERY_US = 130_000;

export class Instance {
  readonly name: string;
  readonly limiters: readonly SharedLimiter[];
  readonly status: StoreStatus;
  readonly clock: Clock;
  readonly #parts: InstanceParts;
  readonly #link: StoreLink;
  readonly #peek: LeasePeek;
  readonly #rate: number;
  readonly #cells: SharedArrayBuffer;
  isAlive = true;

  constructor(parts: InstanceParts) {
    const { timeline, chance, settings, spending, store } = parts;
    this.name = parts.name;
    this.#parts = parts;
    const originUs = chance.between(0, 1e12);
    this.#rate = 1 + (2 * chance.next() - 1) * MOST_DRIFT;
    this.clock = () => originUs + Math.floor(timeline.nowUs * this.#rate);

    const hashKey = { k0: chance.between(0, 2 ** 30), k1: chance.between(0, 2 ** 30) };
    const memory = { ...reserveTable(parts.slots, { holds: 'leases' }), hashKey };
    const cellMemory = Cells.reserve(ROWS);
    this.#cells = cellMemory;
    const cells = new Cells(cellMemory, 0);
    this.status = new StoreStatus(StoreStatus.reserve(1, this.clock()));
    this.#peek = new LeasePeek(memory, new Cells(cellMemory, 1));
    const { clock, status } = this;
    const timers = this.#timers();
    const random = () => chance.next();
    const leases = new LeaseTable(memory, cells);
    const shared = { settings, status, cells, clock, timers };
    this.#link = new StoreLink({
      ...shared,
      leases,
      store,
      calendar: calendarBy(parts.wall ?? (() => timeline.nowUs)),
      random,
      rehearse: async () => undefined,
    });
    this.limiters = Array.from({ length: parts.deciders }, () => {
      const watched = new WatchedLeases(memory, cells, spending);
      const limiter: SharedLimiter = new SharedLimiter({
        ...shared,
        leases: watched,
        maxKeys: parts.slots,
        send: this.#channel((message) => limiter.receive(message)),
      });
      return limiter;
    });
    if (parts.evicts) this.#sweepAgain(new Rebalancer(memory, clock, new Cells(cellMemory, 2)));
  }

  /** Says what it counted itself. */
  count(): void {
    const sums = sumCells(this.#cells);
    const { count } = this.#parts;
    count('evicted', sums[EVICTIONS] ?? 0);
    count('forfeited', sums[FORFEITED] ?? 0);
    count('regressions', sums[REGRESSIONS] ?? 0);
  }

  /** Tokens of a key that could be spent now. */
  leftOf(key: string): number {
    return this.isAlive ? this.#peek.leftOf(key, this.clock()) : 0;
  }

  /**
   * When the lease ends that it has of a key, or had last; null where its share has taken its
   * place.
   */
  leaseEndsUs(key: string): number | null {
    const lease = this.#peek.leaseOf(key);
    return isShareOf(lease, this.status.outage) ? null : lease.deadlineUs;
  }

  /** The connection to the store was lost. */
  lost(): void {
    if (this.isAlive) this.#link.lost();
  }

  drain(): Promise<void> {
    return this.#link.drain();
  }

  #timers(): Timers {
    const { timeline, chance } = this.#parts;
    const whileAlive = (task: () => void) => () => {
      if (this.isAlive) task();
    };
    return {
      after: (ms, task) => {
        const lateUs = chance.between(0, LATE_TIMER_US);
        const us = (Math.max(1, Math.floor(ms)) * 1_000) / this.#rate + lateUs;
        return timeline.after(us, whileAlive(task));
      },
      soon: (task) => {
        timeline.after(chance.between(1, 30), whileAlive(task));
      },
    };
  }

  /** Messages keep their order, and are copied: no object is shared by two threads. */
  #channel(hear: (message: FromExchanger) => void): (messages: readonly ToExchanger[]) => void {
    const back = this.#port(hear);
    const answer = (message: FromExchanger) => back(unpackAnswers(packAnswers([message])));
    return this.#port((message: ToExchanger) => {
      if (message.kind === 'refund') this.#parts.cameLate(message);
      for (const copy of unpackAsks(packAsks([message]))) this.#link.receive(copy, answer);
    });
  }

  #port<T>(hear: (message: T) => void): (messages: readonly T[]) => void {
    const { timeline, chance } = this.#parts;
    let lastUs = 0;
    return (messages) => {
      lastUs = Math.max(lastUs, timeline.nowUs + chance.between(...MESSAGE_US));
      timeline.after(lastUs - timeline.nowUs, () => {
        if (this.isAlive) for (const message of messages) hear(message);
      });
    };
  }

  #sweepAgain(rebalancer: Rebalancer): void {
    this.#parts.timeline.after(SWEEP_EVERY_US, () => {
      if (!this.isAlive) return;
      rebalancer.serve();
      rebalancer.check();
      rebalancer.sweep();
      this.#sweepAgain(rebalancer);
    });
  }
}
