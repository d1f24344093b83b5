/**
 * The window that is open now, of one kind: worked out when the last one ends, never for a
 * decision.
 *
 * Two clocks: that of decisions never steps, and says when the open window ends. The wall clock is
 * read when one has ended, and says which comes next. One a thread and kind; the threads of an
 * instance agree by what they share (open-windows.ts).
 */
import type { Window } from '../bucket/window.ts';
import type { WallClock } from '../lib/clock.ts';
import { endsAround, type WindowKind } from './calendar.ts';
import type { Ends, OpenWindows } from './open-windows.ts';

export class WindowClock {
  readonly #kind: WindowKind;
  readonly #shared: OpenWindows;
  readonly #wall: WallClock;
  #open: Window;

  constructor(kind: WindowKind, shared: OpenWindows, wall: WallClock) {
    this.#kind = kind;
    this.#shared = shared;
    this.#wall = wall;
    const { windows, kind: id, longestUs } = kind;
    this.#open = { windows, kind: id, longestUs, beginUs: 0, endUs: 0, calendarEndUs: 0 };
  }

  /** The window that is open at `nowUs`, by the clock of decisions: the same object while it is. */
  at(nowUs: number): Window {
    if (nowUs < this.#open.endUs) return this.#open;
    const { windows, kind, longestUs } = this.#kind;
    const ends = this.#shared.at(kind, nowUs, (last) => this.#next(last, nowUs));
    this.#open = { windows, kind, longestUs, ...ends };
    return this.#open;
  }

  #next({ calendarEndUs: overUs }: Ends, nowUs: number): Ends {
    const { longestUs } = this.#kind;
    const wallUs = this.#wall();
    // A clock that was set back does not open what is over; one that was wrong by more than a
    // window is believed now.
    const isBack = wallUs < overUs && overUs - wallUs <= longestUs;
    const [, beganUs, calendarEndUs] = endsAround(this.#kind, isBack ? overUs : wallUs);
    const beginUs = nowUs - Math.max(0, wallUs - beganUs);
    return { beginUs, endUs: nowUs + (calendarEndUs - wallUs), calendarEndUs };
  }
}
