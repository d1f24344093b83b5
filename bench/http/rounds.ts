/** Runs every workload on every server, in turn, and sums up what each run showed. */
import type { Child } from '../support/child.ts';
import { cpuSeconds, residentBytes } from '../support/proc.ts';
import type { Report, Row } from '../support/report.ts';
import { median, medianRatio, range, sum } from '../support/statistics.ts';
import type { LoadAnswer, LoadQuestion } from './load.ts';
import type { Server } from './servers.ts';
import { SPENT, WORKLOAD_GROUPS, type Workload } from './workloads.ts';

const WARM_UP_RUN = 999;
const PRELOAD_WITHIN_SECONDS = 60;

export interface HttpPlan {
  readonly rounds: number;
  readonly mostRequests: number;
  readonly mostSeconds: number;
}

export interface Measured extends LoadAnswer {
  readonly perSecond: number;
  /** Of the server's process; NaN where its id is not known. */
  readonly cpuUs: number;
  readonly residentBytes: number;
}

/** Of one server under one workload, a run a round. */
export interface Series {
  readonly server: Server;
  readonly workload: Workload;
  readonly runs: Measured[];
}

export interface Bench {
  readonly report: Report;
  readonly load: Child;
  readonly plan: HttpPlan;
}

export async function runAll(bench: Bench, servers: readonly Server[]): Promise<readonly Series[]> {
  const all: Series[] = [];
  for (const group of WORKLOAD_GROUPS) {
    const series = group.flatMap((workload) =>
      servers
        .filter((server) => server.decides || workload !== SPENT)
        .map((server) => ({ server, workload, runs: [] as Measured[] })),
    );
    // Not counted: code is being compiled, and the live keys come in, all of them.
    for (const one of series) await warmUp(bench, one);
    for (const round of range(bench.plan.rounds)) {
      for (const one of round % 2 === 0 ? series : series.toReversed()) {
        one.runs.push(await runOnce(bench, one, round));
      }
    }
    all.push(...series);
  }
  return all;
}

async function warmUp(bench: Bench, series: Series): Promise<void> {
  if (series.workload.keys !== 'live') {
    await runOnce(bench, series, WARM_UP_RUN);
    return;
  }
  const plan = { ...bench.plan, mostSeconds: PRELOAD_WITHIN_SECONDS };
  const { answers } = await runOnce({ ...bench, plan }, series, WARM_UP_RUN);
  const { mostRequests } = plan;
  bench.report.check(answers === mostRequests, `${mostRequests} keys are in, ${answers} answered`);
}

async function runOnce(bench: Bench, { server, workload }: Series, run: number): Promise<Measured> {
  const { report, load, plan } = bench;
  const { mostRequests, mostSeconds } = plan;
  const pid = server.pid ?? Number.NaN;
  const { url, token } = server;
  const question: LoadQuestion = { url, token, workload, run, mostRequests, mostSeconds };
  const before = cpuSeconds(pid);
  const answer = await load.ask<LoadAnswer>(question);
  const cpuUs = ((cpuSeconds(pid) - before) / answer.answers) * 1e6;
  const what = `${server.name}, ${workload.name}`;
  report.check(answer.answers > 0, `${what}: there are answers`);
  for (const [status, times] of Object.entries(answer.unexpected)) {
    const seen = status === '0' ? 'no answer' : `status ${status}`;
    report.check(false, `${what}: 2xx or 429 is wanted, was ${seen}, ${times} times`);
  }
  const perSecond = answer.answers / answer.seconds;
  return { ...answer, perSecond, cpuUs, residentBytes: residentBytes(pid) };
}

export function rowOf({ server, workload, runs }: Series): Row {
  const of = (value: (run: Measured) => number): number => median(runs.map(value));
  const answers = sum(runs.map((run) => run.answers));
  return {
    workload: workload.name,
    server: server.name,
    'a second': of((run) => run.perSecond),
    'p50 ms': of((run) => run.p50Ms),
    'p99 ms': of((run) => run.p99Ms),
    'CPU us': of((run) => run.cpuUs),
    MiB: of((run) => run.residentBytes) / 2 ** 20,
    'allowed %': (sum(runs.map((run) => run.allowed)) / answers) * 100,
    'denied %': (sum(runs.map((run) => run.denied)) / answers) * 100,
  };
}

export function ratio(over: Series, under: Series, value: (run: Measured) => number): number {
  return medianRatio(over.runs.map(value), under.runs.map(value));
}

export function ratioRow(ours: Series, theirs: Series): Row {
  return {
    workload: ours.workload.name,
    over: theirs.server.name,
    rate: ratio(ours, theirs, (run) => run.perSecond),
    p50: ratio(ours, theirs, (run) => run.p50Ms),
    p99: ratio(ours, theirs, (run) => run.p99Ms),
    CPU: ratio(ours, theirs, (run) => run.cpuUs),
    memory: ratio(ours, theirs, (run) => run.residentBytes),
  };
}
