/**
 * One instance's link to the store: the exchanger, the breaker that guards it, and the beats by which
 * instances count each other.
 *
 * Used by the exchanger's thread, one a process: it hears deciders, and answers them.
 */
import { BREAKER_STATE, INSTANCES } from '../metrics/cells.ts';
import { Breaker, STATE_NUMBERS } from './breaker.ts';
import { ANY_LIMIT, Exchanger, type ExchangerParts } from './exchanger.ts';
import type { FromExchanger, ToExchanger } from './messages.ts';

export interface StoreLinkParts extends Omit<ExchangerParts, 'answered'> {
  /** From 0 to 1, as Math.random(). */
  readonly random: () => number;
}

/** How often an instance says that it is there. */
const BEAT_EVERY_MS = 1_000;
/** No client can ask for it: whoever asks for a key has its bucket go by the limit he names. */
const NO_KEY = '';
/** A store that is there has answered by then. */
const TRY_MS = 1_000;

export class StoreLink {
  readonly #parts: StoreLinkParts;
  readonly #exchanger: Exchanger;
  readonly #breaker: Breaker;
  /** Resolves when the store is there, or has had the time to be. */
  readonly tried: Promise<void>;
  #callOffBeat: () => void;

  constructor(parts: StoreLinkParts) {
    const { store, timers, random, settings } = parts;
    const tried = Promise.withResolvers<void>();
    this.#parts = parts;
    this.tried = tried.promise;
    this.#exchanger = new Exchanger({
      ...parts,
      answered: (inTime) => (inTime ? this.#breaker.succeeded() : this.#breaker.failed()),
    });
    this.#breaker = new Breaker({
      store,
      timers,
      random,
      timeoutMs: settings.storeTimeoutMs,
      opened: () => {
        this.#publish();
        this.#exchanger.goAway();
      },
      closed: (instances) => {
        this.#count(instances);
        this.#publish();
        this.#exchanger.comeBack();
        // The first question of all takes longest: it is not left to a client to ask it.
        const first = {
          limit: ANY_LIMIT,
          cost: 0,
          strict: true,
          holds: false,
          answer: () => tried.resolve(),
        };
        this.#exchanger.ask(NO_KEY, first);
      },
    });
    timers.after(TRY_MS, tried.resolve);
    this.#publish();
    this.#callOffBeat = timers.after(BEAT_EVERY_MS, () => this.#beat());
  }

  /** Does what a decider says; `answer` goes to that decider. */
  receive(message: ToExchanger, answer: (message: FromExchanger) => void): void {
    const exchanger = this.#exchanger;
    switch (message.kind) {
      case 'ask': {
        const { id, key, limit, cost, strict, holds } = message;
        exchanger.ask(key, {
          limit,
          cost,
          strict,
          holds,
          answer: (decision) => answer({ kind: 'decided', id, decision }),
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
        exchanger.refund(message.key, message.limit, message.cost);
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
      else this.#count(instances);
    };
    const callOff = timers.after(settings.storeTimeoutMs, () => end(null));
    store.beat().then(end, () => end(null));
  }

  #count(instances: number): void {
    this.#parts.status.instances = instances;
    this.#parts.cells.set(INSTANCES, instances);
  }
}
