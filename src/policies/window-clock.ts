/**
 * The window that is open now, of one kind: worked out when the last one ends, never for a
 * decision.
 *
 * Two clocks: that of decisions never steps, and says when the open window ends. The wall clock is
 * read when one has ended, and says which comes next. One a thread and kind.
 */
import type { Window } from '../bucket/window.ts';
import type { WindowKind } from './calendar.ts';

/** Whole microseconds since 1970, by a clock that people may set. */
export type WallClock = () => number;

export class WindowClock {
  readonly #kind: WindowKind;
  readonly #wall: WallClock;
  #open: Window;

  constructor(kind: WindowKind, wall: WallClock) {
    this.#kind = kind;
    this.#wall = wall;
    const { kind: id, longestUs } = kind;
    this.#open = { kind: id, longestUs, endUs: 0, calendarEndUs: 0 };
  }

  /** The window that is open at `nowUs`, by the clock of decisions. */
  at(nowUs: number): Window {
    if (nowUs >= this.#open.endUs) this.#open = this.#next(nowUs);
    return this.#open;
  }

  #next(nowUs: number): Window {
    const { kind, longestUs, endAfter } = this.#kind;
    const { calendarEndUs: overUs } = this.#open;
    const wallUs = this.#wall();
    // A clock that was set back does not open what is over; one that was wrong by more than a
    // window is believed now.
    const isBack = wallUs < overUs && overUs - wallUs <= longestUs;
    const calendarEndUs = endAfter(isBack ? overUs : wallUs);
    return { kind, longestUs, endUs: nowUs + (calendarEndUs - wallUs), calendarEndUs };
  }
}
