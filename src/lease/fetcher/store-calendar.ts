/**
 * Which windows there are about now by the store's clock, as far as this instance can tell: by its
 * own wall clock, until the store has said that it is elsewhere.
 *
 * Used by the exchanger. Worked out once a window.
 */
import type { EndsAround, Window, Windows } from '../../bucket/window.ts';
import type { WallClock } from '../../lib/clock.ts';
import type { Elsewhere } from '../terms/exchange.ts';
import type { Sent } from './key-state.ts';

export interface StoreCalendarParts {
  readonly wall: WallClock;
  readonly endsAround: (windows: Windows, wallUs: number) => EndsAround;
}

export class StoreCalendar {
  readonly #parts: StoreCalendarParts;
  readonly #known = new Map<number, EndsAround>();
  /** How far the store's clock is ahead. */
  #aheadUs = 0;

  constructor(parts: StoreCalendarParts) {
    this.#parts = parts;
  }

  endsAround({ windows, kind }: Window): EndsAround {
    const nowUs = this.#parts.wall() + this.#aheadUs;
    const known = this.#known.get(kind);
    if (known !== undefined && known[1] <= nowUs && nowUs < known[2]) return known;
    const endsUs = this.#parts.endsAround(windows, nowUs);
    this.#known.set(kind, endsUs);
    return endsUs;
  }

  /**
   * What to say in the place of an exchange of which the store has done nothing, since it is at
   * this time; null where that was said: its clock steps, or it knows another calendar.
   */
  again(sent: Sent, { storeUs }: Elsewhere, nowUs: number): Sent | null {
    this.#aheadUs = storeUs - this.#parts.wall();
    const { exchange, isAgain } = sent;
    const { window } = exchange.limit;
    if (isAgain || window === undefined || exchange.windows === undefined) return null;
    const windows = { ...exchange.windows, endsUs: this.endsAround(window) };
    const about = { exchange: { ...exchange, windows }, sentUs: nowUs };
    return { ...sent, ...about, isCounted: true, isAgain: true };
  }
}
