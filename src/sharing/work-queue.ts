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
  readonly #background: KeyState[] = [];
  #isSet = false;

  constructor(parts: WorkQueueParts) {
    this.#parts = parts;
  }

  get isEmpty(): boolean {
    return this.#urgent.length === 0 && this.#background.length === 0;
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
    for (const state of this.#background.splice(0, Math.max(0, this.#parts.room()))) {
      // One that has become urgent since was served above.
      if (state.queue === 'background') this.#serve(state);
    }
  }

  #serve(state: KeyState): void {
    state.queue = 'none';
    this.#parts.serve(state);
  }
}
