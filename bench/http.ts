/**
 * npm run bench:http [-- --small] [-- --against URL [--against-pid PID]]: the service over HTTP,
 * beside a bare node:http server on the same core, itself asked with a token, and any other
 * that speaks the same request. Ratios inside one run; nothing here is a timed test.
 *
 * The load generator has a core of its own and may be what limits the rate. So what counts is the
 * server's CPU time a decision.
 */
import { checkOurs, conclude } from './http/conclude.ts';
import { type HttpPlan, runAll } from './http/rounds.ts';
import {
  answerBytes,
  coresOf,
  type Server,
  serverAt,
  startBare,
  startGuarded,
  startOurs,
} from './http/servers.ts';
import { bodiesOf, WORKLOAD_GROUPS } from './http/workloads.ts';
import { Child } from './support/child.ts';
import { benchOptions, refuse } from './support/options.ts';
import { allowedCores } from './support/pinned.ts';
import { Report } from './support/report.ts';

const FULL: HttpPlan = { rounds: 5, mostRequests: 100_000, mostSeconds: 6 };
const SMALL: HttpPlan = { rounds: 1, mostRequests: 2_000, mostSeconds: 2 };

const options = benchOptions({
  small: { type: 'boolean', default: false },
  against: { type: 'string' },
  'against-pid': { type: 'string' },
});
const small = options.small === true;
const plan = small ? SMALL : FULL;
const [serverCore, loadCore = serverCore] = allowedCores();
const report = new Report('http', small);
const others = options.against === undefined ? [] : [await other(options.against)];

const servers: Server[] = [];
const load = new Child({ script: new URL('./http/load.ts', import.meta.url), core: loadCore });
try {
  const ours = await startOurs(serverCore);
  servers.push(ours);
  const bare = await startBare(serverCore);
  servers.push(bare, await startGuarded(serverCore), ...others);
  await sameBytes(ours, bare);
  const series = await runAll({ report, load, plan }, servers);
  const [our = [], ...theirs] = servers.map((server) =>
    series.filter((one) => one.server === server),
  );
  await checkOurs(report, our, plan.mostRequests);
  conclude(report, our, theirs);
} finally {
  await Promise.all([load.end(), ...servers.map((server) => server.stop())]);
}
report.finish();

async function other(url: string): Promise<Server> {
  const text = options['against-pid'];
  if (text !== undefined && !/^\d+$/.test(text)) {
    refuse(`--against-pid must be the id of a process, is ${text}`);
  }
  const server = await serverAt(url, text === undefined ? undefined : Number(text));
  const { pid } = server;
  const known = pid === undefined ? 'no process found' : `process ${pid}, cores ${coresOf(pid)}`;
  console.log(`Against ${server.url}: ${known}. Ours: one thread, core ${serverCore ?? '?'}.`);
  return server;
}

/** A ratio of costs says little where the answers differ. */
async function sameBytes(ours: Server, bare: Server): Promise<void> {
  for (const workload of WORKLOAD_GROUPS.flat()) {
    const [body = ''] = bodiesOf(workload, 1_000, 1);
    const [one, same] = [await answerBytes(ours, body), await answerBytes(bare, body)];
    report.check(
      one.replaceAll(/\d+/g, '0') === same.replaceAll(/\d+/g, '0'),
      `both answer alike, ours\n${one}\nthe bare server\n${same}`,
    );
  }
}
