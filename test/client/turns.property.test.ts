/** Any crowd: the order is kept, nobody starves, and nothing is asked more often than needed. */
import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TurnsScene } from './turns-scene.ts';

const CAPACITY = 5;

const callers = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 })),
    key: fc.constantFrom('a' as const, 'b' as const),
    cost: fc.integer({ min: 1, max: CAPACITY }),
    maxWaitMs: fc.option(fc.integer({ min: 0, max: 1_500 }), { nil: undefined }),
    abortAfterMs: fc.option(fc.integer({ min: 0, max: 1_500 }), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 20 },
);

const buckets = fc.record({
  capacity: fc.constant(CAPACITY),
  tokenMs: fc.integer({ min: 1, max: 400 }),
  latencyMs: fc.constantFrom(0, 0, 3, 50),
});

interface Outcome {
  readonly key: string;
  readonly place: number;
  readonly isServed: boolean;
  readonly waitedMs: number;
}

test('of any callers, before any bucket', async () => {
  let served = 0;
  let gone = 0;
  await fc.assert(
    fc.asyncProperty(buckets, callers, async (bucket, crowd) => {
      const scene = new TurnsScene(bucket);
      const { time } = scene;
      const outcomes: Outcome[] = [];
      const standing = { a: 0, b: 0 };
      const forgotten = new Set<number>();
      const signals: AbortSignal[] = [];
      for (const [place, { afterMs, key, cost, maxWaitMs, abortAfterMs }] of crowd.entries()) {
        await time.pass(afterMs);
        const { signal, abort } = controllerOf();
        signals.push(signal);
        const cameMs = scene.nowMs;
        const settled = (isServed: boolean) => {
          outcomes.push({ key, place, isServed, waitedMs: scene.nowMs - cameMs });
          // A line that nobody stands in remembers nothing: whoever comes then asks first.
          if (--standing[key] === 0) forgotten.add(scene.asked.length);
        };
        standing[key]++;
        const question = { key, cost, capacity: CAPACITY, interval: 1 };
        scene.turns.acquire(question, { maxWaitMs, signal }).then(
          () => settled(true),
          () => settled(false),
        );
        if (abortAfterMs !== undefined) time.after(abortAfterMs, abort);
      }
      await time.pass(20 * CAPACITY * 500);

      expect(outcomes).toHaveLength(crowd.length);
      for (const { place, isServed, waitedMs } of outcomes) {
        const { maxWaitMs, abortAfterMs } = crowd[place] as (typeof crowd)[number];
        // But for an answer that was on its way when its time was over.
        const longest = (maxWaitMs ?? Number.POSITIVE_INFINITY) + bucket.latencyMs;
        expect(waitedMs).toBeLessThanOrEqual(longest);
        // Only whoever has a reason gives up.
        if (!isServed) expect([maxWaitMs, abortAfterMs]).not.toEqual([undefined, undefined]);
      }
      for (const key of ['a', 'b'] as const) {
        const places = outcomes.filter((one) => one.isServed && one.key === key);
        expect(places.map(({ place }) => place)).toEqual(
          places.map(({ place }) => place).toSorted((one, other) => one - other),
        );
        expect(asksTooMany(scene, key, forgotten)).toEqual([]);
      }
      expect(scene.mostOnTheirWay).toBeLessThanOrEqual(1);
      expect(scene.asked.length).toBeLessThanOrEqual(2 * crowd.length);
      expect([scene.turns.lines, time.planned]).toEqual([0, 0]);
      for (const signal of signals) expect(getEventListeners(signal, 'abort')).toEqual([]);
      served += outcomes.filter(({ isServed }) => isServed).length;
      gone += outcomes.filter(({ isServed }) => !isServed).length;
    }),
    { numRuns: 500, seed: 1 },
  );
  // Or nothing was tried.
  expect([served > 1_000, gone > 500]).toEqual([true, true]);
});

function controllerOf() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

/**
 * Questions that were asked before the time that the one before them was told, but for those at
 * these places.
 */
function asksTooMany(
  { asked }: TurnsScene,
  key: string,
  forgotten: ReadonlySet<number>,
): readonly unknown[] {
  const ofKey = [...asked.entries()].filter(([, { question }]) => question.key === key);
  return ofKey.filter(([at, { question, atMs }], i) => {
    const [lastAt, last] = ofKey[i - 1] ?? [];
    if (lastAt === undefined || last === undefined || last.decision.allowed) return false;
    if ([...forgotten].some((place) => place > lastAt && place <= at)) return false;
    const isLess = (question.cost ?? 1) < (last.question.cost ?? 1);
    return !isLess && atMs < last.atMs + (last.decision.retryAfterMs ?? 0);
  });
}
