/**
 * Keeps what operators ask about keys to a quarter of a core: whoever asks for page after page
 * would else take as much of one as a decider does, at its priority.
 */
import type { Timers } from '../../lib/timers.ts';

/** After so much work there is a rest. */
const SLICE_US = 1_000;
/** How long it is, in times of the work before it. */
const REST = 3;
/** Of longer work no more is counted: what the thread did unasked, over hours, is among it. */
const MOST_US = 4_000;

export interface PaceParts {
  /** CPU time of this thread. */
  readonly cpuUs: () => number;
  readonly timers: Timers;
}

export class Pace {
  readonly #parts: PaceParts;
  #sinceUs = 0;
  #rest: Promise<void> | null = null;

  constructor(parts: PaceParts) {
    this.#parts = parts;
  }

  /** Resolves when others of this thread have had their turn, and it may work on. */
  turn(): Promise<void> {
    const { cpuUs, timers } = this.#parts;
    if (this.#rest !== null) return this.#rest;
    const workedUs = cpuUs() - this.#sinceUs;
    if (workedUs < SLICE_US) return new Promise((resolve) => timers.soon(resolve));
    this.#rest = new Promise((resolve) => {
      timers.after((Math.min(workedUs, MOST_US) * REST) / 1_000, () => {
        this.#rest = null;
        this.#sinceUs = cpuUs();
        resolve();
      });
    });
    return this.#rest;
  }
}
