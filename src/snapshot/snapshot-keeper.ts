/**
 * Keeps the snapshots of a service: reads the last one before anybody asks, writes one every so
 * often, and the last one once nobody decides any more.
 *
 * A file that cannot be written is named and counted, and ends nothing: what is lost is what a
 * crash would take.
 *
 * Thread safety: one object, in a thread of its own, which each call holds for as long as the file
 * takes.
 */
import { type Clock, compactTime, type WallClock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Timers } from '../lib/timers.ts';
import {
  type Cells,
  CROWDED_OUT_KEYS,
  RESTORED_KEYS,
  SNAPSHOT_BYTES,
  SNAPSHOT_DURATION_S,
  SNAPSHOT_HOLD,
  SNAPSHOT_KEYS,
  SNAPSHOT_TAKEN_US,
  SNAPSHOTS_FAILED,
  SNAPSHOTS_WRITTEN,
} from '../metrics/cells.ts';
import type { OpenWindows } from '../policies/open-windows.ts';
import type { TableMemory } from '../table/table-memory.ts';
import type { FileSystem } from './file-system.ts';
import { type Reading, readSnapshot } from './read-snapshot.ts';
import { takeSnapshot } from './take-snapshot.ts';
import type { Moment } from './time-passed.ts';

export interface KeeperParts {
  readonly files: FileSystem;
  readonly path: string;
  readonly intervalMs: number;
  /** Whether a file that is not whole ends the start. */
  readonly isRequired: boolean;
  readonly table: TableMemory;
  readonly windows: OpenWindows;
  readonly clock: Clock;
  readonly wall: WallClock;
  readonly bootId: string;
  readonly timers: Timers;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly cells: Cells;
  readonly log: Log;
}

export class SnapshotKeeper {
  readonly #parts: KeeperParts;
  #callOff: (() => void) | null = null;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    parts.cells.set(SNAPSHOT_TAKEN_US, parts.clock());
  }

  /** Restores what the file has. Returns why the service must not start; null where it may. */
  restore(): string | null {
    const { files, path, table, windows, isRequired, cells, log, clock } = this.#parts;
    const beganUs = clock();
    const reading = readSnapshot({ files, path, table, windows, now: this.#now() });
    if (reading.kind === 'none') {
      log.info(`there is no snapshot ${path} yet: every bucket is full`);
      return null;
    }
    const { restored } = reading;
    if (restored !== null) {
      const { keys, crowdedOut, passedUs } = restored;
      cells.set(RESTORED_KEYS, keys);
      cells.set(CROWDED_OUT_KEYS, crowdedOut);
      const ms = Math.round((clock() - beganUs) / 1_000);
      const seconds = Math.round(passedUs / 1_000_000);
      log.info({ keys, crowdedOut, ms }, `read the snapshot ${path} of ${seconds} s ago`);
      if (crowdedOut > 0) log.warn(`${crowdedOut} keys had no room: MAX_KEYS is too small`);
    }
    const { fault } = reading;
    if (fault === null) return null;
    const words = `The snapshot ${path} ${faultWords(reading)}`;
    if (isRequired) return `${words}, and SNAPSHOT_REQUIRED is true`;
    // A folder is no file that the next snapshot would replace.
    log.error(reading.why === 'EISDIR' ? words : `${words}${this.#keepAside(fault)}`);
    return null;
  }

  /** Writes one every so often, from now on. */
  begin(): void {
    const { intervalMs, timers, clock } = this.#parts;
    const next = (tookMs: number) => {
      // However long one takes, the thread rests as long as it worked.
      this.#callOff = timers.after(Math.max(intervalMs - tookMs, tookMs), () => {
        const beganUs = clock();
        this.#write(false);
        next((clock() - beganUs) / 1_000);
      });
    };
    next(0);
  }

  /** Writes the last one. Nobody decides any more after that: every shard stays locked. */
  seal(): void {
    this.#callOff?.();
    this.#write(true);
  }

  #write(seals: boolean): void {
    const { path, table, clock, cells, log, random } = this.#parts;
    const moment = this.#now();
    try {
      const { keys, bytes } = takeSnapshot({
        ...this.#parts,
        snapshot: Math.floor(random() * 2 ** 32) | 0,
        table,
        moment,
        seals,
        held: (heldUs) => cells.observe(SNAPSHOT_HOLD, heldUs / 1_000_000),
      });
      const seconds = (clock() - moment.monotonicUs) / 1_000_000;
      cells.set(SNAPSHOT_TAKEN_US, moment.monotonicUs);
      cells.add(SNAPSHOTS_WRITTEN, 1);
      cells.set(SNAPSHOT_KEYS, keys);
      cells.set(SNAPSHOT_BYTES, bytes);
      cells.set(SNAPSHOT_DURATION_S, seconds);
      log[seals ? 'info' : 'debug']({ keys, bytes, seconds }, `wrote the snapshot ${path}`);
    } catch (error) {
      const why = codeOf(error);
      cells.add(SNAPSHOTS_FAILED, 1);
      log.error(`Cannot write the snapshot ${path}: ${why}`);
    }
  }

  /** Renames the file, and says to what. */
  #keepAside(fault: string): string {
    const { files, path, wall } = this.#parts;
    const aside = `${path}.${fault}-${compactTime(wall())}`;
    try {
      files.rename(path, aside);
      return `: it is kept as ${aside}`;
    } catch (error) {
      return `, and cannot be kept as ${aside}: ${codeOf(error)}`;
    }
  }

  #now(): Moment {
    const { clock, wall, bootId } = this.#parts;
    return { monotonicUs: clock(), wallUs: wall(), bootId };
  }
}

function faultWords({ fault, why }: Reading & { readonly kind: 'read' }): string {
  switch (fault) {
    case 'foreign':
      return 'is no snapshot of this service';
    case 'newer':
      return 'was written by a newer version';
    case 'torn':
      return 'is not whole';
    default:
      return `cannot be read: ${why}`;
  }
}

/** What the system says. Anything else is a fault of ours, and is thrown on. */
function codeOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return code;
}
