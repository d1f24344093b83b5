/** Runs every series in turn, round after round, and sums up what each run showed. */
import { metric, type Server } from '../http/servers.ts';
import { alone } from '../support/alone.ts';
import { cpuSeconds, residentBytes } from '../support/proc.ts';
import type { Report, Row } from '../support/report.ts';
import { median, medianRatio, range } from '../support/statistics.ts';
import type { Bodies } from './questions.ts';
import { CONNECTIONS, type WebAnswer, type WebLoad } from './web-load.ts';

export interface Contender extends Server {
  readonly isOurs?: true;
  /** The process of the store that it decides in, on the load's core: its time counts as well. */
  readonly storePid?: number;
  /** What it is asked, where it has words of its own. */
  readonly bodies?: Bodies;
}

export interface WebPlan {
  readonly rounds: number;
  readonly seconds: number;
  /** Not counted: code is being compiled, and the keys come in. 0 for none. */
  readonly warmUpSeconds: number;
}

export interface WebBench {
  readonly report: Report;
  readonly load: WebLoad;
  readonly plan: WebPlan;
}

export interface WebRun extends WebAnswer {
  readonly decisionsASecond: number;
  readonly cpuUs: number;
  readonly decisionsACpuSecond: number;
  /** CPU time of the server over the time it took. */
  readonly busy: number;
}

/** Of one server, asked one thing; a run a round. */
export interface WebSeries {
  readonly name: string;
  readonly server: Contender;
  readonly url: string;
  readonly bodies: Bodies;
  readonly runs: WebRun[];
}

export async function runInTurn(bench: WebBench, all: readonly WebSeries[]): Promise<void> {
  const { rounds, warmUpSeconds } = bench.plan;
  if (warmUpSeconds > 0) for (const one of all) await runOnce(bench, one, warmUpSeconds, rounds);
  for (const round of range(rounds)) {
    for (const one of round % 2 === 0 ? all : all.toReversed()) {
      one.runs.push(await runOnce(bench, one, bench.plan.seconds, round));
    }
  }
}

/** Each run asks for other keys first, so that also a slow server is asked for all of them. */
async function runOnce(
  { report, load, plan }: WebBench,
  { name, server, url, bodies }: WebSeries,
  seconds: number,
  round: number,
): Promise<WebRun> {
  const decided = await decisionsOf(server);
  const first = Math.floor((bodies.count * round) / (plan.rounds + 1));
  const { answer, cpuS, storeS } = await alone(server.pid, async () => {
    const before = [cpuSeconds(server.pid ?? 0), cpuSeconds(server.storePid ?? 0)] as const;
    const answer = await load.run({ url, bodies, first, seconds });
    const cpuS = cpuSeconds(server.pid ?? 0) - before[0];
    const storeS = server.storePid === undefined ? 0 : cpuSeconds(server.storePid) - before[1];
    return { answer, cpuS, storeS };
  });
  const decisions = answer.answers * bodies.questionsEach;
  const { refused, failed } = answer;
  report.check(decisions > 0, `${name}: there are answers`);
  report.check(refused === 0, `${name}: every request is allowed, ${refused} were not`);
  report.check(failed === 0, `${name}: every request is answered, ${failed} were not`);
  if (server.isOurs) {
    const counted = (await decisionsOf(server)) - decided;
    // What the load left without an answer was decided, or thrown away with its connection.
    const most = decisions + CONNECTIONS * bodies.questionsEach;
    const is = `${decisions} decisions were answered, ${counted} are counted`;
    report.check(counted >= decisions && counted <= most, `${name}: ${is}`);
  }
  return {
    ...answer,
    decisionsASecond: decisions / answer.seconds,
    cpuUs: ((cpuS + storeS) / decisions) * 1e6,
    decisionsACpuSecond: decisions / (cpuS + storeS),
    busy: cpuS / answer.seconds,
  };
}

/** How many it has counted. NaN where it is none of ours. */
export async function decisionsOf(server: Contender): Promise<number> {
  return server.isOurs ? await metric(server, 'argus_decisions_total') : Number.NaN;
}

export function rowOf({ name, server, runs }: WebSeries): Row {
  const of = (value: (run: WebRun) => number): number => median(runs.map(value));
  return {
    server: name,
    'decisions/s': of((run) => run.decisionsASecond),
    'CPU us each': of((run) => run.cpuUs),
    'per CPU second': of((run) => run.decisionsACpuSecond),
    'core busy %': of((run) => run.busy) * 100,
    'p50 ms': of((run) => run.p50Ms),
    'p99 ms': of((run) => run.p99Ms),
    'p99.9 ms': of((run) => run.p999Ms),
    MiB: residentBytes(server.pid ?? 0) / 2 ** 20,
  };
}

export function ratio(over: WebSeries, under: WebSeries, value: (run: WebRun) => number): number {
  return medianRatio(over.runs.map(value), under.runs.map(value));
}
