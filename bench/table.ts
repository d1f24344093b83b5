/**
 * npm run bench:table [-- --small]: what a decision of the table costs with either engine beside a
 * heap Map, what many keys and a second thread add, what the rebalancer is for, and what a key
 * takes of memory. Ratios inside one run; nothing here is a timed test.
 */
import { benchOptions } from './support/options.ts';
import { Report } from './support/report.ts';
import { type AscendingPlan, measureAscending } from './table/ascending.ts';
import { type DecisionsPlan, measureDecisions } from './table/decisions.ts';
import { type FloodPlan, measureFlood } from './table/flood.ts';
import { type ManyKeysPlan, measureManyKeys } from './table/many-keys.ts';
import { measureMemory } from './table/memory.ts';
import { measureSweeps } from './table/sweeps.ts';
import { measureThreads, type ThreadsPlan } from './table/threads.ts';

interface Plan {
  readonly decisions: DecisionsPlan;
  readonly manyKeys: ManyKeysPlan;
  readonly threads: ThreadsPlan;
  readonly ascending: AscendingPlan;
  readonly flood: FloodPlan;
  readonly sweptKeys: number;
  readonly memoryKeys: number;
}

const FULL: Plan = {
  decisions: { keyCounts: [1_000, 100_000, 1_000_000], turns: 30, batchesATurn: 10 },
  manyKeys: { few: 100_000, many: 10_000_000, turns: 30, batchesATurn: 10 },
  threads: { keyCounts: [100_000, 1_000_000], rounds: 10, decisionsARun: 100_000 },
  ascending: { keys: 1_000_000, keysWithout: [100_000, 200_000, 1_000_000] },
  flood: { keys: 4_000, arriving: 10_000, runs: 20 },
  sweptKeys: 1_000_000,
  memoryKeys: 1_000_000,
};

const SMALL: Plan = {
  decisions: { keyCounts: [1_000, 20_000], turns: 4, batchesATurn: 2 },
  manyKeys: { few: 2_000, many: 40_000, turns: 4, batchesATurn: 2 },
  threads: { keyCounts: [20_000], rounds: 2, decisionsARun: 10_000 },
  ascending: { keys: 100_000, keysWithout: [20_000] },
  flood: { keys: 400, arriving: 1_000, runs: 2 },
  sweptKeys: 50_000,
  memoryKeys: 50_000,
};

const options = benchOptions({ small: { type: 'boolean', default: false } });
const small = options.small === true;
const plan = small ? SMALL : FULL;
const report = new Report('table', small);

await measureDecisions(report, plan.decisions);
await measureManyKeys(report, plan.manyKeys);
await measureThreads(report, plan.threads);
await measureAscending(report, plan.ascending);
measureFlood(report, plan.flood);
measureSweeps(report, plan.sweptKeys);
await measureMemory(report, plan.memoryKeys);
report.finish();
