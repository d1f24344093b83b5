/**
 * npm run bench:compare [-- --small]: what a decision costs over each way of asking, beside what
 * one would otherwise run: a bare node:http server, nginx, libraries under Express, Redis with Lua,
 * throttlecrab; how soon after a start, and how long answers take under a load that does not wait.
 * Ratios inside one run; nothing here is a timed test.
 *
 * All servers take turns on one core, the load has another. Where the core of a server is not busy,
 * the load is what limits its rate: so CPU time a decision is beside every rate.
 */
import { measureBatches } from './compare/batches.ts';
import { type FirstSecondPlan, measureFirstSecond } from './compare/first-second.ts';
import { measureOpen, type OpenPlan } from './compare/open.ts';
import { writeQuestions } from './compare/questions.ts';
import { measureResp, type RespPlan } from './compare/resp.ts';
import { COMPARED, findTools } from './compare/tools.ts';
import { measureWeb, type Ours, startBoth } from './compare/web.ts';
import { webLoad } from './compare/web-load.ts';
import type { WebPlan } from './compare/web-rounds.ts';
import { benchOptions } from './support/options.ts';
import { allowedCores } from './support/pinned.ts';
import { Report } from './support/report.ts';

interface Plan {
  readonly keys: number;
  readonly start: FirstSecondPlan;
  readonly web: WebPlan;
  readonly open: OpenPlan;
  readonly resp: RespPlan;
}

const FULL: Plan = {
  keys: 100_000,
  start: { rounds: 5, between: 8 },
  web: { rounds: 5, seconds: 3, warmUpSeconds: 3 },
  open: { closedSeconds: 5, seconds: 60 },
  resp: { rounds: 5, seconds: 2, warmUpRequests: 50_000 },
};
const SMALL: Plan = {
  keys: 10_000,
  start: { rounds: 1, between: 0 },
  web: { rounds: 1, seconds: 1, warmUpSeconds: 0 },
  open: { closedSeconds: 1, seconds: 1 },
  resp: { rounds: 1, seconds: 0, warmUpRequests: 5_000 },
};

const options = benchOptions({ small: { type: 'boolean', default: false } });
const small = options.small === true;
const plan = small ? SMALL : FULL;
const tools = findTools(COMPARED);
const [serverCore, loadCore = serverCore] = allowedCores();
const cores = { server: serverCore, load: loadCore };
const report = new Report('compare', small);

const questions = writeQuestions(plan.keys);
const load = webLoad(tools.get('wrk'), loadCore);
const bench = { report, load, plan: plan.web };
let ours: Ours | undefined;
try {
  await measureFirstSecond({ report, load, plan: plan.start }, serverCore, questions);
  ours = await startBoth(serverCore);
  await measureWeb(bench, ours, { questions, tools, cores });
  await measureOpen({ report, load, plan: plan.open }, ours, { questions, cores });
  await measureBatches(bench, ours, questions);
  await measureResp(report, plan.resp, { tools, cores });
} finally {
  await Promise.all([load.end(), ours?.lane.stop(), ours?.laneOff.stop()]);
  questions.remove();
}
report.finish();
