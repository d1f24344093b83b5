/** Random limits and histories of questions, for properties of buckets and tables. */
import fc from 'fast-check';
import { type Limit, limitOf, MOST_COUNT } from '../../src/bucket/limit.ts';
import { MOST_CAPACITY, MOST_INTERVAL_US } from '../../src/contract/bounds.ts';
import type { AskedLimit } from './exact-bucket.ts';

export interface Step {
  readonly nowUs: number;
  readonly asked: AskedLimit;
  readonly limit: Limit;
  readonly cost: number;
}

const SECOND = 1_000_000;
const DAY = 86_400 * SECOND;

/** Limits that a bucket treats in a special way; the comment says how. */
export const EDGES: readonly AskedLimit[] = [
  { capacity: 1, intervalUs: 1 },
  { capacity: MOST_COUNT, intervalUs: 1 }, // a thousand million units a tick
  { capacity: 1, intervalUs: MOST_INTERVAL_US }, // 3e13 units to a token
  { capacity: 7, intervalUs: MOST_INTERVAL_US },
  { capacity: 284, intervalUs: MOST_INTERVAL_US - 1 }, // 9.0e15 units: barely below 2^53
  { capacity: 999_999_937, intervalUs: 9_000 * SECOND }, // ticks of a millisecond
  { capacity: 999_983, intervalUs: 80 * DAY + 1_000 }, // the same, with a prime capacity
  { capacity: 999_999_937, intervalUs: 90 * DAY + SECOND }, // ticks of a second
  { capacity: 285_000_007, intervalUs: 365 * DAY }, // the same, barely below 2^53
  { capacity: 1_000_000_000, intervalUs: MOST_INTERVAL_US },
  { capacity: MOST_CAPACITY, count: MOST_COUNT, intervalUs: 1 }, // a token is a unit
  { capacity: MOST_CAPACITY, count: 1, intervalUs: 1 }, // 285 years to be full again,
  { capacity: 100_000_000_000, intervalUs: 30 * DAY }, // 100 GB in 30 days
  { capacity: 100 * 2 ** 30, intervalUs: 30 * DAY }, // 100 GiB in 30 days: ticks of a millisecond
  { capacity: 1, count: MOST_COUNT, intervalUs: 1 }, // full again within any microsecond
  { capacity: 3, count: MOST_COUNT, intervalUs: 7 * SECOND }, // the same, one token at a time
  { capacity: 16, count: 30, intervalUs: 60 * SECOND },
  { capacity: 285, count: 1, intervalUs: MOST_INTERVAL_US }, // 285 years to be full again
  { capacity: 9_000_017, count: 999_999_937, intervalUs: 1_000 * SECOND }, // barely microseconds
  { capacity: 9_100_017, count: 999_999_937, intervalUs: 1_000 * SECOND }, // milliseconds
  { capacity: 1_000_003, count: 1, intervalUs: 100 * DAY }, // the same, and most of it for ever
  { capacity: 1_000_003, count: 999_999_937, intervalUs: 366 * DAY }, // seconds of 31 tokens
];

function isAccepted(asked: AskedLimit): boolean {
  return toLimit(asked) !== null;
}

/** How many come back in an interval has nothing to do with how many there are. */
function ratesUpTo(capacity: number, count: number, interval: number, unitUs: number) {
  return fc.record({
    capacity: fc.integer({ min: 1, max: capacity }),
    count: fc.integer({ min: 1, max: count }),
    intervalUs: fc.integer({ min: 1, max: interval }).map((units) => units * unitUs),
  });
}

function limitsUpTo(capacity: number, interval: number, unitUs: number): fc.Arbitrary<AskedLimit> {
  return fc.record({
    capacity: fc.integer({ min: 1, max: capacity }),
    intervalUs: fc.integer({ min: 1, max: interval }).map((units) => units * unitUs),
  });
}

export const anyLimit: fc.Arbitrary<AskedLimit> = fc
  .oneof(
    limitsUpTo(5, 40, 1),
    limitsUpTo(20, 5_000, 1),
    limitsUpTo(1_000, 3_600, SECOND),
    limitsUpTo(MOST_COUNT, MOST_INTERVAL_US, 1),
    limitsUpTo(MOST_COUNT, MOST_INTERVAL_US / 1_000, 1_000),
    limitsUpTo(MOST_COUNT, MOST_INTERVAL_US / SECOND, SECOND),
    ratesUpTo(5, 40, 40, 1),
    ratesUpTo(1_000, 10, 3_600, SECOND),
    ratesUpTo(10, MOST_COUNT, 60, SECOND),
    ratesUpTo(MOST_COUNT, MOST_COUNT, MOST_INTERVAL_US / 1_000, 1_000),
    ratesUpTo(MOST_COUNT, MOST_COUNT, MOST_INTERVAL_US / SECOND, SECOND),
    // Beyond a thousand million tokens: a multiple of what the interval has of ticks.
    ratesUpTo(MOST_CAPACITY, MOST_COUNT, 3, 1),
    fc.constantFrom(...EDGES),
  )
  .filter(isAccepted);

interface Draw {
  readonly limit: number;
  /** The time since the last question: a share of that to be full again, and microseconds. */
  readonly share: number;
  readonly shares: number;
  readonly us: number;
  readonly cost: number;
  readonly costShare: boolean;
  readonly givesBack: boolean;
}

const draw: fc.Arbitrary<Draw> = fc.record({
  limit: fc.nat(9),
  share: fc.oneof(fc.constant(0), fc.nat(3)),
  shares: fc.constantFrom(1, 2, 3, 7, 1_000),
  us: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(3_000), fc.nat(3 * SECOND)),
  cost: fc.oneof(fc.constant(0), fc.constant(1), fc.nat(100)),
  costShare: fc.boolean(),
  givesBack: fc.boolean(),
});

/**
 * One key's history: at most `most` questions under one to three limits, at times that ascend. With
 * `returns` some costs are below 0.
 */
export function histories(most: number, { returns = false } = {}): fc.Arbitrary<readonly Step[]> {
  return fc
    .tuple(
      fc.array(anyLimit, { minLength: 1, maxLength: 3 }),
      fc.nat(2 ** 31 - 1),
      fc.array(draw, { minLength: 1, maxLength: most, size: 'max' }),
    )
    .map(([limits, startUs, draws]) => {
      let nowUs = startUs;
      return draws.map((one) => {
        const taking = toStep(limits, one, nowUs);
        const step = returns && one.givesBack ? { ...taking, cost: -taking.cost } : taking;
        nowUs = step.nowUs;
        return step;
      });
    });
}

function toStep(limits: readonly AskedLimit[], one: Draw, beforeUs: number): Step {
  const asked = limits[one.limit % limits.length] as AskedLimit;
  const { capacity } = asked;
  const nowUs = beforeUs + Math.floor((refillUs(asked) * one.share) / one.shares) + one.us;
  const cost = one.costShare ? Math.ceil((capacity * one.cost) / 100) : one.cost;
  return {
    nowUs,
    asked,
    limit: acceptedLimit(asked),
    cost: Math.min(cost, capacity),
  };
}

/** The time in which an empty bucket refills, at most a year. */
export function refillUs({ capacity, count = capacity, intervalUs }: AskedLimit): number {
  return Math.min(Math.ceil((capacity * intervalUs) / count), MOST_INTERVAL_US);
}

/** The limit that a bucket goes by, of one that is known to be accepted. */
export function acceptedLimit(asked: AskedLimit): Limit {
  const limit = toLimit(asked);
  if (limit === null) throw new Error(`${JSON.stringify(asked)} is refused`);
  return limit;
}

function toLimit({ capacity, count = capacity, intervalUs }: AskedLimit): Limit | null {
  return limitOf({ capacity, count, periodUs: intervalUs });
}
