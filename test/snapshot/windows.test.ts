/** Windows and policies over a restart: the same buckets, in the same windows. */
import { describe, expect, test } from 'vitest';
import type { KeptLimit } from '../../src/bucket/kept-limit.ts';
import { inNamespace } from '../../src/lib/namespace.ts';
import { Cells } from '../../src/metrics/cells.ts';
import { windowKind } from '../../src/policies/calendar.ts';
import type { OpenWindows } from '../../src/policies/open-windows.ts';
import { WindowClock } from '../../src/policies/window-clock.ts';
import type { Moment } from '../../src/snapshot/time-passed.ts';
import { Table } from '../../src/table/table.ts';
import { ENGINES, reserveTable, type TableMemory } from '../../src/table/table-memory.ts';
import { limitOf, SECOND } from '../table/tables.ts';
import { MemoryFiles } from './memory-files.ts';
import { moment, openWindows, restart, take } from './restarts.ts';

const KEY = inNamespace('policy', 'a limit\0a policy\0a key');
const KIND = windowKind({ by: 'length', lengthUs: 60 * SECOND });
/** A wall clock's time at which a window of a minute begins. */
const MINUTE_US = 1_700_000_040 * SECOND;

/** A service that asks a policy of 10 a minute. */
class Service {
  readonly #table: Table;
  readonly #clock: WindowClock;
  #wallUs = 0;

  constructor(memory: TableMemory, windows: OpenWindows) {
    this.#table = new Table(memory, new Cells(Cells.reserve(1), 0));
    this.#clock = new WindowClock(KIND, windows, () => this.#wallUs);
  }

  /** Whether a cost passes. */
  ask(cost: number, { monotonicUs, wallUs }: Moment): boolean {
    this.#wallUs = wallUs;
    const kept: KeptLimit = { rate: limitOf(10, 60), window: this.#clock.at(monotonicUs) };
    return this.#table.takeKept({ key: KEY, kept, cost, overdraft: false }, monotonicUs).allowed;
  }
}

interface Passage {
  readonly taken: Moment;
  readonly now: Moment;
}

/** A service that took 10 in its window, as of its snapshot, and as it is after the restart. */
function restarted({ taken, now }: Passage, engine: (typeof ENGINES)[number] = 'tree'): Service {
  const table = reserveTable(20, { shards: 2, engine });
  const windows = openWindows();
  expect(new Service(table, windows).ask(10, taken)).toBe(true);
  const files = new MemoryFiles();
  take(files, { table, windows, moment: taken });
  const after = restart(files, { maxKeys: 20, shards: 2, engine }, now);
  return new Service(after.table, after.windows);
}

const later = ({ monotonicUs, wallUs, bootId }: Moment, seconds: number) =>
  moment(monotonicUs + seconds * SECOND, wallUs + seconds * SECOND, bootId);

describe.each(ENGINES)('with %s', (engine) => {
  const taken = moment(9_000 * SECOND, MINUTE_US + 20 * SECOND);

  //  what happens, the clocks after it, seconds that are left of the window
  test.each([
    ['a restart', moment(9_010 * SECOND, MINUTE_US + 30 * SECOND), 30],
    ['another boot', moment(3 * SECOND, MINUTE_US + 30 * SECOND, 'another'), 30],
    ['a wall clock that went back', moment(9_010 * SECOND, MINUTE_US - 500 * SECOND), 30],
    ['both', moment(3 * SECOND, MINUTE_US - 500 * SECOND, 'another'), 40],
    ['a wall clock that was set forward', moment(9_010 * SECOND, MINUTE_US + 9_000 * SECOND), 30],
  ])('%s: the window ends when it would have', (_, now, left) => {
    const service = restarted({ taken, now }, engine);
    expect(service.ask(1, now)).toBe(false);
    expect(service.ask(1, later(now, left - 0.01))).toBe(false);
  });

  test.each([
    ['a restart', moment(9_010 * SECOND, MINUTE_US + 30 * SECOND), 30],
    ['another boot', moment(3 * SECOND, MINUTE_US + 30 * SECOND, 'another'), 30.002],
  ])('%s: and the next one begins then', (_, now, left) => {
    const service = restarted({ taken, now }, engine);
    expect(service.ask(10, later(now, left))).toBe(true);
    expect(service.ask(1, later(now, left + 59))).toBe(false);
  });

  test('a window that ended meanwhile is over', () => {
    const now = moment(9_050 * SECOND, MINUTE_US + 70 * SECOND);
    expect(restarted({ taken, now }, engine).ask(10, now)).toBe(true);
  });
});

test('of more kinds of windows than a file of policies can have the last are restored', () => {
  const windows = openWindows();
  for (let kind = 1; kind <= 5_000; kind++) {
    windows.restore(kind, { beginUs: 0, endUs: kind * SECOND, calendarEndUs: kind * SECOND });
  }
  const files = new MemoryFiles();
  const table = reserveTable(20, { shards: 2 });
  take(files, { table, windows, moment: moment(0) });
  const after = restart(files, { maxKeys: 20, shards: 2, engine: 'tree' }, moment(0));
  const kinds = after.windows.all().map(({ kind }) => kind);
  expect([kinds.length, kinds[0], kinds.at(-1)]).toEqual([4_096, 5_000, 905]);
});

test('a window that is over is not opened again by a clock that is set back over a restart', () => {
  const table = reserveTable(20, { shards: 2 });
  const windows = openWindows();
  const before = new Service(table, windows);
  const first = moment(9_000 * SECOND, MINUTE_US + 20 * SECOND);
  expect(before.ask(10, first)).toBe(true);
  // The next window is opened, and nothing of it is used: no bucket tells of it.
  const second = later(first, 45);
  expect(before.ask(0, second)).toBe(true);
  const files = new MemoryFiles();
  take(files, { table, windows, moment: second });
  const now = moment(4 * SECOND, MINUTE_US + 30 * SECOND, 'another');
  const after = restart(files, { maxKeys: 20, shards: 2, engine: 'tree' }, now);
  const service = new Service(after.table, after.windows);
  // What is used now is used in the second, which has 55 seconds left.
  expect(service.ask(10, now)).toBe(true);
  expect(service.ask(1, later(now, 54))).toBe(false);
});
