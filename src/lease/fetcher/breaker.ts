/**
 * The breaker: says whether the store may be asked, and finds out when it is back.
 *
 * Used by the exchanger, which tells it how exchanges went. Closed, it lets everything through. It
 * doubts after a few failures in a row or a silence of the store, sends a beat, and opens if
 * nothing is answered then. The loss of the connection opens it at once. Open, nothing may be sent
 * but its own probe, and the first that is answered in time closes it.
 *
 * Invariants:
 *   1. It begins open, for nobody has seen the store yet, and sends its first probe at once.
 *   2. One probe is under way at most; while it is closed only one of its doubt.
 *   3. Open, it sends the next probe at most MOST_DELAY_MS after the last one came to its end.
 *   4. What is said of exchanges while it is open changes nothing: they are from before.
 */
import type { Timers } from '../../lib/timers.ts';
import type { Store } from '../store/store.ts';

/** `half-open` is open with a probe under way. */
export type BreakerState = 'closed' | 'half-open' | 'open';

/** As a metric tells them. */
export const STATE_NUMBERS: Readonly<Record<BreakerState, number>> = {
  closed: 0,
  'half-open': 1,
  open: 2,
};

const MOST_FAILURES = 3;
/**
 * How long is left to chance: instances that lost the store together do not all come back at once.
 */
const LEAST_DELAY_MS = 100;
const MOST_DELAY_MS = 300;

export interface BreakerOptions {
  readonly store: Pick<Store, 'beat' | 'reconnect'>;
  readonly timers: Timers;
  /** From 0 to 1, as Math.random(). */
  readonly random: () => number;
  /** The longest that a probe waits for the store. */
  readonly timeoutMs: number;
  /** How long it doubts. */
  readonly doubtMs: number;
  readonly opened: () => void;
  /** With how many instances there are. */
  readonly closed: (instances: number) => void;
}

export class Breaker {
  readonly #options: BreakerOptions;
  #state: BreakerState = 'open';
  #failures = 0;
  #isStopped = false;
  /** Ends the doubt, if there is one. */
  #endDoubt: ((isThere: boolean) => void) | null = null;
  /**
   * Calls off what is to come: the next probe, or the end of the wait for this one, or of a doubt.
   */
  #callOff: () => void = () => undefined;

  constructor(options: BreakerOptions) {
    this.#options = options;
    this.#probe();
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Whether the store may not be asked. */
  get isOpen(): boolean {
    return this.#state !== 'closed';
  }

  /** An exchange was answered. */
  succeeded(): void {
    this.#failures = 0;
    this.#endDoubt?.(true);
  }

  /** An exchange was refused, or had no answer in time. */
  failed(): void {
    this.#failures += 1;
    if (this.#failures === MOST_FAILURES) this.silent();
  }

  /** There was no answer for a while, though something was asked. */
  silent(): void {
    if (this.#endDoubt === null && !this.isOpen && !this.#isStopped) this.#doubt();
  }

  /** The connection was lost. */
  lost(): void {
    if (this.isOpen || this.#isStopped) return;
    this.#endDoubt = null;
    this.#callOff();
    this.#state = 'open';
    this.#probeLater();
    this.#options.opened();
  }

  /** Sends no probe any more, and stays as it is. */
  stop(): void {
    this.#isStopped = true;
    this.#endDoubt = null;
    this.#callOff();
  }

  /**
   * Perhaps it refuses one key, or one of its nodes is gone: it is away if it does not answer at
   * all.
   */
  #doubt(): void {
    const { store, timers, doubtMs } = this.#options;
    const end = (isThere: boolean) => {
      if (this.#endDoubt !== end) return;
      this.#endDoubt = null;
      this.#callOff();
      this.#failures = 0;
      if (!isThere) this.lost();
    };
    this.#endDoubt = end;
    // Not at once: where this thread was late itself, the answer may be waiting to be read.
    this.#callOff = timers.after(doubtMs, () => timers.soon(() => end(false)));
    store.beat().then(
      () => end(true),
      () => end(false),
    );
  }

  #probeLater(): void {
    const { timers, random } = this.#options;
    const delayMs = LEAST_DELAY_MS + random() * (MOST_DELAY_MS - LEAST_DELAY_MS);
    this.#callOff = timers.after(delayMs, () => this.#probe());
  }

  #probe(): void {
    const { store, timers, timeoutMs } = this.#options;
    let isOver = false;
    const end = (instances: number | null) => {
      if (isOver || this.#isStopped) return;
      isOver = true;
      this.#callOff();
      if (instances === null) this.#failAgain();
      else this.#close(instances);
    };
    this.#state = 'half-open';
    this.#callOff = timers.after(timeoutMs, () => end(null));
    store.beat().then(end, () => end(null));
  }

  #close(instances: number): void {
    this.#state = 'closed';
    this.#failures = 0;
    this.#options.closed(instances);
  }

  #failAgain(): void {
    this.#state = 'open';
    this.#probeLater();
    this.#options.store.reconnect();
  }
}
