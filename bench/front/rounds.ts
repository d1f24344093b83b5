/**
 * What it costs a proxy in front of an application to ask: every front in turn, with the load on a
 * core of its own. CPU time a request is that of proxy and service together.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProxyProcess } from '../../test/support/proxy-process.ts';
import {
  CONNECTIONS,
  outputOf,
  START_AND_END_MS,
  type WebAnswer,
  WRK_SCRIPT,
} from '../compare/web-load.ts';
import { metric, type Server } from '../http/servers.ts';
import { pinnedTo } from '../support/pinned.ts';
import { cpuSeconds } from '../support/proc.ts';
import type { Report, Row } from '../support/report.ts';
import { median, medianRatio, range } from '../support/statistics.ts';

/** Several ticks of what a process is charged by. */
const LOOK_EVERY_MS = 100;

export interface FrontPlan {
  readonly rounds: number;
  readonly seconds: number;
  /** Not counted: code is being compiled. 0 for none. */
  readonly warmUpSeconds: number;
}

export interface FrontParts {
  readonly report: Report;
  readonly plan: FrontPlan;
  readonly wrk: string;
  /** Of proxy and service. */
  readonly serverCore: number | undefined;
  /** Of the application and the load. */
  readonly loadCore: number | undefined;
}

export interface Front {
  readonly name: string;
  readonly proxy: ProxyProcess;
  /** Whether the service is asked about each request. */
  readonly asks: boolean;
}

interface FrontRun extends WebAnswer {
  readonly requestsASecond: number;
  readonly cpuUs: number;
}

interface Series {
  readonly front: Front;
  readonly runs: FrontRun[];
}

/** The first front is the one that the others are held against. */
export async function measureFronts(
  parts: FrontParts,
  title: string,
  argus: Server,
  fronts: readonly Front[],
): Promise<void> {
  const all = fronts.map((front): Series => ({ front, runs: [] }));
  const { rounds, seconds, warmUpSeconds } = parts.plan;
  if (warmUpSeconds > 0)
    for (const { front } of all) await runOnce(parts, front, argus, warmUpSeconds);
  for (const round of range(rounds)) {
    for (const { front, runs } of round % 2 === 0 ? all : all.toReversed()) {
      runs.push(await runOnce(parts, front, argus, seconds));
    }
  }
  conclude(parts.report, title, all);
}

async function runOnce(
  { report, wrk, loadCore }: FrontParts,
  { proxy, name, asks }: Front,
  argus: Server,
  forSeconds: number,
): Promise<FrontRun> {
  const pids = [proxy.process.pid ?? 0, argus.pid ?? 0];
  const cpu = () => pids.reduce((total, pid) => total + cpuSeconds(pid), 0);
  const decided = await metric(argus, 'argus_decisions_total');
  const before = cpu();
  const flags = ['-t1', `-c${CONNECTIONS}`, `-d${forSeconds}s`, '-s', WRK_SCRIPT];
  const command = [...pinnedTo(loadCore), wrk, ...flags, proxy.url];
  const output = await outputOf(command, forSeconds * 1_000 + START_AND_END_MS);
  const answer = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as WebAnswer;
  const cpuS = cpu() - before;
  await untilIdle(cpu);
  const { answers, seconds, refused, failed } = answer;
  report.check(answers > 0 && refused + failed === 0, `${name}: every request is answered`);
  const asked = (await metric(argus, 'argus_decisions_total')) - decided;
  // Of this run and of the one before: what the load left without an answer was asked about, too.
  const more = asked - (asks ? answers : 0);
  const isRight = more >= 0 && more <= 2 * CONNECTIONS;
  report.check(isRight, `${name}: ${asked} questions for ${answers} requests`);
  return { ...answer, requestsASecond: answers / seconds, cpuUs: (cpuS / answers) * 1e6 };
}

/** What the load left without an answer is done with before the next begins. */
async function untilIdle(cpu: () => number): Promise<void> {
  for (let before = Number.NaN; cpu() !== before; await sleep(LOOK_EVERY_MS)) before = cpu();
}

function conclude(report: Report, title: string, all: readonly Series[]): void {
  const alone = all[0] as Series;
  const rows = all.map(({ front: { name }, runs }): Row => {
    const of = (value: (run: FrontRun) => number) => median(runs.map(value));
    const rates = runs.map((run) => run.requestsASecond);
    return {
      front: name,
      'requests/s': of((run) => run.requestsASecond),
      'over alone': medianRatio(
        rates,
        alone.runs.map((run) => run.requestsASecond),
      ),
      'CPU us each': of((run) => run.cpuUs),
      'p50 ms': of((run) => run.p50Ms),
      'p99 ms': of((run) => run.p99Ms),
    };
  });
  report.table(`${title} in front of an application, ${CONNECTIONS} connections`, rows);
}
