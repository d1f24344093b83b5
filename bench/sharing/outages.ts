/**
 * What becomes of answers while Redis is killed, frozen or cut off, and how soon all is as before.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicUs } from '../../src/lib/clock.ts';
import type { Child } from '../support/child.ts';
import type { Report, Row } from '../support/report.ts';
import { median, range, sum } from '../support/statistics.ts';
import { Fleet } from './fleet.ts';
import type { KeyGroup, LoadAnswer } from './load.ts';
import { Outage } from './outage.ts';
import { FragileRedis, type Trouble } from './troubles.ts';

export interface OutagePlan {
  readonly rounds: number;
  readonly seconds: { readonly usual: number; readonly away: number; readonly back: number };
}

export interface OutageBench {
  readonly report: Report;
  readonly load: Child;
  readonly core: number | undefined;
  readonly plan: OutagePlan;
}

const MOST_ABOVE_USUAL_MS = 25;
const MOST_BACK_S = 2;

/** Requests a second. Three of four are for the hot key: half as much again as its rate. */
const RATE = 2_000;
const HOT = { keys: 1, capacity: 1_000, interval: 1 } as const;
/** Small buckets, which the store decides on each time: half their rate is asked for. */
const SMALL = { keys: 100, capacity: 10, interval: 1 } as const;
/** Enough for all who wait for a store that does not answer. */
const CONNECTIONS_EACH = 64;
/** By then debts are settled. */
const BETWEEN_ROUNDS_MS = 2_000;

export async function measureOutages(bench: OutageBench): Promise<void> {
  const { report, core, plan } = bench;
  const redis = await FragileRedis.start(core);
  const rows: Row[] = [];
  try {
    for (const [port, troubles] of Map.groupBy(redis.troubles, (trouble) => trouble.port)) {
      const redisUrl = `redis://127.0.0.1:${port}`;
      const fleet = await Fleet.start({ name: 'in trouble', core, redisUrl });
      try {
        for (const trouble of troubles) {
          const outages: Outage[] = [];
          for (const round of range(plan.rounds)) {
            outages.push(await runOnce(bench, fleet, trouble, round));
          }
          rows.push(conclude(report, trouble, outages));
        }
      } finally {
        await fleet.stop();
      }
    }
  } finally {
    await redis.stop();
  }
  report.table(
    'Redis in trouble under load, ON_STORE_DOWN=local, four instances; times in ms',
    rows,
  );
  console.log(
    '\n  Admitted: of the rate of the hot key while Redis is away. Burst: the most admitted',
  );
  console.log('  above the rate in any stretch, of the capacity, until Redis is back; and in all.');
}

async function runOnce(
  { load, plan }: OutageBench,
  { ports }: Fleet,
  trouble: Trouble,
  round: number,
): Promise<Outage> {
  await sleep(BETWEEN_ROUNDS_MS);
  const { usual, away, back } = plan.seconds;
  const hot: KeyGroup = { ...HOT, name: `hot ${trouble.name} ${round}` };
  const small: KeyGroup = { ...SMALL, name: `small ${trouble.name} ${round}` };
  const asking = load.ask<LoadAnswer>({
    ports,
    connectionsEach: CONNECTIONS_EACH,
    rate: RATE,
    seconds: usual + away + back,
    groups: [hot, hot, hot, small],
    seed: round,
  });
  const happening = async () => {
    await sleep(usual * 1_000);
    const beginUs = monotonicUs();
    await trouble.begin();
    await sleep(away * 1_000);
    await trouble.end();
    return { beginUs, endUs: monotonicUs() };
  };
  const [{ samples }, times] = await Promise.all([asking, happening()]);
  return new Outage({ samples, groups: [hot, small], ...times });
}

function conclude(report: Report, { name }: Trouble, outages: readonly Outage[]): Row {
  const of = (value: (outage: Outage) => number): number => median(outages.map(value));
  const worst = (value: (outage: Outage) => number): number => Math.max(...outages.map(value));
  const lost = sum(outages.map((outage) => outage.lost));
  const [before, inAll] = (['before', 'in all'] as const).map((when) =>
    worst((outage) => outage.burst(when)),
  ) as [number, number];
  report.check(lost === 0, `Redis ${name}: each is answered with 200 or 429, ${lost} were not`);
  // Nobody has more than the bucket held when Redis went, and a share of the rate from then on.
  report.check(before <= 1, `Redis ${name}: while it is away no limit is passed, was ${before}`);
  // What was spent meanwhile is charged a moment after the first leases are had from a full bucket.
  report.check(inAll <= 2, `Redis ${name}: once a capacity more with its return, was ${inAll}`);
  report.goal({
    words: `Redis ${name}: p99 in the worst second or phase above the usual, ms`,
    value: of((outage) => outage.worstP99Ms - outage.p99Ms('usual')),
    most: MOST_ABOVE_USUAL_MS,
  });
  report.goal({
    words: `Redis ${name}: seconds from its return to the last instance's first answer by it`,
    value: of((outage) => outage.backMs) / 1_000,
    most: MOST_BACK_S,
  });
  return {
    Redis: name,
    lost,
    'p99 usual': of((outage) => outage.p99Ms('usual')),
    'first s away': of((outage) => outage.p99Ms('firstAway')),
    away: of((outage) => outage.p99Ms('away')),
    'first s back': of((outage) => outage.p99Ms('firstBack')),
    back: of((outage) => outage.p99Ms('back')),
    longest: worst((outage) => outage.longestMs),
    'fallback %': of((outage) => outage.fallback) * 100,
    'admitted %': of((outage) => outage.admitted) * 100,
    'burst %': before * 100,
    'in all %': inAll * 100,
    'back after': of((outage) => outage.backMs),
    'fallback after 2 s': worst((outage) => outage.fallbackAfter(MOST_BACK_S)),
  };
}
