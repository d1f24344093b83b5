/** What a decision costs by policy: beside one that brings its limit, and beside each other. */
import type { LoadAnswer, LoadQuestion } from '../http/load.ts';
import type { Server } from '../http/servers.ts';
import type { Child } from '../support/child.ts';
import { cpuSeconds } from '../support/proc.ts';
import type { Report } from '../support/report.ts';
import { median, medianRatio, range } from '../support/statistics.ts';
import { type Asking, type BenchFiles, CROWDED, ONE, OWN, THREE, WINDOW } from './files.ts';

export interface CostsPlan {
  readonly keys: number;
  readonly rounds: number;
  readonly mostRequests: number;
  readonly mostSeconds: number;
}

export interface CostsBench {
  readonly report: Report;
  readonly load: Child;
  readonly server: Server;
  readonly files: BenchFiles;
  readonly plan: CostsPlan;
}

interface Run extends LoadAnswer {
  readonly cpuUs: number;
}

interface Series {
  readonly asking: Asking;
  readonly bodiesFile: string;
  readonly runs: Run[];
}

const CONNECTIONS = 10;

/** Under this, over that, at most so much. */
const GOALS: readonly (readonly [Asking, Asking, number])[] = [
  [ONE, OWN, 1.1],
  [THREE, OWN, 1.6],
  [CROWDED, ONE, 1.1],
  [WINDOW, ONE, 1],
];

/** Returns the rate of questions under one limit, the median of the rounds. */
export async function measureCosts(bench: CostsBench): Promise<number> {
  const { report, files, plan } = bench;
  const all: Series[] = [OWN, ONE, THREE, CROWDED, WINDOW].map((asking) => {
    return { asking, bodiesFile: files.bodies(asking, plan.keys), runs: [] };
  });
  // Not counted: code is being compiled, and the keys come in.
  for (const one of all) await runOnce(bench, one);
  for (const round of range(plan.rounds)) {
    for (const one of round % 2 === 0 ? all : all.toReversed()) {
      one.runs.push(await runOnce(bench, one));
    }
  }
  report.table(`Asked by policy, ${plan.keys} keys each`, all.map(rowOf));
  for (const [over, under, most] of GOALS) {
    const words = `CPU a decision under ${over.name} over ${under.name}`;
    report.goal({ words, value: ratio(seriesOf(all, over), seriesOf(all, under)), most });
  }
  return rateOf(seriesOf(all, ONE));
}

async function runOnce(
  { report, load, server, plan }: CostsBench,
  { asking, bodiesFile }: Series,
): Promise<Run> {
  const { mostRequests, mostSeconds } = plan;
  const workload = { name: asking.name, connections: CONNECTIONS, keys: 'live' } as const;
  const question: LoadQuestion = {
    url: server.url,
    workload: { ...workload, capacity: 1, interval: 1 },
    run: 0,
    bodiesFile,
    mostRequests,
    mostSeconds,
  };
  const pid = server.pid ?? Number.NaN;
  const before = cpuSeconds(pid);
  const answer = await load.ask<LoadAnswer>(question);
  const { answers, allowed } = answer;
  report.check(
    allowed === answers,
    `${asking.name}: all are allowed, ${answers - allowed} were not`,
  );
  return { ...answer, cpuUs: ((cpuSeconds(pid) - before) / answers) * 1e6 };
}

function seriesOf(all: readonly Series[], asking: Asking): Series {
  return all.find((one) => one.asking === asking) as Series;
}

function ratio(over: Series, under: Series): number {
  return medianRatio(
    over.runs.map((run) => run.cpuUs),
    under.runs.map((run) => run.cpuUs),
  );
}

function rateOf({ runs }: Series): number {
  return median(runs.map((run) => run.answers / run.seconds));
}

function rowOf(series: Series) {
  const { asking, runs } = series;
  const of = (value: (run: Run) => number) => median(runs.map(value));
  return {
    'asked under': asking.name,
    'a second': rateOf(series),
    'CPU us each': of((run) => run.cpuUs),
    'p50 ms': of((run) => run.p50Ms),
    'p99 ms': of((run) => run.p99Ms),
  };
}
