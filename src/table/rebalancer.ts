/**
 * The work beside the deciders: the upkeep of the table's engine, woken by requests and by time.
 *
 * Thread safety: one thread of the process.
 */
import type { Clock } from '../lib/clock.ts';
import type { Cells } from '../metrics/cells.ts';
import type { Upkeep } from './engine.ts';
import { upkeepOf } from './engines.ts';
import type { RebuildRequests } from './rebuild-requests.ts';
import { CHECK_EVERY_MS, SWEEP_ALL_EVERY_MS } from './sweep-times.ts';
import { type TableMemory, viewTable } from './table-memory.ts';

export class Rebalancer implements Upkeep {
  readonly #upkeep: Upkeep;
  readonly #requests: RebuildRequests;
  readonly #clock: Clock;

  constructor(memory: TableMemory, clock: Clock, cells: Cells) {
    const view = viewTable(memory);
    this.#upkeep = upkeepOf(view, clock, cells);
    this.#requests = view.requests;
    this.#clock = clock;
  }

  /** Works until `stopping` says so, woken by requests and by the time. */
  runUntil(stopping: () => boolean): void {
    let nextCheckUs = this.#clock();
    while (!stopping()) {
      const untilMs = Math.ceil((nextCheckUs - this.#clock()) / 1_000);
      if (untilMs > 0) this.#requests.sleepUntilRung(Math.min(untilMs, SWEEP_ALL_EVERY_MS));
      this.serve();
      if (this.#clock() >= nextCheckUs) {
        this.check();
        nextCheckUs = this.#clock() + CHECK_EVERY_MS * 1_000;
      }
    }
  }

  serve(): void {
    this.#upkeep.serve();
  }

  check(): void {
    this.#upkeep.check();
  }

  sweep(): void {
    this.#upkeep.sweep();
  }
}
