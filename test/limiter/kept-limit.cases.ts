/**
 * What every limiter does under limits that the service keeps, wherever its buckets live. Each case
 * asks under a limit that is too small to be leased and under one that is not.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Decisions, KeptQuestion, Limiter } from '../../src/limiter/limiter.ts';
import { limitOf } from '../table/tables.ts';

export interface KeptScene {
  readonly limiter: Limiter;
  readonly nowUs: number;
  /** Lets so much time pass, with all that is to happen meanwhile; 0 only what is due. */
  pass(ms: number): Promise<void>;
}

/** Hardly anything comes back while a test runs; and ten times as much. */
const LIMITS = {
  small: [limitOf(5, 500), limitOf(5, 50)],
  large: [limitOf(1_000_000, 100), limitOf(1_000_000, 10)],
} as const;

export function keptLimitCases(open: () => KeptScene): void {
  let scene: KeptScene;
  beforeEach(() => {
    scene = open();
  });

  async function ask(...questions: readonly KeptQuestion[]): Promise<Decisions> {
    const taken = scene.limiter.takeAll(questions, scene.nowUs);
    let isTold = false;
    const waits = Promise.resolve(taken).finally(() => {
      isTold = true;
    });
    for (let i = 0; i < 100 && !isTold; i++) await scene.pass(i === 0 ? 0 : 1);
    return await waits;
  }

  describe.each(['small', 'large'] as const)('under a %s limit that the service keeps', (size) => {
    const [rate, faster] = LIMITS[size];
    const { capacity } = rate;
    /** A fifth of the capacity. */
    const part = capacity / 5;

    function asked(key: string, cost: number, more: Partial<KeptQuestion> = {}): KeptQuestion {
      const kept = { rate, window: null };
      return { key, kept, cost, overdraft: false, isDry: false, ...more };
    }

    /** Of each how many fifths remain; or that it was denied. */
    async function told(...questions: readonly KeptQuestion[]): Promise<readonly unknown[]> {
      const { allowed, each } = await ask(...questions);
      const fifths = each.map((one) => Math.floor(one.remaining / part + 0.05));
      return [allowed, ...fifths.map((left, i) => (each[i]?.allowed ? left : 'no'))];
    }

    test('a cost is taken if it is there, and given back as far as it was taken', async () => {
      expect(await told(asked('a', 3 * part))).toEqual([true, 2]);
      expect(await told(asked('a', 3 * part))).toEqual([false, 'no']);
      expect(await told(asked('a', -part))).toEqual([true, 3]);
      expect(await told(asked('a', -capacity))).toEqual([true, 5]);
    });

    test('what can never be there is denied, and stops all but a dry run', async () => {
      const never = asked('a', capacity + 1);
      expect(await told(never)).toEqual([false, 'no']);
      expect(await told(never, asked('b', part))).toEqual([false, 'no', 5]);
      expect(await told({ ...never, isDry: true }, asked('b', part))).toEqual([true, 'no', 4]);
    });

    test('several are taken all or none', async () => {
      expect(await told(asked('a', part), asked('b', 4 * part))).toEqual([true, 4, 1]);
      expect(await told(asked('a', part), asked('b', 2 * part))).toEqual([false, 4, 'no']);
      expect(await told(asked('a', 0), asked('b', 0))).toEqual([true, 4, 1]);
      expect(await told(asked('a', -part), asked('b', -part))).toEqual([true, 5, 2]);
    });

    test('a dry run takes what is there where the others are allowed, and stops nothing', async () => {
      const dry = { isDry: true };
      expect(await told(asked('a', 4 * part, dry))).toEqual([true, 1]);
      expect(await told(asked('a', 2 * part, dry))).toEqual([true, 'no']);
      expect(await told(asked('a', 2 * part, dry), asked('b', 4 * part))).toEqual([true, 'no', 1]);
      expect(await told(asked('a', part, dry), asked('b', 2 * part))).toEqual([false, 1, 'no']);
    });

    test('an overdraft is taken in any case, until the bucket owes its capacity', async () => {
      const overdraft = { overdraft: true };
      expect(await told(asked('a', 2 * part, overdraft))).toEqual([true, 3]);
      expect(await told(asked('a', 4 * part, overdraft))).toEqual([false, 'no']);
      expect(await told(asked('a', -2 * part))).toEqual([true, 1]);
      expect(await told(asked('a', 2 * capacity, overdraft))).toEqual([false, 'no']);
      expect(await told(asked('a', -capacity))).toEqual([true, 0]);
      expect(await told(asked('a', -part))).toEqual([true, 1]);
    });

    test('a faster limit holds from the next question on, and forgives nothing', async () => {
      await told(asked('a', capacity));
      const now = { kept: { rate: faster, window: null } };
      expect(await told(asked('a', part, now))).toEqual([false, 'no']);
      await scene.pass(size === 'small' ? 10_000 : 2_000);
      expect(await told(asked('a', part, now))).toEqual([true, 0]);
    });
  });
}
