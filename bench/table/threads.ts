/**
 * Two threads that decide in one table, beside one thread alone: runs alternate, each thread takes
 * its turn at being the one, and a run's rate is all its decisions from the first start to the last
 * end.
 *
 * Beside it stands the same ratio by the cores' time that a decision took. It leaves out waiting
 * for a lock, and for other processes: where the two are far apart, the machine was busy.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { monotonicUs } from '../../src/lib/clock.ts';
import { Cells, LOCK_CONTENDED, sumCells } from '../../src/metrics/cells.ts';
import { Rebalancer } from '../../src/table/rebalancer.ts';
import { ENGINES, type Engine, reserveTable } from '../../src/table/table-memory.ts';
import type { Report, Row } from '../support/report.ts';
import { median, range, sum } from '../support/statistics.ts';
import type { DeciderData, DeciderQuestion, Run } from './decider-thread.ts';
import { DEFAULT_MAX_KEYS } from './limit.ts';

export interface ThreadsPlan {
  readonly keyCounts: readonly number[];
  readonly rounds: number;
  readonly decisionsARun: number;
}

const LEAST_RATIO: Readonly<Record<Engine['kind'], number>> = { tree: 1.7, hash: 1.85 };
const WARM_UP_ROUNDS = 1;

export async function measureThreads(report: Report, plan: ThreadsPlan): Promise<void> {
  const rows: Row[] = [];
  const runs = plan.keyCounts.flatMap((keys) => ENGINES.map((engine) => ({ keys, engine })));
  for (const { keys, engine } of runs) {
    const { one, two, contended } = await measureAt(report, { keys, engine }, plan);
    const ratio = ratioOf(two, one, (paces) => paces.perSecond);
    rows.push({
      engine,
      keys,
      'one thread /s': median(one.map((pace) => pace.perSecond)),
      'two threads /s': median(two.map((pace) => pace.perSecond)),
      ratio,
      'ratio by CPU time': 2 * ratioOf(one, two, (paces) => paces.cpuNs),
      'contended %': contended * 100,
    });
    const words = `${engine}: rate of two threads over one's, ${keys} random keys`;
    report.goal({ words, value: ratio, least: LEAST_RATIO[engine] });
  }
  report.table('Two threads that decide in one table', rows);
}

interface Pace {
  /** Of all threads together. */
  readonly perSecond: number;
  /** A decision. */
  readonly cpuNs: number;
}

interface Paces {
  readonly one: readonly Pace[];
  readonly two: readonly Pace[];
  /** The share of decisions that found the lock taken while two threads decided. */
  readonly contended: number;
}

/** The median of each round's own ratio. */
function ratioOf(
  over: readonly Pace[],
  under: readonly Pace[],
  of: (pace: Pace) => number,
): number {
  return median(over.map((pace, round) => of(pace) / of(under[round] as Pace)));
}

async function measureAt(
  report: Report,
  { keys, engine }: { readonly keys: number; readonly engine: Engine['kind'] },
  plan: ThreadsPlan,
): Promise<Paces> {
  const table = reserveTable(DEFAULT_MAX_KEYS, { engine });
  const cells = Cells.reserve(3);
  const start = (row: number): Worker => {
    const workerData: DeciderData = { table, cells, row, keys };
    return new Worker(new URL('./decider-thread.ts', import.meta.url), { workerData });
  };
  const deciders = [start(0), start(1)] as const;
  try {
    await ask(deciders[0], { ask: 'load' });
    new Rebalancer(table, monotonicUs, new Cells(cells, 2)).check();

    const one: Pace[] = [];
    const two: Pace[] = [];
    let contended = 0;
    for (const round of range(WARM_UP_ROUNDS + plan.rounds)) {
      one.push(await runOnce(report, [deciders[round % 2 === 0 ? 0 : 1]], plan, round));
      const before = sumCells(cells)[LOCK_CONTENDED] as number;
      two.push(await runOnce(report, deciders, plan, round));
      contended += (sumCells(cells)[LOCK_CONTENDED] as number) - before;
    }
    return {
      one: one.slice(WARM_UP_ROUNDS),
      two: two.slice(WARM_UP_ROUNDS),
      contended: contended / (two.length * 2 * plan.decisionsARun),
    };
  } finally {
    await Promise.all(deciders.map((decider) => decider.terminate()));
  }
}

async function runOnce(
  report: Report,
  deciders: readonly Worker[],
  plan: ThreadsPlan,
  round: number,
): Promise<Pace> {
  const decisions = plan.decisionsARun;
  await Promise.all(
    deciders.map((decider, i) => ask(decider, { ask: 'prepare', seed: 2 * round + i, decisions })),
  );
  const runs = (await Promise.all(
    deciders.map((decider) => ask(decider, { ask: 'run' })),
  )) as readonly Run[];
  const allowed = sum(runs.map((run) => run.allowed));
  report.check(allowed === decisions * deciders.length, 'the bench denies nobody');
  const start = Math.min(...runs.map((run) => Number(run.start)));
  const end = Math.max(...runs.map((run) => Number(run.end)));
  const cpuNs = sum(runs.map((run) => run.cpuUs * 1_000)) / allowed;
  return { perSecond: allowed / ((end - start) / 1e9), cpuNs };
}

/** Rejects where the thread fails instead. */
async function ask(decider: Worker, question: DeciderQuestion): Promise<unknown> {
  const answered = once(decider, 'message');
  decider.postMessage(question);
  const [answer] = await answered;
  return answer;
}
