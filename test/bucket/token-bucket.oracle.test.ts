/** Random histories, limits changed in flight, held against the oracle and the window. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide } from '../../src/bucket/decide.ts';
import type { Decision } from '../../src/bucket/decision.ts';
import { type Bucket, fullAtUs, fullBucket, refill, take } from '../../src/bucket/token-bucket.ts';
import { type AskedLimit, ExactBucket } from './exact-bucket.ts';
import { acceptedLimit, anyLimit, EDGES, histories, refillUs, type Step } from './histories.ts';
import { excessIn } from './windows.ts';

function ask(bucket: Bucket, step: Step): Decision {
  const { limit, cost, nowUs } = step;
  const allowed = take(bucket, limit, cost, nowUs);
  return decide(bucket, limit, { cost, nowUs }, { allowed, degraded: false });
}

/** The waits are the first millisecond at which a copy that is asked then says so. */
function expectExactWaits(exact: ExactBucket, step: Step, decision: Decision): void {
  const later = (ms: number, cost: number) =>
    exact.copy().ask(step.asked, cost, BigInt(step.nowUs) + 1_000n * BigInt(ms));
  const expectFirst = (ms: number, holds: (ms: number) => boolean) => {
    // Beyond 2^53 a double is no longer the first, but one of the next to it.
    const near = ms > Number.MAX_SAFE_INTEGER ? ms * 2 ** -51 : 0;
    expect([ms > 0 && holds(ms - 1 - near), holds(ms + near)]).toEqual([false, true]);
  };

  if (decision.allowed) expect(decision.retryAfterMs).toBe(0);
  else expectFirst(decision.retryAfterMs, (ms) => later(ms, step.cost).allowed);
  expectFirst(decision.resetAfterMs, (ms) => later(ms, 0).full);
  if (decision.remaining === decision.limit) expect(decision.nextTokenMs).toBe(0);
  else expectFirst(decision.nextTokenMs, (ms) => later(ms, 0).remaining > decision.remaining);
}

function expectAsTheOracle(history: readonly Step[]): void {
  const bucket = fullBucket();
  const exact = new ExactBucket();
  for (const step of history) {
    const decision = ask(bucket, step);
    const answer = exact.ask(step.asked, step.cost, BigInt(step.nowUs));
    expect(decision).toMatchObject({
      allowed: answer.allowed,
      limit: step.asked.capacity,
      remaining: Number(answer.remaining),
      degraded: false,
    });
    expectExactWaits(exact, step, decision);
    expect(Number.isSafeInteger(bucket.used) && bucket.used >= 0).toBe(true);
  }
}

/** Questions by hand: [after us, index of the limit, cost]. */
function historyOf(limits: readonly AskedLimit[], steps: readonly (readonly number[])[]): Step[] {
  let nowUs = 1_000_000;
  return steps.map(([afterUs = 0, index = 0, cost = 0]) => {
    const asked = limits[index] as AskedLimit;
    nowUs += afterUs;
    return { nowUs, asked, limit: acceptedLimit(asked), cost };
  });
}

describe("every answer is the oracle's", () => {
  test('for random histories with limits changed in flight', () => {
    fc.assert(fc.property(histories(25), expectAsTheOracle), { numRuns: 1_500 });
  });

  test('for random histories in which tokens are given back too', () => {
    const property = fc.property(histories(25, { returns: true }), expectAsTheOracle);
    fc.assert(property, { numRuns: 1_500 });
  });

  test('for every edge followed by every other, and back', () => {
    for (const from of EDGES) {
      for (const to of EDGES) {
        const { capacity } = from;
        expectAsTheOracle(
          historyOf(
            [from, to],
            [
              [0, 0, capacity],
              [0, 0, 1],
              [1, 1, 0],
              [999, 1, to.capacity],
              [1_001, 0, 1],
              [500, 0, capacity],
              [1_500_001, 1, 1],
              [refillUs(from), 1, 1],
              [refillUs(to), 0, capacity],
              [1_999, 0, 1 - capacity],
              [0, 1, -1],
            ],
          ),
        );
      }
    }
  });
});

test('a look and a denial change no later answer, whatever limit they are under', () => {
  const property = fc.property(histories(25, { returns: true }), (history) => {
    const bucket = fullBucket();
    // Only what took or gave back was ever asked of this one.
    const charged = fullBucket();
    for (const step of history) {
      const before = { ...charged };
      const decision = ask(bucket, step);
      const isCharged = decision.allowed && step.cost !== 0;
      const alone = ask(isCharged ? charged : before, step);
      expect(decision).toEqual(alone);
    }
  });
  fc.assert(property, { numRuns: 1_500 });
});

describe('a bucket whose used tokens the new limit cannot count in 2^53', () => {
  const perSecondTick = { capacity: 999_999_937, intervalUs: 7_776_001_000_000 };
  const tiny = { capacity: 1, intervalUs: 31_622_400_000_000 };

  test('denies, allows a look, and stays as it is', () => {
    const bucket = fullBucket();
    const steps = historyOf(
      [perSecondTick, tiny],
      [
        [0, 0, 999_999_937],
        [400_000, 1, 1],
        [0, 1, 0],
      ],
    );
    expectAsTheOracle(steps);
    const answers = steps.map((step) => {
      const { allowed, remaining } = ask(bucket, step);
      return { allowed, remaining, period: bucket.period };
    });
    const { period } = acceptedLimit(perSecondTick);
    expect(answers).toEqual([
      { allowed: true, remaining: 0, period },
      { allowed: false, remaining: 0, period },
      { allowed: true, remaining: 0, period },
    ]);
  });

  test('says exactly when it can, though a part of a tick counts at the change', () => {
    expectAsTheOracle(
      historyOf(
        [perSecondTick, tiny],
        [
          [0, 0, 999_999_000],
          [400_500, 1, 1],
          [1_234_567, 1, 1],
          [777, 1, 0],
        ],
      ),
    );
  });
});

test('a bucket a thousand times overdrawn waits for a thousand years, to the millisecond', () => {
  const fast = { capacity: 1_000_000_000, intervalUs: 1 };
  const slow = { capacity: 285_007, intervalUs: 31_622_399_000_000 };
  expectAsTheOracle(
    historyOf(
      [fast, slow],
      [
        [0, 0, 284_000_000],
        [0, 1, 1],
        [998_999, 1, 1],
        [2, 1, 0],
      ],
    ),
  );
});

test.each([
  { capacity: 999_999_937, intervalUs: 9_000_001_000, tickUs: 1_000 },
  { capacity: 284_000_003, intervalUs: 31_622_399_000_000, tickUs: 1_000_000 },
])('a tick is not credited to what was taken late in it: $tickUs us', (edge) => {
  const { capacity, intervalUs, tickUs } = edge;
  const limit = acceptedLimit(edge);
  expect(limit.tickUs).toBe(tickUs);
  const aTick = Math.floor((capacity * tickUs) / intervalUs);
  const bucket = fullBucket();
  // A few tokens that are back within the tick, then all at its end, then what the tick gave.
  const questions: readonly (readonly [number, number])[] = [
    [0, Math.floor(aTick / 2)],
    [tickUs * 0.99, capacity],
    [tickUs, aTick],
    [tickUs * 1.99, aTick],
  ];
  const admissions = questions.map(([nowUs, cost]) => ({
    nowUs,
    asked: edge,
    admitted: take(bucket, limit, cost, nowUs) ? cost : 0,
  }));
  expect(admissions[1]?.admitted).toBe(capacity);
  expect(excessIn(admissions)).toBeNull();
});

test('no stretch of time admits more than its largest capacity and its largest rate allow', () => {
  const property = fc.property(histories(25, { returns: true }), (history) => {
    const bucket = fullBucket();
    const admissions = history.map((step) => ({
      ...step,
      admitted: ask(bucket, step).allowed ? step.cost : 0,
    }));
    expect(excessIn(admissions)).toBeNull();
  });
  fc.assert(property, { numRuns: 500 });
});

test('when a bucket will be full does not change as time passes, even beyond 2^53 us', () => {
  const property = fc.property(anyLimit, fc.nat(2 ** 31), (asked, afterUs) => {
    const limit = acceptedLimit(asked);
    const bucket = fullBucket();
    take(bucket, limit, asked.capacity, 1_000_000);
    const fullUs = fullAtUs(bucket);
    const nowUs = 1_000_000 + afterUs;
    refill(bucket, nowUs);
    if (bucket.used === 0) expect(fullUs).toBeLessThanOrEqual(nowUs);
    else expect(fullAtUs(bucket)).toBe(fullUs);
  });
  fc.assert(property, { numRuns: 2_000 });
});

describe('after a part of a tick that is worth more than what was not given back', () => {
  const edge = { capacity: 999_999_937, intervalUs: 7_776_001_000_000 };

  //  given back of 1,000, left of them
  test.each([
    [742, 130],
    [743, 0],
    [1_000, 0],
  ])('giving back %d of 1,000 leaves %d in use', (given, inUse) => {
    const steps = historyOf(
      [edge],
      [
        [0, 0, 1_000],
        [1_999_000, 0, -given],
      ],
    );
    expectAsTheOracle(steps);
    const bucket = fullBucket();
    const [, last] = steps.map((step) => ask(bucket, step));
    expect(last?.remaining).toBe(edge.capacity - inUse);
    expect((last?.resetAfterMs ?? -1) > 0).toBe(inUse > 0);
  });
});
