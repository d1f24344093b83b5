/**
 * CL.THROTTLE beside a model of redis-cell, call by call, where a token takes at least 50 ms. They
 * differ in one thing that is meant: our waits round up even if less than a millisecond is over.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CellAnswer,
  type CellCall,
  CellKey,
  hasShortRest,
  tokenTimeNs,
} from './redis-cell.ts';
import { RespHarness } from './resp-harness.ts';

const LEAST_TOKEN_NS = 50_000_000n;
/** Of all tokens: beyond 2^63 redis-cell wraps, and up to a fifth more than all is asked for. */
const MOST_BURST_NS = 2n ** 62n;
const MOST_PERIOD_S = 366 * 86_400;

type Limit = Omit<CellCall, 'quantity'>;

interface Step {
  readonly afterUs: number;
  readonly quantity: number;
}

/** Limits whose tokens take whole microseconds: redis-cell cuts them to a nanosecond. */
const limits: fc.Arbitrary<Limit> = fc
  .oneof(
    limitsUpTo(20, 60, 60),
    limitsUpTo(2_000, 20_000, 3_600),
    limitsUpTo(100_000, 1_000, MOST_PERIOD_S),
  )
  .filter((limit) => {
    const tokenNs = tokenTimeNs({ ...limit, quantity: 1 });
    const isWhole = (limit.periodS * 1_000_000) % limit.count === 0;
    const burstNs = tokenNs * BigInt(limit.maxBurst + 1);
    return isWhole && tokenNs >= LEAST_TOKEN_NS && burstNs <= MOST_BURST_NS;
  });

function limitsUpTo(maxBurst: number, count: number, periodS: number): fc.Arbitrary<Limit> {
  return fc.record({
    maxBurst: fc.nat(maxBurst),
    count: fc.integer({ min: 1, max: count }),
    periodS: fc.integer({ min: 1, max: periodS }),
  });
}

interface Draw {
  readonly shares: number;
  readonly us: number;
  readonly quantity: number;
  readonly ofBurst: boolean;
}

const draws: fc.Arbitrary<Draw[]> = fc.array(
  fc.record({
    shares: fc.oneof(fc.constant(0), fc.nat(30)),
    us: fc.oneof(fc.constant(0), fc.constantFrom(1, 500, 999, 1_000, 1_001), fc.nat(2_000_000)),
    quantity: fc.oneof(fc.constant(1), fc.integer({ min: 0, max: 12 })),
    ofBurst: fc.boolean(),
  }),
  { minLength: 1, maxLength: 60, size: 'max' },
);

/** Tenths of a token's time pass, and tenths of the burst are taken: up to a fifth too much. */
function toStep(limit: Limit, { shares, us, quantity, ofBurst }: Draw): Step {
  const tokenUs = Number(tokenTimeNs({ ...limit, quantity: 1 }) / 1_000n);
  return {
    afterUs: Math.floor((tokenUs * shares) / 10) + us,
    quantity: ofBurst ? Math.round((quantity * (limit.maxBurst + 1)) / 10) : quantity,
  };
}

/** Ours, with a wait that is one second longer for a short rest told as redis-cell does. */
function asCellSays(ours: readonly number[], cell: CellAnswer): readonly number[] {
  const [limited = NaN, limit = NaN, remaining = NaN, retryS = NaN, resetS = NaN] = ours;
  return [
    limited,
    limit,
    remaining,
    retryS - (hasShortRest(cell.retryNs) ? 1 : 0),
    resetS - (hasShortRest(cell.resetNs) ? 1 : 0),
  ];
}

/** Asks both, and fails where they differ. Returns the answer. */
function askBoth(harness: RespHarness, key: CellKey, call: CellCall): readonly number[] {
  const { maxBurst, count, periodS, quantity } = call;
  const ours = harness.decide(`CL.THROTTLE k ${maxBurst} ${count} ${periodS} ${quantity}`);
  const cell = key.ask(call, BigInt(harness.table.nowUs) * 1_000n);
  expect(asCellSays(ours, cell)).toEqual(cell.reply);
  return ours;
}

describe('every answer is that of redis-cell', () => {
  test('for random calls under one limit', () => {
    const property = fc.property(limits, draws, (limit, history) => {
      const harness = new RespHarness();
      const key = new CellKey();
      for (const { afterUs, quantity } of history.map((draw) => toStep(limit, draw))) {
        harness.table.nowUs += afterUs;
        askBoth(harness, key, { ...limit, quantity });
      }
    });
    fc.assert(property, { numRuns: 1_000 });
  });

  test('for quantities below 0, as long as no more is given back than is in use', () => {
    const property = fc.property(limits, draws, (limit, history) => {
      const harness = new RespHarness();
      const key = new CellKey();
      let left = limit.maxBurst + 1;
      for (const draw of history) {
        const { afterUs, quantity } = toStep(limit, draw);
        harness.table.nowUs += afterUs;
        [, , left = 0] = askBoth(harness, key, { ...limit, quantity });
        // One less: a part of a token may have come back.
        const back = Math.min(quantity, limit.maxBurst - left);
        if (back > 0) askBoth(harness, key, { ...limit, quantity: -back });
      }
    });
    fc.assert(property, { numRuns: 500 });
  });
});

describe('where redis-cell cuts the time of a token, so that its bucket is not quite ours,', () => {
  const rough = fc
    .record({
      maxBurst: fc.nat(30),
      count: fc.integer({ min: 1, max: 60 }),
      periodS: fc.integer({ min: 1, max: 60 }),
    })
    .filter((limit) => tokenTimeNs({ ...limit, quantity: 1 }) >= LEAST_TOKEN_NS);

  test('whole milliseconds apart both still let the same calls pass', () => {
    const property = fc.property(rough, draws, (limit, history) => {
      const harness = new RespHarness();
      const key = new CellKey();
      const { maxBurst, count, periodS } = limit;
      for (const { us, quantity } of history) {
        harness.table.nowUs += us * 1_000;
        const words = `${maxBurst} ${count} ${periodS} ${quantity}`;
        const [limited] = harness.decide(`CL.THROTTLE k ${words}`);
        const { reply } = key.ask({ ...limit, quantity }, BigInt(harness.table.nowUs) * 1_000n);
        expect(limited).toBe(reply[0]);
      }
    });
    fc.assert(property, { numRuns: 300 });
  });
});

describe('the model answers as the module did', () => {
  //  limit, then quantity and reply of one call after the other at one time
  const vectors: readonly (readonly [string, readonly (readonly [number, string])[]])[] = [
    [
      '15 30 60',
      [
        [1, '0 16 15 -1 2'],
        [1, '0 16 14 -1 4'],
        [1, '0 16 13 -1 6'],
      ],
    ],
    [
      '0 1 2',
      [
        [1, '0 1 0 -1 2'],
        [1, '1 1 0 2 2'],
      ],
    ],
    ['15 30 60', [[0, '0 16 16 -1 0']]],
    ['15 30 60', [[17, '1 16 16 -1 0']]],
    [
      '15 30 60',
      [
        [16, '0 16 0 -1 32'],
        [1, '1 16 0 2 32'],
        [0, '0 16 0 -1 32'],
        [17, '1 16 0 -1 32'],
        [5, '1 16 0 10 32'],
      ],
    ],
    [
      '4 1 1',
      [
        [1, '0 5 4 -1 1'],
        [1, '0 5 3 -1 2'],
        [1, '0 5 2 -1 3'],
        [1, '0 5 1 -1 4'],
        [1, '0 5 0 -1 5'],
        [1, '1 5 0 1 5'],
      ],
    ],
    [
      '15 30 60',
      [
        [5, '0 16 11 -1 10'],
        [-2, '0 16 13 -1 6'],
      ],
    ],
    ['1000 1000 60', [[1, '0 1001 1000 -1 1']]],
  ];
  test.each(vectors)('%s: %j', (limit, calls) => {
    const [maxBurst = 0, count = 1, periodS = 1] = limit.split(' ').map(Number);
    const harness = new RespHarness();
    const key = new CellKey();
    for (const [quantity, reply] of calls) {
      expect(askBoth(harness, key, { maxBurst, count, periodS, quantity }).join(' ')).toBe(reply);
    }
  });
});
