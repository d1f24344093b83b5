/** Runs a load on several fleets in turn, round after round, and sums up what each run showed. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from '../support/child.ts';
import { cpuSeconds } from '../support/proc.ts';
import type { Report, Row } from '../support/report.ts';
import { median, medianRatio, range } from '../support/statistics.ts';
import { checkCounts, counting } from './counts.ts';
import type { Fleet } from './fleet.ts';
import type { Fleets } from './fleets.ts';
import type { KeyGroup, LoadAnswer, LoadQuestion } from './load.ts';
import { latencyMs, partOf, type Sample, spanSeconds } from './samples.ts';

export interface RoundsPlan {
  readonly rounds: number;
  readonly seconds: number;
  /** Not counted: code is being compiled. 0 for none. */
  readonly warmUpSeconds: number;
}

export interface RoundsBench {
  readonly report: Report;
  readonly load: Child;
  readonly fleets: Fleets;
  readonly plan: RoundsPlan;
}

export interface Run {
  readonly samples: readonly Sample[];
  readonly perSecond: number;
  /** CPU time a decision, of all instances together and of Redis. */
  readonly instancesUs: number;
  readonly redisUs: number;
  /** Exchanges with the store. */
  readonly callsEach: number;
  /** CPU time of instances and Redis, which have one core, over time. */
  readonly busy: number;
  readonly loadBusy: number;
}

/** Of one fleet under one load; a run a round. */
export interface Series {
  readonly name: string;
  readonly fleet: Fleet;
  /** Requests a second. */
  readonly rate: number;
  /** What is asked for in a round. */
  readonly groupOf: (round: number) => KeyGroup;
  readonly runs: Run[];
}

/** About fifty in all, as in the other benches. Where the store decides everything all are busy. */
const CONNECTIONS_EACH = 12;
/** By then leases have been given back, and notes have run out. */
const BETWEEN_RUNS_MS = 700;

export async function runInTurn(bench: RoundsBench, all: readonly Series[]): Promise<void> {
  const { rounds, seconds, warmUpSeconds } = bench.plan;
  if (warmUpSeconds > 0) for (const one of all) await runOnce(bench, one, rounds, warmUpSeconds);
  for (const round of range(rounds)) {
    for (const one of round % 2 === 0 ? all : all.toReversed()) {
      one.runs.push(await runOnce(bench, one, round, seconds));
    }
  }
}

async function runOnce(
  { report, load, fleets: { redis } }: RoundsBench,
  { name, fleet, rate, groupOf }: Series,
  round: number,
  seconds: number,
): Promise<Run> {
  await sleep(BETWEEN_RUNS_MS);
  const question: LoadQuestion = {
    ports: fleet.ports,
    connectionsEach: CONNECTIONS_EACH,
    rate,
    seconds,
    groups: [groupOf(round)],
    seed: round,
  };
  const { result, counts } = await counting(fleet, redis.port, async () => {
    const before = [fleet.cpuSeconds, cpuSeconds(redis.pid)] as const;
    const answer = await load.ask<LoadAnswer>(question);
    const instancesS = fleet.cpuSeconds - before[0];
    return { answer, instancesS, redisS: cpuSeconds(redis.pid) - before[1] };
  });
  const { samples, busy } = result.answer;
  checkCounts(report, name, samples, counts);
  const tookS = spanSeconds(samples);
  const redisS = fleet.isShared ? result.redisS : 0;
  return {
    samples,
    perSecond: samples.length / tookS,
    instancesUs: (result.instancesS / samples.length) * 1e6,
    redisUs: (redisS / samples.length) * 1e6,
    callsEach: counts.exchanges / samples.length,
    busy: (result.instancesS + redisS) / tookS,
    loadBusy: busy,
  };
}

export function rowOf({ name, runs }: Series): Row {
  const of = (value: (run: Run) => number): number => median(runs.map(value));
  const from = (source: Sample['source']) =>
    of(({ samples }) => partOf(samples, (sample) => sample.source === source)) * 100;
  return {
    fleet: name,
    'decisions/s': of((run) => run.perSecond),
    'CPU us each': of((run) => run.instancesUs),
    'Redis us each': of((run) => run.redisUs),
    'per CPU second': of((run) => 1e6 / allUs(run)),
    'store calls each': of((run) => run.callsEach),
    'from store %': from('store'),
    'fallback %': from('fallback'),
    'p50 ms': of((run) => latencyMs(run.samples, 0.5)),
    'p99 ms': of((run) => latencyMs(run.samples, 0.99)),
    'core busy %': of((run) => run.busy) * 100,
    'load busy %': of((run) => run.loadBusy) * 100,
  };
}

/** CPU time a decision, Redis included. */
export function allUs({ instancesUs, redisUs }: Run): number {
  return instancesUs + redisUs;
}

export function ratio(over: Series, under: Series, value: (run: Run) => number): number {
  return medianRatio(over.runs.map(value), under.runs.map(value));
}
