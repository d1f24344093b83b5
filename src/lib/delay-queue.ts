/** Things to look at a fixed time after they were added, in that order: one timer for all of them. */
import type { Clock } from './clock.ts';
import { Fifo } from './fifo.ts';
import type { Timers } from './timers.ts';

interface Entry<T> {
  readonly item: T;
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
  #callOff: (() => void) | null = null;

  constructor(parts: DelayQueueParts<T>) {
    this.#parts = parts;
  }

  /** `sinceUs` is when its time begins: a little before now for what comes from another thread. */
  add(item: T, sinceUs: number = this.#parts.clock()): void {
    this.#entries.push({ item, dueUs: sinceUs + this.#parts.delayUs });
    this.#set();
  }

  /** Forgets all: none of them is to be looked at any more. A timer that fires for nothing costs most. */
  clear(): void {
    this.#callOff?.();
    this.#callOff = null;
    this.#entries.clear();
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
      this.#parts.due(next.item);
    }
    this.#set();
  }
}
