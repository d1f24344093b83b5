/**
 * Counts and logs the connections that are sent away because MAX_CONNECTIONS are open: one line
 * when it begins and one when it is over, not one a connection.
 *
 * Used by the listeners of one decider. Of all threads the one that refuses first does the logging.
 */
import type { Log } from '../../lib/log.ts';
import type { Timers } from '../../lib/timers.ts';
import { type Cells, CONNECTIONS_REFUSED, TRANSPORTS } from '../../metrics/cells.ts';
import type { ServiceState } from '../service-state.ts';

/** It is over once none was refused for this long. */
const QUIET_MS = 10_000;

export interface CrowdParts {
  readonly state: ServiceState;
  readonly cells: Cells;
  readonly timers: Timers;
  readonly log: Pick<Log, 'warn' | 'info'>;
  readonly maxConnections: number;
}

export class Crowd {
  readonly #parts: CrowdParts;

  constructor(parts: CrowdParts) {
    this.#parts = parts;
  }

  /** A connection is sent away. `protocol`: HTTP or RESP. */
  refused(protocol: number): void {
    const { state, cells, log, maxConnections } = this.#parts;
    cells.add(CONNECTIONS_REFUSED + protocol, 1);
    const before = state.refused;
    if (!state.refuse()) return;
    const words = 'Connections are refused: as many are open as MAX_CONNECTIONS allows';
    log.warn({ protocol: TRANSPORTS[protocol], maxConnections }, words);
    this.#watch(before, state.refused);
  }

  #watch(before: number, seen: number): void {
    const { state, timers, log } = this.#parts;
    timers.after(QUIET_MS, () => {
      const now = state.refused;
      if (now !== seen) {
        this.#watch(before, now);
        return;
      }
      state.crowdIsGone();
      log.info({ refused: (now - before) >>> 0 }, 'Connections are no longer refused');
    });
  }
}
