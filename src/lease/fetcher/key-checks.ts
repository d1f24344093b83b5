/**
 * Looks after keys of which nothing is under way: each is looked at again after a while, and then
 * its lease is renewed or given back, the store is told what is still to tell, or the key is
 * forgotten.
 *
 * Used by the exchanger.
 */
import type { Clock } from '../../lib/clock.ts';
import { DelayQueue } from '../../lib/delay-queue.ts';
import type { Timers } from '../../lib/timers.ts';
import type { LeaseTable } from '../lease-table.ts';
import { CHECK_EVERY_US } from '../settings.ts';
import type { StoreStatus } from '../store-status.ts';
import type { KeyState } from './key-state.ts';
import type { KeyStates } from './key-states.ts';

export interface KeyChecksParts {
  readonly leases: LeaseTable;
  readonly status: StoreStatus;
  readonly states: KeyStates;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Has an exchange made for the key. */
  readonly queue: (state: KeyState) => void;
}

export class KeyChecks {
  readonly #parts: KeyChecksParts;
  readonly #checks: DelayQueue<KeyState>;

  constructor(parts: KeyChecksParts) {
    const { clock, timers } = parts;
    this.#parts = parts;
    this.#checks = new DelayQueue({
      delayUs: CHECK_EVERY_US,
      clock,
      timers,
      due: (state) => this.#check(state),
    });
  }

  /** To be looked at, unless it is already. */
  add(state: KeyState, nowUs: number): void {
    if (state.isWatched) return;
    state.isWatched = true;
    this.#checks.add(state, nowUs);
  }

  #check(state: KeyState): void {
    const { leases, status, states, clock, queue } = this.#parts;
    const nowUs = clock();
    state.isWatched = false;
    if (state.sent !== null || state.lane !== null) return;
    // A lease that cannot be renewed ends by itself.
    if (status.isAway) states.setLease(state, false);
    if (state.hasLease || (state.isToTell && !status.isAway)) queue(state);
    else if (state.isWanted(nowUs)) this.add(state, nowUs);
    else if (!state.isToTell) {
      state.endShare(leases, nowUs);
      states.forget(state);
    }
  }
}
