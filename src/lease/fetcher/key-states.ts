/** All keys that the exchanger knows something of, and how many of them have a lease. */
import { type Cells, LEASES } from '../../metrics/cells.ts';
import type { SharedLimit } from '../terms/shared-limit.ts';
import { KeyState } from './key-state.ts';

export class KeyStates {
  readonly #cells: Cells;
  readonly #states = new Map<string, KeyState>();
  #leases = 0;

  constructor(cells: Cells) {
    this.#cells = cells;
  }

  get(key: string): KeyState | undefined {
    return this.#states.get(key);
  }

  /** The state of a key, new where nothing was known of it. */
  of(key: string, limit: SharedLimit): KeyState {
    let state = this.#states.get(key);
    if (state === undefined) {
      state = new KeyState(key, limit);
      this.#states.set(key, state);
    }
    return state;
  }

  all(): Iterable<KeyState> {
    return this.#states.values();
  }

  /** REQUIRES: nobody waits for it, and nothing of it is under way. */
  forget(state: KeyState): void {
    this.#states.delete(state.key);
    state.isForgotten = true;
  }

  setLease(state: KeyState, hasLease: boolean): void {
    if (state.hasLease === hasLease) return;
    state.hasLease = hasLease;
    this.#leases += hasLease ? 1 : -1;
    this.#cells.set(LEASES, this.#leases);
  }
}
