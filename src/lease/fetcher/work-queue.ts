/**
 * Keys that wait for an exchange, a lane for each asker: all that was asked for at one time is of
 * one asker, and what nobody waits for is in a lane of its own. The lanes are served in turn, a key
 * each, so that whoever asks for one key waits for one key of each asker before him, and not for a
 * thousand of one. What is in a lane is served in its order.
 */
import { Fifo } from '../../lib/fifo.ts';
import type { Timers } from '../../lib/timers.ts';
import type { KeyState } from './key-state.ts';

export interface WorkQueueParts {
  readonly timers: Timers;
  /** How many keys may be served now. */
  readonly room: () => number;
  /** How long a key is to be left alone yet: it waits aside, and holds up no other. */
  readonly heldUs: (state: KeyState) => number;
  readonly serve: (states: readonly KeyState[]) => void;
}

interface Lane {
  readonly number: number;
  readonly states: Fifo<KeyState>;
}

/** The lane of what nobody waits for. The others are numbered by the time of the asking. */
export const BACKGROUND = -1;

export class WorkQueue {
  readonly #parts: WorkQueueParts;
  readonly #lanes = new Map<number, Lane>();
  /** The lanes that have a key, in the order of their turns. */
  readonly #turns = new Fifo<Lane>();
  #waiting = 0;
  #isSet = false;

  constructor(parts: WorkQueueParts) {
    this.#parts = parts;
  }

  get isEmpty(): boolean {
    return this.#waiting === 0;
  }

  /** A key may wait in several lanes, and is served once, in the first whose turn it is. */
  add(state: KeyState, number: number): void {
    if (state.lane === null) this.#waiting += 1;
    const isHere = state.lane === number || (state.lane !== null && number === BACKGROUND);
    if (!isHere) {
      state.lane = number;
      this.#laneOf(number).states.push(state);
    }
    this.serveSoon();
  }

  /** Adds the key at half of a time: before that ends, so that nobody has to wait for the store. */
  addAtHalf(state: KeyState, leftUs: number): void {
    if (state.isExpected || leftUs <= 0) return;
    state.isExpected = true;
    this.#parts.timers.after(leftUs / 2_000, () => {
      state.isExpected = false;
      // What is under way now is an exchange as good.
      if (!state.isForgotten && state.sent === null) this.add(state, BACKGROUND);
    });
  }

  /** All that came in this turn goes together. */
  serveSoon(): void {
    if (this.#isSet || this.#waiting === 0) return;
    this.#isSet = true;
    this.#parts.timers.soon(() => this.#serveAll());
  }

  #serveAll(): void {
    this.#isSet = false;
    const { room, heldUs, serve } = this.#parts;
    const most = room();
    const states: KeyState[] = [];
    while (states.length < most && this.#waiting > 0) {
      const state = this.#next();
      const us = heldUs(state);
      if (us > 0) this.#addAfter(state, us);
      else states.push(state);
    }
    if (states.length > 0) serve(states);
  }

  /** Adds the key after a time, for whoever waits for it then. */
  #addAfter(state: KeyState, us: number): void {
    this.#parts.timers.after(us / 1_000, () => {
      const first = state.waiting.find(({ isOver }) => !isOver);
      if (first !== undefined && state.sent === null) this.add(state, first.askedUs);
    });
  }

  /** REQUIRES: a key waits. */
  #next(): KeyState {
    for (;;) {
      const lane = this.#turns.shift() as Lane;
      const state = firstWaiting(lane.states);
      if (lane.states.size > 0) this.#turns.push(lane);
      else this.#lanes.delete(lane.number);
      if (state === undefined) continue;
      state.lane = null;
      this.#waiting -= 1;
      return state;
    }
  }

  #laneOf(number: number): Lane {
    let lane = this.#lanes.get(number);
    if (lane === undefined) {
      lane = { number, states: new Fifo() };
      this.#lanes.set(number, lane);
      this.#turns.push(lane);
    }
    return lane;
  }
}

/** Passes over those that were served in another lane. */
function firstWaiting(states: Fifo<KeyState>): KeyState | undefined {
  for (;;) {
    const state = states.shift();
    if (state === undefined || state.lane !== null) return state;
  }
}
