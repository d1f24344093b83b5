/** How the service does, as of the last second or so. */
import { isoTime } from '../lib/clock.ts';
import {
  ALLOWED,
  CONNECTIONS,
  DENIED,
  DURATION,
  EVICTIONS,
  LOCK_CONTENDED,
  SNAPSHOT_TAKEN_US,
  SWAPS,
  TABLE_FULL,
} from '../metrics/cells.ts';
import { type ByTransport, Counted, type CountedReport } from './counted.ts';
import type { InstancesReport } from './instances-report.ts';
import { rounded } from './rounded.ts';

/** Decisions by what was decided. */
export interface OutcomesReport {
  readonly allowed: number;
  readonly denied: number;
}

export interface NowReport {
  readonly time: string;
  /** That all rates are over. */
  readonly seconds: number;
  readonly decisionsPerSecond: ByTransport<OutcomesReport>;
  /** Null where no answer was given. */
  readonly answerSeconds: CountedReport | null;
  readonly keys: number;
  readonly maxKeys: number;
  /** Times a second that a key found no room. */
  readonly tableFull: number;
  readonly swapsPerSecond: number;
  readonly evictionsPerSecond: number;
  readonly lockWaitsPerSecond: number;
  readonly connections: ByTransport<number>;
  readonly store: InstancesReport;
  /** Null where there are no snapshots. */
  readonly snapshotAgeSeconds: number | null;
  readonly uptimeSeconds: number;
}

/** All cells added up over all threads, and when. */
export interface Sums {
  readonly cells: Float64Array;
  readonly atUs: number;
}

/** What is known of the service beside what it counts. */
export interface Standing {
  readonly wallTimeUs: number;
  readonly startedUs: number;
  readonly keys: number;
  readonly maxKeys: number;
  readonly hasSnapshots: boolean;
  readonly store: InstancesReport;
}

export function nowReport(before: Sums, now: Sums, standing: Standing): NowReport {
  const seconds = (now.atUs - before.atUs) / 1_000_000;
  const counted = new Counted(now.cells);
  const grown = new Counted(now.cells.map((sum, cell) => sum - (before.cells[cell] as number)));
  const perSecond = (cell: number) => rounded(grown.of(cell) / seconds);
  const answers = grown.histogram(DURATION);
  const takenUs = counted.of(SNAPSHOT_TAKEN_US);
  const { keys, maxKeys, store, hasSnapshots } = standing;
  return {
    time: isoTime(standing.wallTimeUs),
    seconds: rounded(seconds),
    decisionsPerSecond: counted.byTransport((i) => ({
      allowed: perSecond(ALLOWED + i),
      denied: perSecond(DENIED + i),
    })),
    answerSeconds: 'mean' in answers ? answers : null,
    keys,
    maxKeys,
    tableFull: perSecond(TABLE_FULL),
    swapsPerSecond: perSecond(SWAPS),
    evictionsPerSecond: perSecond(EVICTIONS),
    lockWaitsPerSecond: perSecond(LOCK_CONTENDED),
    connections: counted.byTransport((i) => counted.of(CONNECTIONS + i)),
    store,
    snapshotAgeSeconds: hasSnapshots ? rounded((now.atUs - takenUs) / 1_000_000) : null,
    uptimeSeconds: Math.floor((now.atUs - standing.startedUs) / 1_000_000),
  };
}
