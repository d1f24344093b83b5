/**
 * A thread's turns: what connections with much to do may do before all others are heard again.
 *
 * Used by every protocol of a decider, one object a thread. A turn is one round of the event loop:
 * it reads from whoever has sent something, and then lets those go on that wait here, in the order
 * in which they came. Each part of it has TURN_US for all of them together, however many they are.
 *
 * So a connection does a small piece at once, which costs no more than a client that asks one thing
 * at a time; for more it asks hasTime(), and where there is none it waits by later(). The time is
 * looked at between pieces: a turn is longer than TURN_US by one piece at most.
 */
import type { Clock } from '../../lib/clock.ts';

/** A round of the event loop costs some 20 us by itself: a twentieth of this would be felt. */
export const TURN_US = 1_000;
/** Small pieces may make a turn longer by this. */
export const LONG_US = 4_000;

export class Turns {
  readonly #clock: Clock;
  readonly #next: (task: () => void) => void;
  /** Those who wait, the first first. */
  #waiting: (() => void)[] = [];
  #isCalled = false;
  #number = 0;
  /** When the part of the turn that runs ends; 0 where nobody has asked yet. */
  #endUs = 0;

  /** `next` calls a task once everything that has arrived was read. */
  constructor(clock: Clock, next: (task: () => void) => void = setImmediate) {
    this.#clock = clock;
    this.#next = next;
  }

  /** Which turn it is: another one once everything that has arrived was read. */
  get number(): number {
    this.#call();
    return this.#number;
  }

  /** Whether there is time left in this turn for more than the least. */
  hasTime(): boolean {
    const nowUs = this.#clock();
    if (this.#endUs === 0) {
      this.#endUs = nowUs + TURN_US;
      this.#call();
    }
    return nowUs < this.#endUs;
  }

  /** Whether a turn is so long already that those who want to do the least must wait as well. */
  isLong(): boolean {
    return !this.hasTime() && this.#clock() >= this.#endUs + LONG_US;
  }

  /** Calls `task` when its turn has come: after those that wait already. */
  later(task: () => void): void {
    this.#waiting.push(task);
    this.#call();
  }

  #call(): void {
    if (this.#isCalled) return;
    this.#isCalled = true;
    this.#next(() => this.#run());
  }

  #run(): void {
    this.#isCalled = false;
    this.#number++;
    this.#endUs = 0;
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    // Who comes to wait meanwhile comes after these, in the next turn.
    this.#waiting = [];
    this.#endUs = this.#clock() + TURN_US;
    let done = 0;
    do (waiting[done++] as () => void)();
    while (done < waiting.length && this.hasTime());
    if (done < waiting.length) this.#waiting = [...waiting.slice(done), ...this.#waiting];
    // Those who are read now have a time of their own.
    this.#endUs = 0;
    if (this.#waiting.length > 0) this.#call();
  }
}
