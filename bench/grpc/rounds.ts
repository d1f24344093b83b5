/** Runs each workload on every server, in turn, and sums up what the runs showed. */
import type { Child } from '../support/child.ts';
import { cpuSeconds } from '../support/proc.ts';
import type { Report, Row } from '../support/report.ts';
import { median, medianRatio, range } from '../support/statistics.ts';
import type { GrpcAnswer, GrpcQuestion } from './load.ts';

export const NODE_HTTP2 = 'node:http2';
export const THROTTLECRAB = 'throttlecrab';

export interface GrpcServer {
  readonly name: string;
  /** How it is asked. */
  readonly words: GrpcQuestion['words'];
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

export interface GrpcParts {
  readonly report: Report;
  readonly load: Child;
  /** Ours is the first. */
  readonly servers: readonly GrpcServer[];
  /** Ours over HTTP, for one call at a time. */
  readonly http: GrpcServer;
  readonly plan: GrpcPlan;
}

export async function measureGrpc(parts: GrpcParts): Promise<void> {
  const { report, servers, http } = parts;
  goalsOfMany(report, await measure(parts, MANY, servers));
  const [ours, ...others] = await measure(parts, ONE, [...servers, http]);
  const overHttp = others.at(-1) as Series;
  const value = medianRatio(cpuOf(ours as Series), cpuOf(overHttp));
  report.goal({ words: 'CPU of one call at a time over that over HTTP', value, most: 1.1 });
}

async function measure(
  parts: GrpcParts,
  workload: Workload,
  servers: readonly GrpcServer[],
): Promise<readonly Series[]> {
  const { report, plan } = parts;
  const series = servers.map((server): Series => ({ server, runs: [] }));
  // Not counted: code is being compiled.
  for (const { server } of series) await runOnce(parts, server, workload);
  for (const round of range(plan.rounds)) {
    const order = round % 2 === 0 ? series : series.toReversed();
    for (const { server, runs } of order) runs.push(await runOnce(parts, server, workload));
  }
  report.table(workload.name, series.map(rowOf));
  const [ours, ...others] = series as [Series, ...Series[]];
  report.table(
    `${workload.name}: others over argus`,
    others.map((one) => ratios(one, ours)),
  );
  return series;
}

/** Where there is no throttlecrab there is no goal beside it. */
function goalsOfMany(report: Report, series: readonly Series[]): void {
  const [ours] = series as [Series, ...Series[]];
  const rate = ({ perSecond }: Measured) => perSecond;
  const cpu = ({ cpuUs }: Measured) => cpuUs;
  const p99 = ({ p99Ms }: Measured) => p99Ms;
  const of = ({ runs }: Series, value: (run: Measured) => number) => runs.map(value);
  const http2 = series.find(({ server }) => server.name === NODE_HTTP2);
  if (http2 !== undefined) {
    const words = 'of node:http2, which decides nothing,';
    const more = medianRatio(of(ours, rate), of(http2, rate));
    report.goal({ words: `our rate over that ${words}`, value: more, least: 6 });
    const less = medianRatio(of(http2, cpu), of(ours, cpu));
    report.goal({ words: `CPU ${words} over ours`, value: less, least: 6 });
  }
  const crab = series.find(({ server }) => server.name === THROTTLECRAB);
  if (crab !== undefined) {
    const more = medianRatio(of(ours, rate), of(crab, rate));
    report.goal({ words: "our rate over throttlecrab's", value: more, least: 1.8 });
    const less = medianRatio(of(crab, cpu), of(ours, cpu));
    report.goal({ words: "throttlecrab's CPU over ours", value: less, least: 2 });
    const wait = medianRatio(of(ours, p99), of(crab, p99));
    report.goal({ words: "our p99 over throttlecrab's", value: wait, most: 1 });
  }
}

async function runOnce(
  { report, load, plan }: GrpcParts,
  server: GrpcServer,
  { name, connections, inFlight }: Workload,
): Promise<Measured> {
  const { port, words, pid } = server;
  const { keys, seconds } = plan;
  const question: GrpcQuestion = { port, words, connections, inFlight, keys, seconds };
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
