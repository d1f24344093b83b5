/** Runs each workload on every server, in turn, and sums up what the runs showed. */
import type { Child } from '../support/child.ts';
import { cpuSeconds } from '../support/proc.ts';
import type { Report, Row } from '../support/report.ts';
import { median, medianRatio, range } from '../support/statistics.ts';
import type { GrpcAnswer, GrpcQuestion } from './load.ts';

export interface GrpcServer {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<unknown>;
}

export interface GrpcPlan {
  readonly rounds: number;
  readonly seconds: number;
  readonly keys: number;
}

interface Workload {
  readonly name: string;
  readonly connections: number;
  readonly inFlight: number;
}

const MANY: Workload = { name: '4 connections, 50 in flight', connections: 4, inFlight: 50 };
const ONE: Workload = { name: '1 connection, 1 in flight', connections: 1, inFlight: 1 };

interface Measured extends GrpcAnswer {
  readonly perSecond: number;
  /** Of the server's process, a call. */
  readonly cpuUs: number;
}

interface Series {
  readonly server: GrpcServer;
  readonly runs: Measured[];
}

export async function measureGrpc(
  report: Report,
  load: Child,
  servers: readonly GrpcServer[],
  plan: GrpcPlan,
): Promise<void> {
  for (const workload of [MANY, ONE]) {
    const series = servers.map((server): Series => ({ server, runs: [] }));
    const run = (server: GrpcServer) => runOnce({ report, load, plan }, server, workload);
    // Not counted: code is being compiled.
    for (const { server } of series) await run(server);
    for (const round of range(plan.rounds)) {
      const order = round % 2 === 0 ? series : series.toReversed();
      for (const { server, runs } of order) runs.push(await run(server));
    }
    report.table(workload.name, series.map(rowOf));
    const [ours, ...others] = series as [Series, ...Series[]];
    report.table(
      `${workload.name}: others over argus`,
      others.map((one) => ratios(one, ours)),
    );
    if (workload === MANY) goal(report, ours, others[0] as Series);
  }
}

function goal(report: Report, ours: Series, http2: Series): void {
  const value = medianRatio(cpuOf(http2), cpuOf(ours));
  report.goal({ words: 'CPU of node:http2, which decides nothing, over ours', value, least: 6 });
}

async function runOnce(
  { report, load, plan }: { report: Report; load: Child; plan: GrpcPlan },
  server: GrpcServer,
  { name, connections, inFlight }: Workload,
): Promise<Measured> {
  const { port, pid } = server;
  const { keys, seconds } = plan;
  const question: GrpcQuestion = { port, connections, inFlight, keys, seconds };
  const before = cpuSeconds(pid);
  const answer = await load.ask<GrpcAnswer>(question);
  const calls = answer.allowed + answer.denied;
  report.check(calls > 0, `${server.name}, ${name}: there are answers`);
  report.check(answer.wrong === 0, `${server.name}, ${name}: ${answer.wrong} answers are none`);
  const cpuUs = ((cpuSeconds(pid) - before) / calls) * 1e6;
  return { ...answer, perSecond: calls / answer.seconds, cpuUs };
}

function rowOf({ server, runs }: Series): Row {
  const of = (value: (run: Measured) => number): number => median(runs.map(value));
  return {
    server: server.name,
    'a second': of((run) => run.perSecond),
    'p50 ms': of((run) => run.p50Ms),
    'p99 ms': of((run) => run.p99Ms),
    'CPU us': of((run) => run.cpuUs),
  };
}

function ratios(one: Series, ours: Series): Row {
  const ratio = (value: (run: Measured) => number) =>
    medianRatio(one.runs.map(value), ours.runs.map(value));
  return {
    server: one.server.name,
    rate: ratio((run) => run.perSecond),
    'p99 ms': ratio((run) => run.p99Ms),
    CPU: ratio((run) => run.cpuUs),
  };
}

function cpuOf({ runs }: Series): readonly number[] {
  return runs.map(({ cpuUs }) => cpuUs);
}
