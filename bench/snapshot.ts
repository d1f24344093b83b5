/**
 * npm run bench:snapshot [-- --small]: what a snapshot takes of a core, of a disk and of those who
 * ask meanwhile, and how long a start reads one. Ratios inside one run; nothing here is a timed
 * test.
 */
import { type FilesPlan, measureFiles } from './snapshot/files.ts';
import { measureUnderLoad, type UnderLoadPlan } from './snapshot/under-load.ts';
import { benchOptions } from './support/options.ts';
import { Report } from './support/report.ts';

interface Plan {
  readonly files: FilesPlan;
  readonly underLoad: UnderLoadPlan;
}

const FULL: Plan = {
  files: { keys: 1_000_000, rounds: 7 },
  underLoad: { keys: 1_000_000, rounds: 5, seconds: 20, intervalsMs: [10_000, 1_000] },
};

const SMALL: Plan = {
  files: { keys: 20_000, rounds: 2 },
  underLoad: { keys: 10_000, rounds: 1, seconds: 1, intervalsMs: [200] },
};

const options = benchOptions({ small: { type: 'boolean', default: false } });
const small = options.small === true;
const plan = small ? SMALL : FULL;
const report = new Report('snapshot', small);

await measureFiles(report, plan.files);
await measureUnderLoad(report, plan.underLoad);
report.finish();
