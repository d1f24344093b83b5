/** One engine of files.ts, in a fresh process: a table, its snapshots, tables that read them. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monotonicUs, wallUs } from '../../src/lib/clock.ts';
import { Cells } from '../../src/metrics/cells.ts';
import { OpenWindows } from '../../src/policies/open-windows.ts';
import { systemFiles } from '../../src/snapshot/file-system.ts';
import { readSnapshot } from '../../src/snapshot/read-snapshot.ts';
import { takeSnapshot } from '../../src/snapshot/take-snapshot.ts';
import type { Moment } from '../../src/snapshot/time-passed.ts';
import { Rebalancer } from '../../src/table/rebalancer.ts';
import { Table } from '../../src/table/table.ts';
import { type Engine, reserveTable, type TableMemory } from '../../src/table/table-memory.ts';
import { answerWith } from '../support/child.ts';
import { dailyLimit, keyOf } from './keys.ts';

export interface FileQuestion {
  readonly engine: Engine['kind'];
  readonly keys: number;
  readonly rounds: number;
}

/** Of each round; bytes of a file; and the longest of each hold. */
export interface FileAnswer {
  readonly writeCpuS: readonly number[];
  readonly writeS: readonly number[];
  readonly readS: readonly number[];
  readonly readCpuS: readonly number[];
  readonly holdsUs: readonly number[];
  readonly bytes: number;
  readonly written: number;
  readonly read: number;
}

answerWith(({ engine, keys, rounds }: FileQuestion): FileAnswer => {
  const folder = mkdtempSync(join(tmpdir(), 'argus-bench-snapshot-'));
  try {
    const table = filled(engine, keys);
    const path = join(folder, 'argus.snapshot');
    const writes = Array.from({ length: rounds }, () => write(table, path));
    const reads = Array.from({ length: rounds }, () => read(table, path, engine));
    return {
      writeCpuS: writes.map(({ cpuS }) => cpuS),
      writeS: writes.map(({ seconds }) => seconds),
      readS: reads.map(({ seconds }) => seconds),
      readCpuS: reads.map(({ cpuS }) => cpuS),
      holdsUs: writes.flatMap(({ holdsUs }) => holdsUs),
      bytes: statSync(path).size,
      written: writes[0]?.keys ?? 0,
      read: reads[0]?.keys ?? 0,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function filled(engine: Engine['kind'], keys: number): TableMemory {
  const memory = reserveTable(keys, { engine });
  const cells = new Cells(Cells.reserve(1), 0);
  const table = new Table(memory, cells);
  const limit = dailyLimit();
  for (let i = 0; i < keys; i++) table.take(keyOf(i), limit, 1, monotonicUs());
  // As balanced as they are in a service.
  new Rebalancer(memory, monotonicUs, cells).check();
  return memory;
}

function write(table: TableMemory, path: string) {
  const holdsUs: number[] = [];
  const { result, ...times } = timed(() =>
    takeSnapshot({
      files: systemFiles,
      path,
      snapshot: 1,
      table,
      windows: new OpenWindows(OpenWindows.reserve()),
      clock: monotonicUs,
      moment: now(),
      seals: false,
      held: (heldUs) => holdsUs.push(heldUs),
    }),
  );
  return { ...times, holdsUs, keys: result.keys };
}

function read({ hashKey, maxKeys }: TableMemory, path: string, engine: Engine['kind']) {
  const { result, ...times } = timed(() =>
    readSnapshot({
      files: systemFiles,
      path,
      table: reserveTable(maxKeys, { engine, hashKey }),
      windows: new OpenWindows(OpenWindows.reserve()),
      now: now(),
    }),
  );
  return { ...times, keys: result.kind === 'read' ? (result.restored?.keys ?? 0) : 0 };
}

function timed<T>(work: () => T): { result: T; seconds: number; cpuS: number } {
  const before = process.cpuUsage();
  const beganUs = monotonicUs();
  const result = work();
  const seconds = (monotonicUs() - beganUs) / 1e6;
  const { user, system } = process.cpuUsage(before);
  return { result, seconds, cpuS: (user + system) / 1e6 };
}

function now(): Moment {
  return { monotonicUs: monotonicUs(), wallUs: wallUs(), bootId: 'a boot' };
}
