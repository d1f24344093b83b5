/**
 * Many threads on a few keys, while others force swaps and evictions beside them and the table gets
 * full: is a key ever admitted more than capacity + rate x time, and is the table sound throughout?
 *
 * It runs until enough has happened, whatever the machine, and fails if that takes too long.
 * ARGUS_STRESS_S=n does it again and again, for n seconds at least.
 */
import { afterEach, expect, test } from 'vitest';
import { MOST_INTERVAL_US } from '../../src/contract/bounds.ts';
import { monotonicUs } from '../../src/lib/clock.ts';
import {
  Cells,
  EVICTIONS,
  LOCK_CONTENDED,
  SWAPS,
  sumCells,
  TABLE_FULL,
} from '../../src/metrics/cells.ts';
import { Table } from '../../src/table/table.ts';
import {
  ENGINES,
  type Engine,
  reserveTable,
  type TableOptions,
} from '../../src/table/table-memory.ts';
import { checkTable } from '../table/table-check.ts';
import { findExcess, totalCost } from './judge.ts';
import { type Admission, AdmissionLog } from './log.ts';
import { DECIDERS, JUDGED, limitAt, limitOf, MAX_KEYS, SHARDS } from './plan.ts';
import { Signals, type StressMemory, type ThreadData, Threads } from './threads.ts';

const REBALANCER = DECIDERS;
const MAIN = DECIDERS + 1;
const ROWS = DECIDERS + 2;

const LEAST_US = 4_000_000;
const MOST_MS = 60_000;
const ROUNDS = Math.ceil((Number(process.env['ARGUS_STRESS_S'] ?? 0) * 1e6) / LEAST_US) || 1;
const QUIET_WITHIN_MS = 15_000;

/** Only for a machine on which threads hang. */
const TIMEOUT_MS = 150_000;

const DRAINED = 200_000;

const started: Threads[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((threads) => threads.kill()));
});

test.each(ENGINES)(
  '%s: no key is admitted more than its limit lets pass, and the table stays sound',
  {
    timeout: TIMEOUT_MS * ROUNDS,
    repeats: ROUNDS - 1,
  },
  async (engine) => {
    const least = leastOf(engine);
    const memory = reserveMemory(MAX_KEYS, { shards: SHARDS, engine });
    const table = new Table(memory.table, new Cells(memory.cells, MAIN));
    const early = askEarly(table);

    const threads = await start(memory, [
      ...deciders(memory, 'decider'),
      { role: 'rebalancer', row: REBALANCER, memory },
      { role: 'walker', memory },
    ]);
    const beganUs = monotonicUs();
    const enough = () =>
      monotonicUs() - beganUs > LEAST_US && Object.entries(least).every(isReached(memory));
    await threads.until(enough, MOST_MS);
    expect(await threads.stop()).toEqual(Array(DECIDERS + 2).fill(0));

    const happened = counts(memory);
    const admissions = [...early, ...memory.logs.flatMap((log) => new AdmissionLog(log).list())];
    const elapsedMs = Math.round((monotonicUs() - beganUs) / 1_000);
    console.info(`stress: ${JSON.stringify({ engine, ...happened, elapsedMs })}`);
    for (const [name, times] of Object.entries(least)) {
      expect(happened[name as Happening], name).toBeGreaterThanOrEqual(times);
    }
    judge(admissions);

    const busy = checkTable(memory.table);
    expect(busy.live).toBe(table.size);

    // What would take a year to come back is forgiven; then no bucket is used, and none may stay.
    for (const key of JUDGED) table.reset(key.name, monotonicUs());
    const quiet = { ...memory, signals: Signals.reserve() };
    const rebalancer = await start(quiet, [{ role: 'rebalancer', row: REBALANCER, memory: quiet }]);
    await rebalancer.until(() => table.size === 0, QUIET_WITHIN_MS);
    expect(await rebalancer.stop()).toEqual([0]);
    expect(table.size).toBe(0);
    expect(checkTable(memory.table)).toMatchObject({ live: 0, overflow: SHARDS });
  },
);

test.each(ENGINES)(
  '%s: threads that drain one key get just its capacity between them',
  async (engine) => {
    const memory = reserveMemory(4, { shards: 1, engine });
    const threads = await start(memory, deciders(memory, 'drainer'));
    expect(await threads.ends()).toEqual(Array(DECIDERS).fill(0));

    const allowed = memory.logs.map((log) => new Float64Array(log, 0, 1)[0] as number);
    const contended = sumCells(memory.cells)[LOCK_CONTENDED];
    console.info(`stress: one key, allowed a thread ${allowed.join(' ')}, contended ${contended}`);
    expect(allowed.reduce((sum, some) => sum + some, 0)).toBe(DRAINED);
    expect(checkTable(memory.table)).toEqual({ live: 1, overflow: 1, free: 0, untouched: 3 });
  },
  TIMEOUT_MS,
);

type Happening = 'swaps' | 'evictions' | 'tableFull' | 'contended' | 'walks' | 'admissions';

/** What must have happened for the stress to have been one. */
function leastOf(engine: Engine['kind']): Record<Happening, number> {
  return {
    swaps: engine === 'tree' ? 100 : 0,
    evictions: 1_000,
    tableFull: 1,
    contended: 1_000,
    walks: 100,
    admissions: 1_000,
  };
}

function counts(memory: StressMemory): Record<Happening, number> {
  const sums = sumCells(memory.cells);
  return {
    swaps: sums[SWAPS] as number,
    evictions: sums[EVICTIONS] as number,
    tableFull: sums[TABLE_FULL] as number,
    contended: sums[LOCK_CONTENDED] as number,
    walks: new Signals(memory.signals).walks,
    admissions: memory.logs.reduce((sum, log) => sum + new AdmissionLog(log).count, 0),
  };
}

function isReached(memory: StressMemory): (least: [string, number]) => boolean {
  const happened = counts(memory);
  return ([name, least]) => happened[name as Happening] >= least;
}

function judge(admissions: readonly Admission[]): void {
  for (const [index, { name, rules, early, gets }] of JUDGED.entries()) {
    const own = admissions.filter(({ key }) => key === index);
    expect(findExcess(own, rules), `${name} admitted too much`).toBeUndefined();
    const isGiven = own.some(({ cost }) => cost < 0);
    expect(isGiven, `${name} was given tokens back`).toBe(gets !== undefined);
    const capacity = Math.max(...rules.map((rule) => rule.capacity));
    // Nothing comes back to it, and it was asked for until it was denied.
    if (early) expect(totalCost(own), name).toBe(capacity);
  }
}

/** Gives the keys that refill no token their slots, while there are slots to be had. */
function askEarly(table: Table): Admission[] {
  return JUDGED.flatMap((judged, key) => {
    if (!judged.early) return [];
    const beforeUs = monotonicUs();
    const decision = table.take(judged.name, limitAt(judged, beforeUs), 1, beforeUs);
    expect(decision.allowed).toBe(true);
    return [{ key, cost: 1, beforeUs, afterUs: monotonicUs() }];
  });
}

function reserveMemory(maxKeys: number, options: TableOptions): StressMemory {
  return {
    table: reserveTable(maxKeys, options),
    cells: Cells.reserve(ROWS),
    signals: Signals.reserve(),
    logs: Array.from({ length: DECIDERS }, () => AdmissionLog.reserve()),
    drained: limitOf({ capacity: DRAINED, tokenUs: MOST_INTERVAL_US / DRAINED }),
  };
}

function deciders(memory: StressMemory, role: 'decider' | 'drainer'): ThreadData[] {
  return Array.from({ length: DECIDERS }, (_, row) => ({ role, row, memory }));
}

async function start(memory: StressMemory, data: readonly ThreadData[]): Promise<Threads> {
  const threads = new Threads(memory, data);
  started.push(threads);
  await threads.start();
  return threads;
}
