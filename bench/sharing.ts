/**
 * npm run bench:sharing [-- --small --against DIR --only PART]: what it costs four instances to
 * share limits through Redis, by leases, beside asking the store each time and beside not sharing;
 * what becomes of keys that are new, many at a time; and of answers while Redis is killed, frozen
 * or cut off. Ratios inside one run; nothing here is a timed test. DIR is another checkout, whose
 * CPU a decision is held against ours, in turn. PART is fleets, new-keys or outages.
 *
 * The instances and Redis have one core, the load has another. It asks at a fixed rate, whatever
 * becomes of its questions: so what counts is CPU time a decision.
 */
import { isMissing } from '../test/support/resp-tools.ts';
import { checkoutAt } from './sharing/checkout.ts';
import { withFleets } from './sharing/fleets.ts';
import { measureHotKey } from './sharing/hot-key.ts';
import { measureManyKeys } from './sharing/many-keys.ts';
import { measureNewKeys, type NewKeysPlan } from './sharing/new-keys.ts';
import { measureOutages, type OutagePlan } from './sharing/outages.ts';
import type { RoundsPlan } from './sharing/rounds.ts';
import { Child } from './support/child.ts';
import { benchOptions, refuse } from './support/options.ts';
import { allowedCores } from './support/pinned.ts';
import { Report } from './support/report.ts';

interface Plan {
  readonly rounds: RoundsPlan;
  readonly keys: number;
  readonly newKeys: NewKeysPlan;
  readonly outages: OutagePlan;
}

/** What `--only` may name. */
const PARTS: readonly string[] = ['fleets', 'new-keys', 'outages'];

const FULL: Plan = {
  rounds: { rounds: 5, seconds: 5, warmUpSeconds: 3 },
  keys: 100_000,
  newKeys: { times: 25, besideTimes: 50, rounds: 11, batches: 100 },
  outages: { rounds: 3, seconds: { usual: 4, away: 4, back: 4 } },
};
const SMALL: Plan = {
  rounds: { rounds: 1, seconds: 1, warmUpSeconds: 0 },
  keys: 10_000,
  newKeys: { times: 2, besideTimes: 3, rounds: 1, batches: 5 },
  outages: { rounds: 1, seconds: { usual: 2, away: 1, back: 2 } },
};

const options = benchOptions({
  small: { type: 'boolean', default: false },
  against: { type: 'string' },
  only: { type: 'string' },
});
const small = options.small === true;
if (isMissing('redis-server')) process.exit();

const against = options.against === undefined ? null : checkoutAt(options.against);
const only = options.only;
if (only !== undefined && !PARTS.includes(only)) {
  refuse(`--only must be one of ${PARTS.join(', ')}, is ${only}`);
}
const plan = small ? SMALL : FULL;
const [core, loadCore = core] = allowedCores();
const report = new Report('sharing', small);
const load = new Child({ script: new URL('./sharing/load.ts', import.meta.url), core: loadCore });
try {
  if (only === undefined || only === 'fleets') {
    await withFleets(core, against, async (fleets) => {
      const bench = { report, load, fleets, plan: plan.rounds };
      await measureHotKey(bench);
      await measureManyKeys(bench, plan.keys);
    });
  }
  if (only === undefined || only === 'new-keys') {
    await measureNewKeys({ report, plan: plan.newKeys, against });
  }
  if (only === undefined || only === 'outages') {
    await measureOutages({ report, load, core, plan: plan.outages });
  }
} finally {
  await load.end();
}
report.finish();
