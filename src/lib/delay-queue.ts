/**
 * Things to look at a fixed time after they were added, in that order: one timer for all of them.
 */
import type { Clock } from './clock.ts';
import { Fifo } from './fifo.ts';
import type { Timers } from './timers.ts';

interface Entry<T> {
  readonly items: T[];
  readonly dueUs: number;
}

export interface DelayQueueParts<T> {
  readonly delayUs: number;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Called with each item when its time has come. */
  readonly due: (item: T) => void;
}

export class DelayQueue<T> {
  readonly #parts: DelayQueueParts<T>;
  readonly #entries = new Fifo<Entry<T>>();
  /** The one that was added last, until it is due. */
  #last: Entry<T> | null = null;
  /** Those whose time has come, while they are looked at. */
  #due: T[] = [];
  #callOff: (() => void) | null = null;

  constructor(parts: DelayQueueParts<T>) {
    this.#parts = parts;
  }

  /** `sinceUs` is when its time begins: a little before now for what comes from another thread. */
  add(item: T, sinceUs: number = this.#parts.clock()): void {
    const dueUs = sinceUs + this.#parts.delayUs;
    // What was added at one time, as a batch is, comes due together.
    if (this.#last?.dueUs === dueUs) {
      this.#last.items.push(item);
      return;
    }
    this.#last = { items: [item], dueUs };
    this.#entries.push(this.#last);
    this.#set();
  }

  /** Forgets all: none is to be looked at any more. A timer that fires for nothing costs most. */
  clear(): void {
    this.#callOff?.();
    this.#callOff = null;
    this.#entries.clear();
    this.#last = null;
    this.#due.length = 0;
  }

  #set(): void {
    const next = this.#entries.first;
    if (this.#callOff !== null || next === undefined) return;
    const { clock, timers } = this.#parts;
    const ms = Math.max(0, Math.ceil((next.dueUs - clock()) / 1_000));
    this.#callOff = timers.after(ms, () => this.#serve());
  }

  #serve(): void {
    this.#callOff = null;
    const nowUs = this.#parts.clock();
    for (;;) {
      const next = this.#entries.first;
      if (next === undefined || next.dueUs > nowUs) break;
      this.#entries.shift();
      if (this.#last === next) this.#last = null;
      this.#due = next.items;
      for (const item of this.#due) this.#parts.due(item);
    }
    this.#set();
  }
}
