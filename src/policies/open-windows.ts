/**
 * The windows that are open now, of every kind, in memory that all threads of an instance share: so
 * that no thread opens one that another has seen the end of, whatever becomes of the wall clock
 * meanwhile, and whatever records the table has forgotten.
 *
 * An open hash table, of which nothing is ever taken out: kinds come from the file of policies.
 *
 * Locking: one lock for all, taken once a window and thread.
 */
import { assert } from '../lib/assert.ts';
import { lock, unlock } from '../memory/mutex.ts';

/** When a window begins and ends. */
export interface Ends {
  /** When it began, by the clock of decisions, in microseconds. */
  readonly beginUs: number;
  /** By the clock of decisions, in microseconds. */
  readonly endUs: number;
  /** By the calendar, in microseconds since 1970. */
  readonly calendarEndUs: number;
}

/** A power of two, of which at most half are used. */
const PLACES = 8_192;
export const MOST_WINDOW_KINDS: number = PLACES / 2;

const KIND = 0; // in doubles; 0 in a free place
const END_US = 1;
const CALENDAR_END_US = 2;
const BEGIN_US = 3;
const PLACE_DOUBLES = 4;
const LOCK_BYTES = 64;

/** Of a kind that was never opened. */
const NEVER: Ends = { beginUs: 0, endUs: 0, calendarEndUs: 0 };

export class OpenWindows {
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory, 0, 1);
    this.#doubles = new Float64Array(memory, LOCK_BYTES);
  }

  static reserve(): SharedArrayBuffer {
    return new SharedArrayBuffer(LOCK_BYTES + PLACES * PLACE_DOUBLES * 8);
  }

  /**
   * The window of this kind that is open at `nowUs`. Where the last one is over, `next` works out
   * the next from its ends, which are 0 where there was none.
   */
  at(kind: number, nowUs: number, next: (last: Ends) => Ends): Ends {
    lock(this.#words, 0);
    const place = this.#placeOf(kind);
    const last = this.#endsAt(place);
    const open = nowUs < last.endUs ? last : next(last);
    this.#doubles[place + KIND] = kind;
    this.#doubles[place + BEGIN_US] = open.beginUs;
    this.#doubles[place + END_US] = open.endUs;
    this.#doubles[place + CALENDAR_END_US] = open.calendarEndUs;
    unlock(this.#words, 0);
    return open;
  }

  /** All that were ever opened, as they are now: those that end last come first. */
  all(): readonly (Ends & { readonly kind: number })[] {
    const copy = new OpenWindows(OpenWindows.reserve());
    lock(this.#words, 0);
    copy.#doubles.set(this.#doubles);
    unlock(this.#words, 0);
    return Array.from({ length: PLACES }, (_, index) => index * PLACE_DOUBLES)
      .map((place) => ({ kind: copy.#doubles[place + KIND] as number, ...copy.#endsAt(place) }))
      .filter(({ kind }) => kind !== 0)
      .sort((one, other) => other.endUs - one.endUs);
  }

  /** Opens this window of the kind, unless the one that is open ends later. */
  restore(kind: number, ends: Ends): void {
    this.at(kind, Number.POSITIVE_INFINITY, (last) => (last.endUs > ends.endUs ? last : ends));
  }

  #endsAt(place: number): Ends {
    if (this.#doubles[place + KIND] === 0) return NEVER;
    return {
      beginUs: this.#doubles[place + BEGIN_US] as number,
      endUs: this.#doubles[place + END_US] as number,
      calendarEndUs: this.#doubles[place + CALENDAR_END_US] as number,
    };
  }

  /** Where the kind is, or is to be, in doubles. */
  #placeOf(kind: number): number {
    let index = kind % PLACES;
    for (let tried = 0; tried < PLACES; tried++, index = (index + 1) % PLACES) {
      const place = index * PLACE_DOUBLES;
      const there = this.#doubles[place + KIND];
      if (there === 0 || there === kind) return place;
    }
    assert(false, 'a file of policies has at most MOST_WINDOW_KINDS kinds of windows');
    return 0;
  }
}
