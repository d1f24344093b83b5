/**
 * npm run bench:admin [-- --small]: what it costs to count which keys come most often, over HTTP
 * and beside a table alone; how right the counts are; how long a page of keys takes; and what those
 * who ask notice of pages and of profiles. Ratios inside one run; nothing here is a timed test.
 */
import { type AccuracyPlan, measureAccuracy } from './admin/accuracy.ts';
import { type CountingPlan, measureCounting } from './admin/counting.ts';
import { type LookedAtPlan, measureLookedAt } from './admin/looked-at.ts';
import { measureOverHttp, type OverHttpPlan } from './admin/over-http.ts';
import { benchOptions } from './support/options.ts';
import { Report } from './support/report.ts';

interface Plan {
  readonly accuracy: AccuracyPlan;
  readonly counting: CountingPlan;
  readonly overHttp: OverHttpPlan;
  readonly lookedAt: LookedAtPlan;
}

const FULL: Plan = {
  accuracy: { keys: 1_000_000, questions: 10_000_000 },
  counting: { keys: 1_000_000, questions: 200_000, rounds: 15 },
  overHttp: { keys: 1_000_000, rounds: 15, mostRequests: 100_000, mostSeconds: 6 },
  lookedAt: { keys: 1_000_000, rounds: 9, seconds: 6 },
};
const SMALL: Plan = {
  accuracy: { keys: 10_000, questions: 100_000 },
  counting: { keys: 1_000, questions: 5_000, rounds: 1 },
  overHttp: { keys: 1_000, rounds: 1, mostRequests: 2_000, mostSeconds: 2 },
  lookedAt: { keys: 10_000, rounds: 1, seconds: 2 },
};

const options = benchOptions({ small: { type: 'boolean', default: false } });
const small = options.small === true;
const plan = small ? SMALL : FULL;
const report = new Report('admin', small);

measureAccuracy(report, plan.accuracy);
measureCounting(report, plan.counting);
await measureOverHttp(report, plan.overHttp);
await measureLookedAt(report, plan.lookedAt);
report.finish();
