/** Keys in ascending order with the rebalancer beside, and without it, to show what it is for. */
import { Child } from '../support/child.ts';
import type { Report, Row } from '../support/report.ts';
import { quantile } from '../support/statistics.ts';
import type { AscendingAnswer, AscendingQuestion } from './ascending-side.ts';

export interface AscendingPlan {
  readonly keys: number;
  readonly keysWithout: readonly number[];
}

const MOST_DEPTH = 1.3;
const MOST_HOLD_MS = 1;

export async function measureAscending(report: Report, plan: AscendingPlan): Promise<void> {
  const rows: Row[] = [];
  for (const keys of plan.keysWithout) {
    rows.push(row(keys, 'off', await run(report, { keys, rebalancing: false })));
  }
  const { keys } = plan;
  const answer = await run(report, { keys, rebalancing: true });
  rows.push(row(keys, 'on', answer));
  report.table('Ascending keys, one inserting thread: mean depth of a node', rows);

  const holdsMs = answer.holdsSeconds.map((seconds) => seconds * 1_000);
  const p99 = quantile(holdsMs, 0.99);
  report.table('The same run: how long each swap held its shard, in ms', [
    {
      swaps: holdsMs.length,
      p50: quantile(holdsMs, 0.5),
      p99,
      max: quantile(holdsMs, 1),
    },
  ]);
  report.goal({
    words: `mean depth over the ideal, 1 s after ${keys} ascending keys`,
    value: answer.depthAfter / answer.idealAfter,
    most: MOST_DEPTH,
  });
  report.goal({
    words: 'ms a swap holds the lock while ascending keys come, p99',
    value: p99,
    most: MOST_HOLD_MS,
  });
}

async function run(report: Report, question: AscendingQuestion): Promise<AscendingAnswer> {
  const child = new Child({ script: new URL('./ascending-side.ts', import.meta.url) });
  try {
    const answer = await child.ask<AscendingAnswer>(question);
    const { keys, rebalancing } = question;
    report.check(answer.size === keys, `${keys} ascending keys are in, ${answer.size} are counted`);
    report.check(answer.evictions === 0, 'no bucket that is in use is evicted');
    report.check(answer.swaps > 0 === rebalancing, 'the rebalancer swaps where it runs');
    report.check(answer.swaps === answer.holdsSeconds.length, 'each swap says how long it held');
    return answer;
  } finally {
    await child.end();
  }
}

function row(keys: number, rebalancer: string, answer: AscendingAnswer): Row {
  return {
    rebalancer,
    keys,
    'while inserting': answer.depthWhile,
    'ideal then': answer.idealWhile,
    '1 s after': answer.depthAfter,
    ideal: answer.idealAfter,
    ratio: answer.depthAfter / answer.idealAfter,
    'us an insert': answer.usAnInsert,
    'us a look-up': answer.usALookUp,
  };
}
