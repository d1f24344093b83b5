/**
 * Looks at the service once a second: what has happened, which is kept, and how it does, which is
 * worked out only where somebody wants to know.
 *
 * Used by the admin thread alone. It reads what threads share, and asks none of them.
 */
import { StoreStatus } from '../lease/store-status.ts';
import type { Clock, WallClock } from '../lib/clock.ts';
import type { Timers } from '../lib/timers.ts';
import { sumCells } from '../metrics/cells.ts';
import { Happenings } from './happenings.ts';
import { instancesReport } from './instances-report.ts';
import { type NowReport, nowReport, type Sums } from './now-report.ts';
import { Watch } from './watch.ts';

export interface LiveParts {
  readonly cells: SharedArrayBuffer;
  /** Null where limits are not shared. */
  readonly store: SharedArrayBuffer | null;
  readonly keys: () => number;
  readonly maxKeys: number;
  readonly hasSnapshots: boolean;
  readonly isDraining: () => boolean;
  readonly clock: Clock;
  readonly wall: WallClock;
  readonly timers: Timers;
}

export const LOOK_EVERY_MS = 1_000;

export class Live {
  readonly happenings: Happenings;
  readonly #parts: LiveParts;
  readonly #startedUs: number;
  readonly #watch: Watch;
  #before: Sums | null = null;
  #now: Sums;

  constructor(parts: LiveParts) {
    const { store, isDraining, wall } = parts;
    this.#parts = parts;
    this.#now = this.#sums();
    this.#startedUs = this.#now.atUs;
    this.happenings = new Happenings(wall().toString(36));
    this.#watch = new Watch({
      sums: this.#now.cells,
      store: store === null ? null : new StoreStatus(store),
      isDraining,
    });
  }

  /** Looks every second from now on, and says so each time. */
  begin(looked: () => void): void {
    const { timers } = this.#parts;
    const wait = () =>
      timers.after(LOOK_EVERY_MS, () => {
        this.#look();
        looked();
        wait();
      });
    wait();
  }

  /** As of the last look; null before the first. */
  now(): NowReport | null {
    if (this.#before === null) return null;
    const { store, keys, maxKeys, hasSnapshots, wall } = this.#parts;
    return nowReport(this.#before, this.#now, {
      wallTimeUs: wall(),
      startedUs: this.#startedUs,
      keys: keys(),
      maxKeys,
      hasSnapshots,
      store: instancesReport(store, this.#now.atUs),
    });
  }

  #look(): void {
    this.#before = this.#now;
    this.#now = this.#sums();
    const happened = this.#watch.look(this.#now.cells, this.#now.atUs);
    const wallTimeUs = this.#parts.wall();
    for (const happening of happened) this.happenings.add(happening, wallTimeUs);
  }

  #sums(): Sums {
    return { cells: sumCells(this.#parts.cells), atUs: this.#parts.clock() };
  }
}
