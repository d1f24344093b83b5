/**
 * npm run bench:envoy [-- --small]: what it costs the real Envoy to ask before it forwards, and
 * what becomes of requests where nobody answers it. Ratios inside one run; nothing here is a timed
 * test.
 */
import { findTools } from './compare/tools.ts';
import { measureEnvoy } from './envoy/front.ts';
import type { FrontPlan } from './front/rounds.ts';
import { benchOptions } from './support/options.ts';
import { allowedCores } from './support/pinned.ts';
import { Report } from './support/report.ts';

const FULL: FrontPlan = { rounds: 5, seconds: 3, warmUpSeconds: 3 };
const SMALL: FrontPlan = { rounds: 1, seconds: 1, warmUpSeconds: 0 };

const options = benchOptions({ small: { type: 'boolean', default: false } });
const small = options.small === true;
const [serverCore, loadCore = serverCore] = allowedCores();
const tools = findTools(['wrk', 'nginx', 'envoy']);
const wrk = tools.get('wrk');
if (wrk === undefined || tools.size < 3) console.log('Without it there is nothing to measure.');
else {
  const report = new Report('envoy', small);
  const plan = small ? SMALL : FULL;
  await measureEnvoy({ report, plan, wrk, serverCore, loadCore });
  report.finish();
}
