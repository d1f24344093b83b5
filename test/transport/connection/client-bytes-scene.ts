/** The account of what clients hold, for parts that are tested by themselves. */
import { DEFAULTS } from '../../../src/config.ts';
import { systemTimers } from '../../../src/lib/timers.ts';
import type { Cells } from '../../../src/metrics/cells.ts';
import { ClientBytes } from '../../../src/transport/connection/client-bytes.ts';

/** One that has room for so much, and says nothing. */
export function clientBytesOf(
  cells: Cells,
  mostBytes: number = DEFAULTS.maxClientBytes,
): ClientBytes {
  const log = { warn: () => undefined };
  return new ClientBytes({ mostBytes, cells, clock: () => 0, timers: systemTimers, log });
}
