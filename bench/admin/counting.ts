/** What counting costs beside a table alone, in one thread, without any network. */

import type { Limit } from '../../src/bucket/limit.ts';
import { limitOf } from '../../src/bucket/limit.ts';
import { assert } from '../../src/lib/assert.ts';
import { monotonicUs } from '../../src/lib/clock.ts';
import type { Limiter } from '../../src/limiter/limiter.ts';
import { LocalLimiter } from '../../src/limiter/local-limiter.ts';
import { Cells } from '../../src/metrics/cells.ts';
import { HashedKeys } from '../../src/table/hashed-keys.ts';
import { reserveTable } from '../../src/table/table-memory.ts';
import { reserveSketches } from '../../src/top-keys/sketch-memory.ts';
import { WatchedLimiter } from '../../src/top-keys/watched-limiter.ts';
import { parsedKey, randomIndexes, randomKey } from '../support/keys.ts';
import type { Report } from '../support/report.ts';
import { median, range } from '../support/statistics.ts';
import { zipfIndexes } from './zipf.ts';

export interface CountingPlan {
  readonly keys: number;
  /** A round. */
  readonly questions: number;
  readonly rounds: number;
}

const YEAR_US = 366 * 86_400_000_000;

export function measureCounting(report: Report, plan: CountingPlan): void {
  const rows = [
    { keys: 'by Zipf 1.1', next: zipfIndexes(2, plan.keys) },
    // Each is new to the sketch, and takes another's entry.
    { keys: 'all alike', next: randomIndexes(3, plan.keys) },
  ].map(({ keys, next }) => rowOf(keys, next, plan));
  report.table(`A decision in the table, ${plan.keys} keys, ns of CPU`, rows);
  for (const row of rows) {
    const words = `Counting a decision, keys ${row.keys}, us`;
    report.goal({ words, value: row['counting ns'] / 1_000, most: 0.4 });
  }
}

function rowOf(keys: string, next: () => number, plan: CountingPlan) {
  const [plain, watched] = limiters(plan.keys);
  const costs = { plain: [] as number[], watched: [] as number[] };
  // The first two are not counted: code is compiled, and the keys come in.
  for (const round of range(plan.rounds + 2)) {
    const texts = range(plan.questions).map(() => parsedKey(randomKey(next())));
    const [one, other] = [nsEach(plain, texts), nsEach(watched, texts)];
    if (round < 2) continue;
    costs.plain.push(one);
    costs.watched.push(other);
  }
  return {
    keys,
    'plain ns': median(costs.plain),
    'with counting ns': median(costs.watched),
    'counting ns': median(costs.watched.map((cost, i) => cost - (costs.plain[i] ?? Number.NaN))),
  };
}

function limiters(mostKeys: number): readonly [Limiter, Limiter] {
  const create = () => {
    const table = reserveTable(2 * mostKeys);
    const keys = new HashedKeys(table.hashKey);
    return { keys, limiter: new LocalLimiter(table, new Cells(Cells.reserve(1), 0), keys) };
  };
  const sketches = reserveSketches(1, monotonicUs());
  return [create().limiter, new WatchedLimiter({ ...create(), sketches, thread: 0 })];
}

function nsEach(limiter: Limiter, texts: readonly string[]): number {
  const limit = limitOf({ capacity: 1_000_000, count: 1_000_000, periodUs: YEAR_US });
  assert(limit !== null, 'it can be counted');
  const before = process.cpuUsage();
  askAll(limiter, limit, texts);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1_000) / texts.length;
}

function askAll(limiter: Limiter, limit: Limit, texts: readonly string[]): void {
  for (const key of texts) void limiter.take({ key, limit, cost: 1 }, monotonicUs());
}
