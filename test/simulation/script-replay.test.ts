/**
 * What instances said to the model in simulations, said to the script in a real Redis: same
 * answers.
 */
import { describe, expect, test } from 'vitest';
import { withScript } from '../lease/store/exchange-script.ts';
import { isMissing } from '../support/resp-tools.ts';
import { type Plan, planOf } from './plan.ts';
import { type Happening, play } from './world.ts';

const SEEDS = 60;
const LEAST_CALLS = 5_000;

describe.skipIf(isMissing('redis-server'))('the script', () => {
  const scene = withScript();

  test('answers as the model did in the simulation', { timeout: 120_000 }, async () => {
    let calls = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const plan = planOf(seed);
      if (losesMemory(plan)) continue;
      const { history } = await play(plan, { history: true });
      calls += await replay(seed, history);
    }
    expect(calls).toBeGreaterThan(LEAST_CALLS);
  });

  async function replay(seed: number, history: readonly Happening[]): Promise<number> {
    const expected = [];
    for (const happening of history) {
      if ('forgotten' in happening) {
        scene.script.forget(`${seed} ${happening.forgotten}`);
        continue;
      }
      const { instance, nowUs, outcome } = happening;
      const exchange = { ...happening.exchange, key: `${seed} ${happening.exchange.key}` };
      scene.script.call({ exchange, instance, nowUs });
      expected.push({ seed, instance, exchange, outcome });
    }
    const seen = await scene.script.run();
    const answered = expected.map((call, i) => ({ ...call, outcome: seen[i]?.outcome }));
    expect(answered).toEqual(expected);
    return expected.length;
  }
});

/** A test cannot take a part of what Redis has from it. */
function losesMemory({ faults }: Plan): boolean {
  return faults.some(({ fault }) => fault.kind === 'crash of the store' && fault.memory !== 'kept');
}
