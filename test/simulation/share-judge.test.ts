/** The judge of shares: what the store has to be told of. */
import { expect, test } from 'vitest';
import { limitOf } from '../table/tables.ts';
import { ShareJudge } from './share-judge.ts';

// A token a millisecond.
const LIMITS = [limitOf(1_000, 1)];
const SECOND_US = 1_000_000;

//  instances in the outage before, and in this one; ms between the two; what is owed in the end
test.each([
  [1, 1, 60, 45],
  [1, 1, 200, 5],
  // It came back faster while fewer shared it.
  [1, 5, 200, 5],
  [1, 5, 0, 105],
  [5, 5, 200, 65],
  [5, 1, 200, 5],
])(
  'shared by %d and then by %d, %d ms apart: of 100 and 5 tokens %d are owed',
  (before, then, ms, owed) => {
    const judge = new ShareJudge();
    judge.begin(1, 0);
    const spending = { limits: LIMITS, tokens: 100, instances: before, nowUs: SECOND_US };
    expect(judge.excess(spending)).toBe(0);
    const nowUs = SECOND_US + ms * 1_000;
    judge.begin(2, 0);
    judge.excess({ limits: LIMITS, tokens: 5, instances: then, nowUs });
    expect(judge.settle(nowUs)).toBeCloseTo(owed, 6);
    expect(judge.settle(nowUs)).toBe(0);
  },
);
