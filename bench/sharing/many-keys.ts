/** So many keys, evenly, that none is asked for often: leases cannot help, and should not cost. */
import type { KeyGroup } from './load.ts';
import { allUs, type RoundsBench, ratio, rowOf, runInTurn, type Series } from './rounds.ts';

const MOST_OVER_STRICT = 1.1;
/** What the store can decide, one by one, on the core that it shares with four instances. */
const RATE = 2_500;
/** Never a small bucket, and never empty. */
const LIMIT = { capacity: 1_000_000, interval: 60 } as const;

export async function measureManyKeys(bench: RoundsBench, keys: number): Promise<void> {
  const { report, fleets } = bench;
  const group: KeyGroup = { ...LIMIT, name: 'many', keys };
  const [ours, theirs] = [fleets.leased, fleets.strict].map((fleet): Series => {
    return { name: fleet.name, fleet, rate: RATE, groupOf: () => group, runs: [] };
  }) as [Series, Series];
  await runInTurn(bench, [ours, theirs]);
  const words = `${keys.toLocaleString('en-US')} keys, evenly`;
  report.table(`${words}; ${RATE.toLocaleString('en-US')} a second`, [ours, theirs].map(rowOf));
  report.goal({
    words: `${words}: CPU a decision over strict's, Redis included`,
    value: ratio(ours, theirs, allUs),
    most: MOST_OVER_STRICT,
  });
}
