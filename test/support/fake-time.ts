/** A clock and timers in the hands of a test: time passes when it is told to. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../src/lib/clock.ts';
import type { Timers } from '../../src/lib/timers.ts';

interface Task {
  readonly dueUs: number;
  readonly run: () => void;
}

export class FakeTime implements Timers {
  nowUs = 1_000_000_000;
  readonly clock: Clock = () => this.nowUs;
  readonly #tasks = new Set<Task>();

  after(ms: number, run: () => void): () => void {
    const task = { dueUs: this.nowUs + Math.round(ms * 1_000), run };
    this.#tasks.add(task);
    return () => this.#tasks.delete(task);
  }

  soon(run: () => void): void {
    this.after(0, run);
  }

  /** How many tasks are to be done some time. */
  get planned(): number {
    return this.#tasks.size;
  }

  /** Does all that becomes due meanwhile, in its order, and lets promises settle after each. */
  async pass(ms: number): Promise<void> {
    const endUs = this.nowUs + Math.round(ms * 1_000);
    await turn();
    for (;;) {
      const [next] = [...this.#tasks].sort((one, other) => one.dueUs - other.dueUs);
      if (next === undefined || next.dueUs > endUs) break;
      this.#tasks.delete(next);
      this.nowUs = Math.max(this.nowUs, next.dueUs);
      next.run();
      await turn();
    }
    this.nowUs = endUs;
  }

  /** Does what is due now. */
  settle(): Promise<void> {
    return this.pass(0);
  }
}
