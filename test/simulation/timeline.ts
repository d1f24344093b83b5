/**
 * Time as a simulation has it: a queue of what is to happen, in whole microseconds. Nothing else
 * makes it pass, so a run is the same whatever machine it runs on.
 */

interface Event {
  readonly atUs: number;
  /** Of two at one time the one that was planned first. */
  readonly order: number;
  readonly task: () => void;
  isOff: boolean;
}

/** More promises than ever wait for each other in a row. */
const TURNS = 12;

export class Timeline {
  nowUs = 0;
  /** A binary heap. */
  readonly #events: Event[] = [];
  #count = 0;

  /** Does it in so many microseconds; what is returned calls it off. */
  after(us: number, task: () => void): () => void {
    const event = { atUs: this.nowUs + Math.round(us), order: this.#count++, task, isOff: false };
    this.#push(event);
    return () => {
      event.isOff = true;
    };
  }

  /** Lets everything happen until then. Promises settle after each event, before the next. */
  async runUntil(endUs: number): Promise<void> {
    for (;;) {
      const [next] = this.#events;
      if (next === undefined || next.atUs > endUs) break;
      this.#pop();
      if (next.isOff) continue;
      this.nowUs = next.atUs;
      next.task();
      for (let turn = 0; turn < TURNS; turn++) await null;
    }
    this.nowUs = endUs;
  }

  #push(event: Event): void {
    const events = this.#events;
    let at = events.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = events[above] as Event;
      if (isBefore(parent, event)) break;
      events[at] = parent;
      at = above;
    }
    events[at] = event;
  }

  #pop(): void {
    const events = this.#events;
    const last = events.pop() as Event;
    if (events.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= events.length) break;
      const right = below + 1;
      if (right < events.length && isBefore(events[right] as Event, events[below] as Event)) {
        below = right;
      }
      const child = events[below] as Event;
      if (isBefore(last, child)) break;
      events[at] = child;
      at = below;
    }
    events[at] = last;
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.atUs < other.atUs || (one.atUs === other.atUs && one.order < other.order);
}
