/**
 * The limiter of a decider: its own table, or leases of what instances share; where operators have
 * a port, with a count of its keys; where spans are exported, with those of what needs the store.
 */
import { SharedLimiter } from '../lease/holder/shared-limiter.ts';
import { LeaseTable } from '../lease/lease-table.ts';
import { packAsks, unpackAnswers } from '../lease/packed.ts';
import { StoreStatus } from '../lease/store-status.ts';
import { monotonicUs } from '../lib/clock.ts';
import { systemTimers } from '../lib/timers.ts';
import type { Limiter } from '../limiter/limiter.ts';
import { LocalLimiter } from '../limiter/local-limiter.ts';
import type { Cells } from '../metrics/cells.ts';
import { HashedKeys } from '../table/hashed-keys.ts';
import { WatchedLimiter } from '../top-keys/watched-limiter.ts';
import type { DecisionSpans } from '../tracing/decision-spans.ts';
import { TracedLimiter } from '../tracing/traced-limiter.ts';
import type { DeciderData } from './thread-messages.ts';

/** `spans`: of what needs the store; null for none. */
export function createLimiter(
  data: DeciderData,
  cells: Cells,
  spans: DecisionSpans | null,
): Limiter {
  const { table, sketches, row } = data;
  const keys = new HashedKeys(table.hashKey);
  const deciding = createDeciding(data, cells, keys);
  const limiter = spans === null ? deciding : new TracedLimiter(deciding, spans);
  if (sketches === null) return limiter;
  return new WatchedLimiter({ limiter, keys, sketches, thread: row });
}

function createDeciding(
  { table, store, config, exchanger }: DeciderData,
  cells: Cells,
  keys: HashedKeys,
): Limiter {
  if (store === null || exchanger === null) return new LocalLimiter(table, cells, keys);
  const limiter = new SharedLimiter({
    leases: new LeaseTable(table, cells, keys),
    maxKeys: table.maxKeys,
    status: new StoreStatus(store),
    settings: config,
    cells,
    clock: monotonicUs,
    timers: systemTimers,
    send: (messages) => exchanger.postMessage(packAsks(messages)),
  });
  exchanger.on('message', (rows: Float64Array) => {
    for (const message of unpackAnswers(rows)) limiter.receive(message);
  });
  // A decider ends when the process does: a port alone should not keep it.
  exchanger.unref();
  return limiter;
}
