/**
 * What must happen as long as nothing fails: what there is is given out, and a wait that was told
 * is enough.
 */
import { describe, expect, test } from 'vitest';
import { type Limit, limitOf } from '../../src/bucket/limit.ts';
import { CALM, type Plan } from './plan.ts';
import { play } from './world.ts';

const SECOND = 1_000_000;

function limit(capacity: number, perSecond: number): Limit {
  return limitOf({ capacity, count: perSecond, periodUs: SECOND }) as Limit;
}

interface Calm {
  readonly seed: number;
  readonly sharing: 'leased' | 'strict';
  readonly instances: number;
  readonly limit: Limit;
  readonly mostCost: number;
  readonly everyUs: number;
  readonly forUs: number;
  readonly isPatient?: boolean;
}

function calm({ seed, sharing, instances, ...key }: Calm): Plan {
  const at = Array.from({ length: instances }, (_, i) => i);
  const phases = [{ forUs: key.forUs, everyUs: key.everyUs, burst: 1, at }];
  const { mostCost, forUs, isPatient = false } = key;
  return {
    seed,
    settings: { sharing, onStoreDown: 'closed', storeTimeoutMs: 100, decideWithinMs: 500 },
    instances,
    deciders: 2,
    slots: 64,
    evicts: false,
    wire: CALM,
    keys: [{ key: 'key', limits: [key.limit], mostCost, phases, isKept: false }],
    faults: [],
    forUs,
    strict: 0,
    all: 0,
    resets: 0,
    refunds: 0,
    dry: 0,
    overdrafts: 0,
    flood: null,
    isPatient,
  };
}

describe('of what is possible at least 95 % is admitted, and nothing beyond it', () => {
  // Sharing, instances, capacity, tokens a second, most cost, microseconds between questions.
  test.each([
    ['leased', 4, 1_000, 1_000, 1, 200],
    ['leased', 2, 200, 500, 3, 600],
    ['leased', 5, 400, 1_000, 5, 400],
    ['leased', 3, 20, 30, 1, 4_000],
    ['strict', 4, 100, 500, 2, 500],
    ['strict', 3, 5, 40, 1, 4_000],
  ] as const)('%s, %d instances, capacity %d, %d/s', async (...row) => {
    const [sharing, instances, capacity, perSecond, mostCost, everyUs] = row;
    const forUs = 2.5 * SECOND;
    const key = { limit: limit(capacity, perSecond), mostCost, everyUs, forUs };
    const { faults, answers } = await play(calm({ seed: 1, sharing, instances, ...key }));
    expect(faults).toEqual([]);
    const startUs = answers[0]?.askedUs ?? 0;
    const admitted = answers
      .filter(({ decision, toldUs }) => decision.allowed && toldUs >= startUs + SECOND)
      .reduce((sum, { question }) => sum + question.cost, 0);
    expect(admitted).toBeGreaterThan(0.95 * perSecond * 1.5 - mostCost);
  });
});

describe('whoever waits as long as he was told, and is alone, is allowed', () => {
  // Sharing, capacity, tokens a second, most cost.
  test.each([
    ['leased', 200, 500, 100],
    ['leased', 500, 1_000, 500],
    ['leased', 20, 30, 20],
    ['strict', 100, 500, 100],
    ['strict', 1, 3, 1],
  ] as const)('%s, capacity %d, %d/s', async (sharing, capacity, perSecond, mostCost) => {
    const forUs = 20 * SECOND;
    const key = { limit: limit(capacity, perSecond), mostCost, everyUs: 60_000, forUs };
    for (let seed = 1; seed <= 5; seed++) {
      const plan = calm({ seed, sharing, instances: 1, ...key, isPatient: true });
      const { faults, answers } = await play(plan);
      expect(faults).toEqual([]);
      const denials = answers.filter(({ decision }) => !decision.allowed);
      expect(denials.length).toBeGreaterThan(10);
      for (const denied of denials) {
        const again = answers[answers.indexOf(denied) + 1];
        if (again !== undefined) expect([denied, again.decision.allowed]).toEqual([denied, true]);
      }
    }
  });
});
