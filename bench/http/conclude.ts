/** What all the series of a run come to: whether ours counted right, the tables and the goals. */
import type { Report } from '../support/report.ts';
import { sum } from '../support/statistics.ts';
import { type Measured, ratio, ratioRow, rowOf, type Series } from './rounds.ts';
import { metric, type Server } from './servers.ts';
import { HOT, LIVE, SPENT, type Workload } from './workloads.ts';

const MOST_CPU_OVER_BARE = 0.7;
const MOST_CPU_LIVE_OVER_HOT = 1.2;
const MOST_CPU_WITH_TOKEN = 1.05;

/** `live`: the number of keys that stay live. */
export async function checkOurs(
  report: Report,
  ours: readonly Series[],
  live: number,
): Promise<void> {
  const server = ours[0]?.server as Server;
  const answers = sum(ours.flatMap(({ runs }) => runs.map((run) => run.answers)));
  const counted = await metric(server, 'argus_decisions_total');
  report.check(counted >= answers, `${answers} decisions were answered, ${counted} are counted`);
  const keys = await metric(server, 'argus_keys');
  report.check(keys >= live, `${live} keys stay live, ${keys} are there`);
  for (const { workload, runs } of ours) for (const run of runs) checkRun(report, workload, run);
}

function checkRun(report: Report, workload: Workload, run: Measured): void {
  const { answers, allowed, denied, seconds } = run;
  report.check(allowed + denied === answers, `${workload.name}: every answer allows or denies`);
  if (workload !== SPENT) {
    report.check(denied === 0, `${workload.name}: nothing is denied, was ${denied} times`);
    return;
  }
  const { capacity, interval } = workload;
  const most = Math.ceil(capacity + (seconds * capacity) / interval);
  const is = `${allowed} of ${answers}`;
  report.check(allowed <= most, `${workload.name}: at most ${most} are allowed, were ${is}`);
  const least = Math.min(answers, capacity);
  report.check(allowed >= least, `${workload.name}: at least ${least} are allowed, were ${is}`);
}

/** `others`: the bare server first, then ours with a token. */
export function conclude(
  report: Report,
  ours: readonly Series[],
  others: readonly Series[][],
): void {
  report.table('Over HTTP, one thread', [...ours, ...others.flat()].map(rowOf));
  const pairs = others.map((other) =>
    other.map((theirs) => ({
      theirs,
      our: ours.find(({ workload }) => workload === theirs.workload) as Series,
    })),
  );
  report.table(
    'Ours over theirs, medians of the rounds',
    pairs.flat().map(({ our, theirs }) => ratioRow(our, theirs)),
  );
  for (const { our, theirs } of pairs[0] ?? []) {
    report.goal({
      words: `CPU time a decision over a bare server's, ${our.workload.name}`,
      value: ratio(our, theirs, (run) => run.cpuUs),
      most: MOST_CPU_OVER_BARE,
    });
  }
  for (const { our, theirs } of pairs[1] ?? []) {
    report.goal({
      words: `CPU time a decision with a token over without, ${our.workload.name}`,
      value: ratio(theirs, our, (run) => run.cpuUs),
      most: MOST_CPU_WITH_TOKEN,
    });
  }
  const [hot, live] = [HOT, LIVE].map((wanted) => ours.find(({ workload }) => workload === wanted));
  report.goal({
    words: "CPU time a decision over all live keys over one hot key's",
    value: ratio(live as Series, hot as Series, (run) => run.cpuUs),
    most: MOST_CPU_LIVE_OVER_HOT,
  });
}
