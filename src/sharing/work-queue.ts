/**
 * Keys that wait for an exchange: those somebody waits for at once, the others as there is room, so
 * that a flood of renewals or debts does not hold up questions.
 */
import type { Timers } from '../lib/timers.ts';
import type { KeyState } from './key-state.ts';

export interface WorkQueueParts {
  readonly timers: Timers;
  /** How many keys that nobody waits for may be served now. */
  readonly room: () => number;
  readonly serve: (state: KeyState) => void;
}

export class WorkQueue {
  readonly #parts: WorkQueueParts;
  readonly #urgent: KeyState[] = [];
  #background: KeyState[] = [];
  /** So many of the background have been served. */
  #served = 0;
  #isSet = false;

  constructor(parts: WorkQueueParts) {
    this.#parts = parts;
  }

  get isEmpty(): boolean {
    return this.#urgent.length === 0 && this.#served === this.#background.length;
  }

  add(state: KeyState): void {
    if (state.isUrgent && state.queue !== 'urgent') {
      state.queue = 'urgent';
      this.#urgent.push(state);
    } else if (state.queue === 'none') {
      state.queue = 'background';
      this.#background.push(state);
    }
    this.serveSoon();
  }

  /** All that came in this turn goes together. */
  serveSoon(): void {
    if (this.#isSet || this.isEmpty) return;
    this.#isSet = true;
    this.#parts.timers.soon(() => this.#serveAll());
  }

  #serveAll(): void {
    this.#isSet = false;
    for (const state of this.#urgent.splice(0)) this.#serve(state);
    const most = Math.min(this.#background.length, this.#served + Math.max(0, this.#parts.room()));
    while (this.#served < most) {
      const state = this.#background[this.#served++] as KeyState;
      // One that has become urgent since was served above.
      if (state.queue === 'background') this.#serve(state);
    }
    if (this.#served < this.#background.length / 2) return;
    this.#background = this.#background.slice(this.#served);
    this.#served = 0;
  }

  #serve(state: KeyState): void {
    state.queue = 'none';
    this.#parts.serve(state);
  }
}
