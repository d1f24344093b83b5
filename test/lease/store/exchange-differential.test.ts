/**
 * The scripts on a real Redis and their model agree on random exchanges: every field of the answer,
 * the hash afterwards, and when it expires. ARGUS_EXCHANGE_SEED plays one sequence alone.
 */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { isMissing } from '../../support/resp-tools.ts';
import { ExchangeModel } from '../model/exchange-model.ts';
import { BRANCH_NAMES, branchesOf } from './exchange-branches.ts';
import { RandomCalls } from './exchange-calls.ts';
import { type Call, modelled, type Seen, withScript } from './exchange-script.ts';
import { WINDOW_BRANCH_NAMES, windowBranchesOf } from './window-branches.ts';

const SEED = process.env['ARGUS_EXCHANGE_SEED'];
const SEQUENCES = 2_500;
const CALLS = 40;
/** Sequences that travel together. */
const TOGETHER = 25;
/** How often each branch has to be reached. */
const LEAST = 100;

interface Step {
  readonly call: Call;
  readonly seen: Seen;
}

describe.skipIf(isMissing('redis-server'))('the scripts and their model', () => {
  const scene = withScript();

  /** Plays a sequence in the model, and has it played in Redis too. */
  function play(seed: number, counts: Map<string, number>): readonly Step[] {
    const model = new ExchangeModel();
    const calls = new RandomCalls(seed);
    return Array.from({ length: CALLS }, () => {
      const call = calls.next();
      if (calls.expires) expire(model, calls);
      const before = model.hash(call.exchange.key);
      const seen = modelled(model, call);
      const branches = [...branchesOf(call, before, seen), ...windowBranchesOf(call, before, seen)];
      for (const branch of branches) {
        counts.set(branch, (counts.get(branch) ?? 0) + 1);
      }
      scene.script.call(call);
      calls.learn(call, seen);
      return { call, seen };
    });
  }

  function expire(model: ExchangeModel, { keys, nowUs }: RandomCalls): void {
    const had = keys.filter((key) => model.hash(key) !== null);
    model.expire(nowUs);
    for (const key of had) if (model.hash(key) === null) scene.script.forget(key);
  }

  async function compare(seed: number, steps: readonly Step[]): Promise<void> {
    const seen = await scene.script.run();
    steps.forEach((step, i) => {
      if (isDeepStrictEqual(seen[i], step.seen)) return;
      const at = { seed: seed + Math.floor(i / CALLS), step: i % CALLS, call: step.call };
      expect({ ...at, ...seen[i] }).toEqual({ ...at, ...step.seen });
    });
    expect(seen.length).toBe(steps.length);
  }

  test.runIf(SEED)(`agree on sequence ${SEED}`, async () => {
    await compare(Number(SEED), play(Number(SEED), new Map()));
  });

  test.skipIf(SEED)(
    `agree on ${SEQUENCES * CALLS} random exchanges`,
    { timeout: 120_000 },
    async () => {
      const counts = new Map<string, number>();
      for (let seed = 1; seed <= SEQUENCES; seed += TOGETHER) {
        const seeds = Array.from({ length: TOGETHER }, (_, i) => seed + i);
        await compare(
          seed,
          seeds.flatMap((one) => play(one, counts)),
        );
      }
      const names = [...BRANCH_NAMES, ...WINDOW_BRANCH_NAMES];
      const seldom = names.filter((name) => (counts.get(name) ?? 0) < LEAST);
      expect(seldom).toEqual([]);
    },
  );
});
