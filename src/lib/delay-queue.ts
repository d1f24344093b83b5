/** Things to look at a fixed time after they were added, in that order: one timer for all of them. */
import type { Clock } from './clock.ts';
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

/** Entries that have been served are kept until there are so many. */
const MOST_SERVED = 1_024;

export class DelayQueue<T> {
  readonly #parts: DelayQueueParts<T>;
  #entries: Entry<T>[] = [];
  #first = 0;
  #callOff: (() => void) | null = null;

  constructor(parts: DelayQueueParts<T>) {
    this.#parts = parts;
  }

  add(item: T): void {
    this.#entries.push({ item, dueUs: this.#parts.clock() + this.#parts.delayUs });
    this.#set();
  }

  /** Forgets all: none of them is to be looked at any more. A timer that fires for nothing costs most. */
  clear(): void {
    this.#callOff?.();
    this.#callOff = null;
    this.#entries = [];
    this.#first = 0;
  }

  #set(): void {
    const next = this.#entries[this.#first];
    if (this.#callOff !== null || next === undefined) return;
    const { clock, timers } = this.#parts;
    const ms = Math.max(0, Math.ceil((next.dueUs - clock()) / 1_000));
    this.#callOff = timers.after(ms, () => this.#serve());
  }

  #serve(): void {
    this.#callOff = null;
    const nowUs = this.#parts.clock();
    for (;;) {
      const next = this.#entries[this.#first];
      if (next === undefined || next.dueUs > nowUs) break;
      this.#first++;
      this.#parts.due(next.item);
    }
    if (this.#first === this.#entries.length || this.#first > MOST_SERVED) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
    this.#set();
  }
}
