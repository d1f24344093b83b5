/**
 * One instance's link to the store: the exchanger, the breaker that guards it, and the beats by
 * which instances count each other.
 *
 * Used by the exchanger's thread, one a process: it hears deciders, and answers them.
 */
import { BREAKER_STATE, INSTANCES, STORE_USABLE } from '../../metrics/cells.ts';
import type { FromExchanger, ToExchanger } from '../ask-messages.ts';
import { ANY_LIMIT, doubtMs } from '../settings.ts';
import type { Store } from '../store/store.ts';
import type { Exchange } from '../terms/exchange.ts';
import { Breaker, STATE_NUMBERS } from './breaker.ts';
import { Exchanger, type ExchangerParts } from './exchanger.ts';

export interface StoreLinkParts extends Omit<ExchangerParts, 'answered' | 'silent' | 'store'> {
  readonly store: Store;
  /** Runs through what new keys take; called once, before it is said that the store is there. */
  readonly rehearse: () => Promise<void>;
  /** From 0 to 1, as Math.random(). */
  readonly random: () => number;
}

/** How often an instance says that it is there. */
const BEAT_EVERY_MS = 1_000;
/** Of no key that a client can name. A look at what is not there leaves nothing behind. */
const FIRST_LOOK: Exchange = {
  key: '',
  limit: ANY_LIMIT,
  seq: 0,
  unanswered: 0,
  keep: 0,
  back: 0,
  owed: 0,
  vain: 0,
  fill: false,
  costs: [0],
  holds: 0,
  want: 0,
  least: 0,
  ttlUs: 0,
};
/** For this many beats an instance that is not counted any more is still assumed to be there. */
const REMEMBERED_BEATS = 5;
/** A store that is there has answered by then. */
const TRY_MS = 1_000;

export class StoreLink {
  readonly #parts: StoreLinkParts;
  readonly #exchanger: Exchanger;
  readonly #breaker: Breaker;
  /** Resolves when the store is there, or has had the time to be. */
  readonly tried: Promise<void>;
  /** How many instances there were at the last beats. */
  #counts: readonly number[] = [];
  #callOffBeat: () => void;
  #isTried = false;

  constructor(parts: StoreLinkParts) {
    const { store, timers, random, settings } = parts;
    const tried = Promise.withResolvers<void>();
    this.#parts = parts;
    this.tried = tried.promise;
    this.#exchanger = new Exchanger({
      ...parts,
      answered: (inTime) => (inTime ? this.#breaker.succeeded() : this.#breaker.failed()),
      silent: () => this.#breaker.silent(),
    });
    this.#breaker = new Breaker({
      store,
      timers,
      random,
      timeoutMs: settings.storeTimeoutMs,
      doubtMs: doubtMs(settings),
      opened: () => {
        this.#publish();
        parts.cells.set(STORE_USABLE, 0);
        this.#exchanger.goAway();
      },
      closed: (instances) => {
        this.#count(instances);
        this.#publish();
        this.#exchanger.comeBack();
        void this.#try(tried.resolve);
      },
    });
    timers.after(TRY_MS, () => {
      this.#isTried = true;
      tried.resolve();
    });
    this.#publish();
    this.#callOffBeat = timers.after(BEAT_EVERY_MS, () => this.#beat());
  }

  /** Does what a decider says; `answer` goes to that decider. */
  receive(message: ToExchanger, answer: (message: FromExchanger) => void): void {
    const exchanger = this.#exchanger;
    switch (message.kind) {
      case 'ask': {
        const { id, key, limit, cost, strict, holds, overdraft, askedUs } = message;
        exchanger.ask({
          key,
          limit,
          cost,
          strict,
          holds,
          overdraft,
          askedUs,
          answer: (decision, seq) => answer({ kind: 'decided', id, decision, seq }),
          isOver: false,
        });
        break;
      }
      case 'due':
        exchanger.renew(message.key, message.limit);
        break;
      case 'owed':
        exchanger.owe(message.key, message.limit);
        break;
      case 'refund':
        exchanger.refund(message.key, message.cost, message.seq);
        break;
      case 'reset': {
        const { id, key } = message;
        exchanger.reset(key, (existed) => answer({ kind: 'reset', id, existed }));
        break;
      }
      default:
        message satisfies never;
    }
  }

  /** The part of all keys for which the store does what is needed. */
  usable(part: number): void {
    this.#parts.status.usable = part;
    this.#parts.cells.set(STORE_USABLE, part);
  }

  /** The connection to the store was lost. */
  lost(): void {
    this.#breaker.lost();
  }

  /** Gives all leases back, and tells the store nothing more then. */
  async drain(): Promise<void> {
    await this.#exchanger.drain();
    this.#callOffBeat();
    this.#breaker.stop();
  }

  /** The first exchanges of all take longest: they are not left to a client's questions. */
  async #try(tried: () => void): Promise<void> {
    const { store, rehearse } = this.#parts;
    const isFirst = !this.#isTried;
    this.#isTried = true;
    const isThere = await store.exchange([FIRST_LOOK]).then(
      () => true,
      () => false,
    );
    if (isFirst && isThere) await rehearse();
    tried();
  }

  /** Shows the breaker's state to whoever scrapes. */
  #publish(): void {
    this.#parts.cells.set(BREAKER_STATE, STATE_NUMBERS[this.#breaker.state]);
  }

  #beat(): void {
    const { store, timers, settings } = this.#parts;
    this.#callOffBeat = timers.after(BEAT_EVERY_MS, () => this.#beat());
    this.#publish();
    if (this.#breaker.isOpen) return;
    let isOver = false;
    const end = (instances: number | null) => {
      if (isOver) return;
      isOver = true;
      callOff();
      if (instances === null) this.#breaker.failed();
      else {
        this.#breaker.succeeded();
        this.#count(instances);
      }
    };
    const callOff = timers.after(settings.storeTimeoutMs, () => end(null));
    store.beat().then(end, () => end(null));
  }

  /** A store that has lost its memory counts those who have come back only. */
  #count(instances: number): void {
    if (instances === 0) return;
    const { status, cells } = this.#parts;
    this.#counts = [...this.#counts, instances].slice(-REMEMBERED_BEATS);
    status.instances = Math.max(...this.#counts);
    cells.set(INSTANCES, status.instances);
  }
}
