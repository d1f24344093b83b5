/**
 * One hot key that all instances are asked for, far beyond its limit: leased, strict and unshared.
 */
import type { Report, Row } from '../support/report.ts';
import { median } from '../support/statistics.ts';
import { type Fleet, INSTANCES } from './fleet.ts';
import type { KeyGroup } from './load.ts';
import { allUs, type RoundsBench, ratio, rowOf, runInTurn, type Series } from './rounds.ts';
import { isAllowed, type Sample, spanSeconds } from './samples.ts';
import { mostAboveRate } from './stretch.ts';

/** Tokens, and tokens a second. */
const CAPACITY = 1_000;
const DEMAND = 10 * CAPACITY;
const DEMAND_WITHIN = 0.9 * CAPACITY;

const LEAST_ADMITTED = 99;
const MOST_CALLS = 0.1;
const LEAST_OVER_STRICT = 2;
/** No worse, but for what the machine adds to one and not to the other. */
const MOST_OVER_BEFORE = 1.05;
const LEAST_OVER_UNSHARED = 0.7;

export async function measureHotKey(bench: RoundsBench): Promise<void> {
  const { report, fleets } = bench;
  const { leased, strict, unshared, against } = fleets;
  const [ours, theirs, alone] = [leased, strict, unshared].map((fleet) =>
    seriesOf(fleet.name, fleet, DEMAND),
  ) as [Series, Series, Series];
  const within = seriesOf(`${leased.name}, 0.9 times the rate`, leased, DEMAND_WITHIN);
  const before = against === null ? null : seriesOf(against.name, against, DEMAND);
  const all = [ours, theirs, alone, within, ...(before === null ? [] : [before])];
  await runInTurn(bench, all);
  for (const one of all) for (const { samples } of one.runs) checkLimit(report, one, samples);
  report.table('One hot key, 1,000 a second; 10,000 asked for; four instances', all.map(rowOf));
  report.table('What was admitted, summed over the instances', all.map(admittedRow));
  report.goal({
    words: 'one hot key: % admitted of what is possible',
    value: admittedPercent(ours),
    least: LEAST_ADMITTED,
  });
  report.goal({
    words: 'one hot key: store calls a decision',
    value: median(ours.runs.map((run) => run.callsEach)),
    most: MOST_CALLS,
  });
  if (before !== null) {
    report.goal({
      words: `one hot key: CPU a decision over that of ${before.name}, Redis included`,
      value: ratio(ours, before, allUs),
      most: MOST_OVER_BEFORE,
    });
  }
  for (const [other, least] of [
    [theirs, LEAST_OVER_STRICT],
    [alone, LEAST_OVER_UNSHARED],
  ] as const) {
    const words = `one hot key: decisions a CPU second over ${other.name}`;
    const of = (us: Parameters<typeof ratio>[2]) => ratio(other, ours, us);
    report.goal({ words: `${words}, Redis included`, value: of(allUs), least });
    report.goal({ words: `${words}, instances alone`, value: of((run) => run.instancesUs), least });
  }
}

/** Another key in each round: its bucket is full. */
function seriesOf(name: string, fleet: Fleet, rate: number): Series {
  const groupOf = (round: number): KeyGroup => {
    return { name: `${rate} ${round}`, keys: 1, capacity: CAPACITY, interval: 1 };
  };
  return { name, fleet, rate, groupOf, runs: [] };
}

function checkLimit(report: Report, { name, fleet }: Series, samples: readonly Sample[]): void {
  const most = aboveRate(fleet, samples);
  const limits = limitsOf(fleet);
  const words = `at most ${CAPACITY * limits} above the rate in any stretch, was ${most.toFixed(1)}`;
  report.check(most <= CAPACITY * limits, `${name}: ${words}`);
}

function aboveRate(fleet: Fleet, samples: readonly Sample[]): number {
  return mostAboveRate(samples.filter(isAllowed), CAPACITY * limitsOf(fleet));
}

/** Instances that know nothing of each other have a limit each. */
function limitsOf(fleet: Fleet): number {
  return fleet.isShared ? 1 : INSTANCES;
}

function admittedRow(series: Series): Row {
  const { name, fleet, runs } = series;
  const admitted = runs.map(({ samples }) => samples.filter(isAllowed).length);
  return {
    fleet: name,
    'asked for': median(runs.map(({ samples }) => samples.length)),
    admitted: median(admitted),
    'most possible': median(runs.map(({ samples }) => possible(fleet, samples))),
    'admitted %': admittedPercent(series),
    capacity: CAPACITY * limitsOf(fleet),
    'most above the rate': Math.max(...runs.map(({ samples }) => aboveRate(fleet, samples))),
  };
}

function admittedPercent({ fleet, runs }: Series): number {
  const parts = runs.map(
    ({ samples }) => samples.filter(isAllowed).length / possible(fleet, samples),
  );
  return median(parts) * 100;
}

/** The most that one bucket would admit, if it was full at the first request. */
function possible(fleet: Fleet, samples: readonly Sample[]): number {
  const most = Math.floor(CAPACITY * limitsOf(fleet) * (1 + spanSeconds(samples)));
  return Math.min(samples.length, most);
}
