/**
 * What instances and Redis have counted by themselves, and whether that agrees with what was seen.
 */

import { MOST_TOGETHER } from '../../src/lease/settings.ts';
import { monotonicUs } from '../../src/lib/clock.ts';
import { callsOf } from '../compare/resp-checks.ts';
import type { Report } from '../support/report.ts';
import { type Fleet, INSTANCES } from './fleet.ts';
import { isLost, type Sample } from './samples.ts';

export interface Counts {
  readonly decisions: number;
  /** Exchanges with the store, as the instances count them. */
  readonly exchanges: number;
  /** Scripts that Redis has run: exchanges, and the beats by which instances count each other. */
  readonly scripts: number;
  readonly seconds: number;
}

/**
 * At most three fleets beat, an instance once a second, and ten times where it takes the store to
 * be away: each time by two scripts, one that counts and one that writes.
 */
const MOST_BEATS_A_SECOND = 3 * 2 * INSTANCES * 11;

/** What is counted while `action` runs. */
export async function counting<T>(
  fleet: Fleet,
  redisPort: number,
  action: () => Promise<T>,
): Promise<{ readonly result: T; readonly counts: Counts }> {
  // In this order nothing that the instances count can have been missed by Redis.
  const startUs = monotonicUs();
  const scriptsBefore = await callsOf(redisPort, 'evalsha');
  const before = await countsOf(fleet);
  const result = await action();
  const after = await countsOf(fleet);
  const scripts = (await callsOf(redisPort, 'evalsha')) - scriptsBefore;
  const counts = {
    decisions: after.decisions - before.decisions,
    exchanges: after.exchanges - before.exchanges,
    scripts,
    seconds: (monotonicUs() - startUs) / 1e6,
  };
  return { result, counts };
}

export function checkCounts(
  report: Report,
  name: string,
  samples: readonly Sample[],
  { decisions, exchanges, scripts, seconds }: Counts,
): void {
  const sent = samples.length;
  const lost = samples.filter(isLost).length;
  report.check(sent > 0, `${name}: there are answers`);
  report.check(
    lost === 0,
    `${name}: each of ${sent} is answered with 200 or 429, ${lost} were not`,
  );
  report.check(decisions === sent, `${name}: ${sent} were decided, ${decisions} are counted`);
  const mostBeats = Math.ceil(MOST_BEATS_A_SECOND * (seconds + 1));
  report.check(
    scripts >= exchanges / MOST_TOGETHER && scripts <= exchanges + mostBeats,
    `${name}: ${exchanges} exchanges, at most ${MOST_TOGETHER} a call, and at most ${mostBeats} ` +
      `calls of beats: Redis ran ${scripts} scripts`,
  );
}

async function countsOf(fleet: Fleet): Promise<Pick<Counts, 'decisions' | 'exchanges'>> {
  const [decisions, exchanges] = await Promise.all([
    fleet.total('argus_decisions_total'),
    fleet.isShared ? fleet.total('argus_exchanges_total') : 0,
  ]);
  return { decisions, exchanges };
}
