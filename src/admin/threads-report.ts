/** What each thread has counted since the start. */
import {
  ADMIN_REQUESTS,
  ALLOWED,
  CLIENT_BYTES,
  CONNECTIONS,
  CPU_S,
  DENIED,
  DURATION,
  EVICTIONS,
  EXCHANGE_DURATION,
  EXCHANGES_LOST,
  GARBAGE_COLLECTIONS,
  GARBAGE_KINDS,
  GARBAGE_LONGEST_S,
  GARBAGE_S,
  type GarbageKind,
  HEAP_USED,
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
  TURNS_BUSY,
  TURNS_LATE_MAX_S,
  TURNS_LATE_P50_S,
  TURNS_LATE_P99_S,
} from '../metrics/cells.ts';
import { Counted, named } from './counted.ts';
import { rounded } from './rounded.ts';

/** A thread, and its row of the cells. */
export interface ReportedThread {
  readonly name: string;
  readonly kind: KindName;
  readonly row: number;
}

export type KindName = keyof typeof OF_KIND;

/** A thread of a kind: what it has counted, by what that is called, and what it says of itself. */
export type ThreadOf<K extends KindName> = {
  readonly name: string;
  readonly kind: K;
} & ReturnType<(typeof OF_KIND)[K]> &
  (K extends 'rebalancer' ? Use : Vitals);

export type ThreadReport = { readonly [K in KindName]: ThreadOf<K> }[KindName];

export interface Use {
  readonly heapUsedBytes: number;
  readonly cpuSeconds: number;
}

/** What a thread says of itself that has an event loop. */
export interface Vitals extends Use {
  readonly turns: {
    readonly busy: number;
    readonly lateSeconds: { readonly p50: number; readonly p99: number; readonly max: number };
  };
  readonly garbage: Readonly<Record<GarbageKind, GarbageReport>>;
}

export interface GarbageReport {
  readonly collections: number;
  readonly seconds: number;
  readonly longestSeconds: number;
}

export function threadsReport(
  cells: SharedArrayBuffer,
  threads: readonly ReportedThread[],
): { readonly threads: readonly ThreadReport[] } {
  const reports = threads
    .toSorted((one, other) => one.row - other.row)
    .map(({ name, kind, row }) => {
      const counted = new Counted(rowOfCells(cells, row));
      return { name, kind, ...OF_KIND[kind](counted), ...vitalsOf(kind, counted) } as ThreadReport;
    });
  return { threads: reports };
}

/** What there is to tell of a kind. */
const OF_KIND = {
  decider: (counted: Counted) => ({
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
  rebalancer: (counted: Counted) => ({
    swaps: counted.of(SWAPS),
    swapHoldSeconds: counted.histogram(SWAP_HOLD),
    evictions: counted.of(EVICTIONS),
    searchDepth: counted.of(SEARCH_DEPTH),
    searchDepthIdeal: counted.of(SEARCH_DEPTH_IDEAL),
  }),
  exchanger: (counted: Counted) => ({
    exchangeSeconds: counted.histogram(EXCHANGE_DURATION),
    exchangesLost: counted.of(EXCHANGES_LOST),
    lockWaits: counted.of(LOCK_CONTENDED),
    leases: counted.of(LEASES),
  }),
  policies: (counted: Counted) => ({
    rules: counted.of(POLICIES_RULES),
    reloadsApplied: counted.of(RELOADS_APPLIED),
    reloadsRefused: counted.of(RELOADS_REFUSED),
  }),
  snapshot: (counted: Counted) => ({
    written: counted.of(SNAPSHOTS_WRITTEN),
    failed: counted.of(SNAPSHOTS_FAILED),
    keys: counted.of(SNAPSHOT_KEYS),
    bytes: counted.of(SNAPSHOT_BYTES),
    durationSeconds: counted.of(SNAPSHOT_DURATION_S),
    lockSeconds: counted.histogram(SNAPSHOT_HOLD),
  }),
  keys: (counted: Counted) => ({ lockSeconds: counted.histogram(KEYS_HOLD) }),
  admin: (counted: Counted) => ({
    requests: named(STATUS_CLASSES, (i) => counted.of(ADMIN_REQUESTS + i)),
  }),
};

/** What a thread says of itself. The rebalancer has no event loop, and so no turns. */
function vitalsOf(kind: KindName, counted: Counted): Use | Vitals {
  const of = (cell: number) => rounded(counted.of(cell));
  const use = { heapUsedBytes: counted.of(HEAP_USED), cpuSeconds: of(CPU_S) };
  if (kind === 'rebalancer') return use;
  return {
    turns: {
      busy: of(TURNS_BUSY),
      lateSeconds: {
        p50: of(TURNS_LATE_P50_S),
        p99: of(TURNS_LATE_P99_S),
        max: of(TURNS_LATE_MAX_S),
      },
    },
    garbage: named(GARBAGE_KINDS, (i) => ({
      collections: counted.of(GARBAGE_COLLECTIONS + i),
      seconds: of(GARBAGE_S + i),
      longestSeconds: of(GARBAGE_LONGEST_S + i),
    })),
    ...use,
  };
}
