/**
 * npm run bench:policies [-- --small]: what a question by policy costs beside one that brings its
 * limit, with one limit and three, many overrides, and a window; what becomes of answers while
 * 10,000 rules are read anew; and what it costs nginx to ask. Ratios inside one run; nothing here
 * is a timed test.
 */
import { findTools } from './compare/tools.ts';
import type { FrontPlan } from './front/rounds.ts';
import { startOurs } from './http/servers.ts';
import { type CostsPlan, measureCosts } from './policies/costs.ts';
import { BenchFiles } from './policies/files.ts';
import { measureFront } from './policies/front.ts';
import { measureReloads, type ReloadsPlan } from './policies/reloads.ts';
import { Child } from './support/child.ts';
import { benchOptions } from './support/options.ts';
import { allowedCores } from './support/pinned.ts';
import { Report } from './support/report.ts';

interface Plan {
  /** Keys with an override of their own, beside a hundred patterns. */
  readonly exact: number;
  readonly costs: CostsPlan;
  readonly reloads: ReloadsPlan;
  readonly front: FrontPlan;
}

const FULL: Plan = {
  exact: 10_000,
  costs: { keys: 20_000, rounds: 7, mostRequests: 100_000, mostSeconds: 4 },
  reloads: { keys: 20_000, part: 0.25, seconds: 20, everyMs: 5_000 },
  front: { rounds: 5, seconds: 3, warmUpSeconds: 3 },
};
const SMALL: Plan = {
  exact: 500,
  costs: { keys: 1_000, rounds: 1, mostRequests: 2_000, mostSeconds: 2 },
  reloads: { keys: 1_000, part: 0.25, seconds: 6, everyMs: 60_000 },
  front: { rounds: 1, seconds: 1, warmUpSeconds: 0 },
};

const options = benchOptions({ small: { type: 'boolean', default: false } });
const small = options.small === true;
const plan = small ? SMALL : FULL;
const [serverCore, loadCore = serverCore] = allowedCores();
const report = new Report('policies', small);
const files = new BenchFiles(plan.exact);
const load = new Child({ script: new URL('./http/load.ts', import.meta.url), core: loadCore });
const open = new Child({
  script: new URL('./compare/open-load.ts', import.meta.url),
  core: loadCore,
});
try {
  const server = await startOurs(serverCore, 'argus', ['--policies', files.policies]);
  try {
    const mostPerSecond = await measureCosts({ report, load, server, files, plan: plan.costs });
    await measureReloads({
      report,
      load: open,
      server,
      files,
      plan: plan.reloads,
      mostPerSecond,
    });
  } finally {
    await server.stop();
  }
} finally {
  await Promise.all([load.end(), open.end()]);
  files.remove();
}
const tools = findTools(['wrk', 'nginx']);
const wrk = tools.get('wrk');
if (wrk !== undefined && tools.has('nginx')) {
  await measureFront({ report, plan: plan.front, wrk, serverCore, loadCore });
}
report.finish();
