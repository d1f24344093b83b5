/** What each thread has counted since the start. */
import {
  ADMIN_REQUESTS,
  ALLOWED,
  CLIENT_BYTES,
  CONNECTIONS,
  DENIED,
  DURATION,
  EVICTIONS,
  EXCHANGE_DURATION,
  EXCHANGES_LOST,
  KEYS_HOLD,
  LEASES,
  LOCK_CONTENDED,
  POLICIES_RULES,
  RELOADS_APPLIED,
  RELOADS_REFUSED,
  rowOfCells,
  SEARCH_DEPTH,
  SEARCH_DEPTH_IDEAL,
  SNAPSHOT_BYTES,
  SNAPSHOT_DURATION_S,
  SNAPSHOT_HOLD,
  SNAPSHOT_KEYS,
  SNAPSHOTS_FAILED,
  SNAPSHOTS_WRITTEN,
  STATUS_CLASSES,
  SWAP_HOLD,
  SWAPS,
  TABLE_FULL,
} from '../metrics/cells.ts';
import { Counted } from './counted.ts';

/** A thread, and its row of the cells. */
export interface ReportedThread {
  readonly name: string;
  readonly kind: string;
  readonly row: number;
}

/** What it has counted, by what that is called. */
export type ThreadReport = Readonly<Record<string, unknown>> & {
  readonly name: string;
  readonly kind: string;
};

export function threadsReport(
  cells: SharedArrayBuffer,
  threads: readonly ReportedThread[],
): { readonly threads: readonly ThreadReport[] } {
  const reports = threads
    .toSorted((one, other) => one.row - other.row)
    .map(({ name, kind, row }) => {
      const counted = new Counted(rowOfCells(cells, row));
      return { name, kind, ...OF_KIND[kind]?.(counted) };
    });
  return { threads: reports };
}

/** What there is to tell of a kind; nothing where it is not named. */
const OF_KIND: Readonly<Record<string, (counted: Counted) => object>> = {
  decider: (counted) => ({
    decisions: counted.byTransport((i) => ({
      allowed: counted.of(ALLOWED + i),
      denied: counted.of(DENIED + i),
    })),
    answerSeconds: counted.histogram(DURATION),
    lockWaits: counted.of(LOCK_CONTENDED),
    tableFull: counted.of(TABLE_FULL),
    connections: counted.byTransport((i) => counted.of(CONNECTIONS + i)),
    clientBytes: counted.of(CLIENT_BYTES),
  }),
  rebalancer: (counted) => ({
    swaps: counted.of(SWAPS),
    swapHoldSeconds: counted.histogram(SWAP_HOLD),
    evictions: counted.of(EVICTIONS),
    searchDepth: counted.of(SEARCH_DEPTH),
    searchDepthIdeal: counted.of(SEARCH_DEPTH_IDEAL),
  }),
  exchanger: (counted) => ({
    exchangeSeconds: counted.histogram(EXCHANGE_DURATION),
    exchangesLost: counted.of(EXCHANGES_LOST),
    lockWaits: counted.of(LOCK_CONTENDED),
    leases: counted.of(LEASES),
  }),
  policies: (counted) => ({
    rules: counted.of(POLICIES_RULES),
    reloadsApplied: counted.of(RELOADS_APPLIED),
    reloadsRefused: counted.of(RELOADS_REFUSED),
  }),
  snapshot: (counted) => ({
    written: counted.of(SNAPSHOTS_WRITTEN),
    failed: counted.of(SNAPSHOTS_FAILED),
    keys: counted.of(SNAPSHOT_KEYS),
    bytes: counted.of(SNAPSHOT_BYTES),
    durationSeconds: counted.of(SNAPSHOT_DURATION_S),
    lockSeconds: counted.histogram(SNAPSHOT_HOLD),
  }),
  keys: (counted) => ({ lockSeconds: counted.histogram(KEYS_HOLD) }),
  admin: (counted) => ({
    requests: Object.fromEntries(
      STATUS_CLASSES.map((name, i) => [name, counted.of(ADMIN_REQUESTS + i)]),
    ),
  }),
};
