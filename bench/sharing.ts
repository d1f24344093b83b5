/**
 * npm run bench:sharing [-- --small]: what it costs four instances to share limits through Redis, by
 * leases, beside asking the store each time and beside not sharing; and what becomes of answers while
 * Redis is killed, frozen or cut off. Ratios inside one run; nothing here is a timed test.
 *
 * The instances and Redis have one core, the load has another. It asks at a fixed rate, whatever
 * becomes of its questions: so what counts is CPU time a decision.
 */
import { isMissing } from '../test/support/resp-tools.ts';
import { withFleets } from './sharing/fleets.ts';
import { measureHotKey } from './sharing/hot-key.ts';
import { measureManyKeys } from './sharing/many-keys.ts';
import { measureOutages, type OutagePlan } from './sharing/outages.ts';
import type { RoundsPlan } from './sharing/rounds.ts';
import { Child } from './support/child.ts';
import { benchOptions } from './support/options.ts';
import { allowedCores } from './support/pinned.ts';
import { Report } from './support/report.ts';

interface Plan {
  readonly rounds: RoundsPlan;
  readonly keys: number;
  readonly outages: OutagePlan;
}

const FULL: Plan = {
  rounds: { rounds: 5, seconds: 5, warmUpSeconds: 3 },
  keys: 100_000,
  outages: { rounds: 3, seconds: { usual: 4, away: 4, back: 4 } },
};
const SMALL: Plan = {
  rounds: { rounds: 1, seconds: 1, warmUpSeconds: 0 },
  keys: 10_000,
  outages: { rounds: 1, seconds: { usual: 2, away: 1, back: 2 } },
};

const options = benchOptions({ small: { type: 'boolean', default: false } });
const small = options.small === true;
if (isMissing('redis-server')) process.exit();

const plan = small ? SMALL : FULL;
const [core, loadCore = core] = allowedCores();
const report = new Report('sharing', small);
const load = new Child({ script: new URL('./sharing/load.ts', import.meta.url), core: loadCore });
try {
  await withFleets(core, async (fleets) => {
    const bench = { report, load, fleets, plan: plan.rounds };
    await measureHotKey(bench);
    await measureManyKeys(bench, plan.keys);
  });
  await measureOutages({ report, load, core, plan: plan.outages });
} finally {
  await load.end();
}
report.finish();
