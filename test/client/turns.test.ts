/** Who waits is served in the order of coming, asks no more than needed, leaves nothing behind. */
import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { NotAcquiredError } from '../../src/client/client.ts';
import type { AcquireOptions } from '../../src/client/turns.ts';
import { TurnsScene } from './turns-scene.ts';

const ONE_A_SECOND = { capacity: 1, tokenMs: 1_000, latencyMs: 0 };
const LIMIT = { capacity: 1, interval: 1 } as const;

/** Notes in `log` who is served, and who gives up and why. */
function callersOf(scene: TurnsScene, log: string[]) {
  return (name: string, options: AcquireOptions = {}, more: object = {}): void => {
    const question = { ...LIMIT, key: 'k', ...more };
    const at = () => `at ${scene.nowMs - 1_000_000}`;
    scene.turns.acquire(question, options).then(
      () => log.push(`${name} served ${at()}`),
      (error: { reason?: string }) => log.push(`${name}: ${error.reason ?? String(error)} ${at()}`),
    );
  };
}

function start(parts = ONE_A_SECOND) {
  const scene = new TurnsScene(parts);
  const log: string[] = [];
  return { scene, log, come: callersOf(scene, log), time: scene.time };
}

describe('a line', () => {
  test('serves in the order of coming, each as soon as the service allows', async () => {
    const { scene, log, come, time } = start();
    for (const name of ['a', 'b', 'c']) come(name);
    await time.pass(10_000);
    expect(log).toEqual(['a served at 0', 'b served at 1000', 'c served at 2000']);
    // Each but the first is told once how long to wait.
    expect(scene.asked.map(({ atMs }) => atMs - 1_000_000)).toEqual([0, 0, 1_000, 1_000, 2_000]);
    expect([scene.turns.lines, time.planned]).toEqual([0, 0]);
  });

  test('is one for each key and limit or policy', async () => {
    const { scene, log, come, time } = start();
    const policy = { policy: 'p', capacity: undefined, interval: undefined };
    for (const more of [
      {},
      { key: 'other' },
      { interval: 2 },
      policy,
      { ...policy, policy: 'q' },
    ]) {
      come('first', {}, more);
    }
    expect(scene.turns.lines).toBe(5);
    expect(scene.asked).toHaveLength(5);
    come('second', {}, { unit: 's' });
    expect(scene.turns.lines).toBe(5);
    await time.pass(60_000);
    expect(log).toHaveLength(6);
    expect(scene.turns.lines).toBe(0);
  });

  test('has no two keys in it that look alike', () => {
    const { scene, come } = start();
    come('a', {}, { key: 'k', unit: 's' });
    come('b', {}, { key: 'k","1","1","s' });
    come('c', {}, { policy: 'p', key: 'k', capacity: undefined, interval: undefined });
    come('d', {}, { policy: 'p","k', key: '', capacity: undefined, interval: undefined });
    expect(scene.turns.lines).toBe(4);
  });

  test('has one question on its way, however long that takes', async () => {
    const { scene, log, come, time } = start({ capacity: 3, tokenMs: 10, latencyMs: 70 });
    for (const name of ['a', 'b', 'c']) come(name);
    await time.pass(1_000);
    expect(log).toEqual(['a served at 70', 'b served at 140', 'c served at 210']);
    expect(scene.mostOnTheirWay).toBe(1);
  });

  test('does not let a small cost pass a large one that came before', async () => {
    const { log, come, time } = start({ capacity: 10, tokenMs: 100, latencyMs: 0 });
    come('first', {}, { capacity: 10, cost: 10 });
    come('large', {}, { capacity: 10, cost: 8 });
    come('small', {}, { capacity: 10, cost: 1 });
    await time.pass(5_000);
    expect(log).toEqual(['first served at 0', 'large served at 800', 'small served at 900']);
  });

  test('keeps a question as it was when it came', async () => {
    const { scene, time } = start();
    const question = { ...LIMIT, key: 'k', cost: 1 };
    const calls = [scene.turns.acquire(question), scene.turns.acquire(question)];
    question.key = 'other';
    await time.pass(2_000);
    await Promise.all(calls);
    expect(scene.asked.map(({ question }) => question.key)).toEqual(['k', 'k', 'k']);
  });
});

describe('who cannot wait as long', () => {
  test('gives up at once when that is told', async () => {
    const { log, come, time } = start();
    come('a');
    come('b', { maxWaitMs: 999 });
    come('c', { maxWaitMs: 1_000 });
    await time.pass(0);
    expect(log).toEqual(['a served at 0', 'b: too long at 0']);
    await time.pass(5_000);
    expect(log.slice(2)).toEqual(['c served at 1000']);
  });

  test('is told for how long it would have been', async () => {
    const { scene, time } = start();
    await scene.turns.acquire({ ...LIMIT, key: 'k' });
    const call = scene.turns.acquire({ ...LIMIT, key: 'k' }, { maxWaitMs: 500 });
    const settled = Promise.allSettled([call]);
    await time.pass(0);
    const [{ reason }] = (await settled) as [PromiseRejectedResult];
    expect(reason).toBeInstanceOf(NotAcquiredError);
    expect(reason).toMatchObject({
      reason: 'too long',
      message:
        'Cannot wait for this question: it would have to wait 1000 ms more, beyond its 500 in all',
      decision: { allowed: false, retryAfterMs: 1_000 },
    });
  });

  test('behind others, too: nobody can be served before them', async () => {
    const { log, come, time } = start();
    for (const name of ['a', 'b']) come(name);
    come('c', { maxWaitMs: 900 });
    await time.pass(500);
    // Comes later, and could wait as long as c.
    come('d', { maxWaitMs: 400 });
    await time.pass(0);
    expect(log).toEqual(['a served at 0', 'c: too long at 0', 'd: too long at 500']);
    await time.pass(5_000);
    expect(log.slice(3)).toEqual(['b served at 1000']);
  });

  test('does not take those along who cost less, and may pass at once', async () => {
    const { log, come, time } = start({ capacity: 10, tokenMs: 100, latencyMs: 0 });
    come('first', {}, { capacity: 10, cost: 9 });
    come('large', { maxWaitMs: 100 }, { capacity: 10, cost: 10 });
    come('small', { maxWaitMs: 100 }, { capacity: 10, cost: 1 });
    await time.pass(0);
    expect(log).toEqual(['first served at 0', 'large: too long at 0', 'small served at 0']);
  });

  test('whose turn does not come in time gives up then', async () => {
    const { log, come, time } = start({ capacity: 9, tokenMs: 1, latencyMs: 300 });
    come('a');
    come('b', { maxWaitMs: 100 });
    come('c', { maxWaitMs: 0 });
    // Its question is on its way when its time is over: it is heard.
    come('d', { maxWaitMs: 400 });
    await time.pass(1_000);
    expect(log).toEqual([
      'c: too long at 0',
      'b: too long at 100',
      'a served at 300',
      'd served at 600',
    ]);
    expect(time.planned).toBe(0);
  });

  test('asks all the same where nobody stands before it', async () => {
    const { log, come, time } = start();
    come('a', { maxWaitMs: 0 });
    await time.pass(0);
    come('b', { maxWaitMs: 0 });
    await time.pass(0);
    expect(log).toEqual(['a served at 0', 'b: too long at 0']);
  });

  test.each([-1, Number.NaN, '5', null])('%j is no wait', async (maxWaitMs) => {
    const { scene } = start();
    const options = { maxWaitMs } as AcquireOptions;
    const words = `maxWaitMs must be a number from 0, is ${maxWaitMs}`;
    await expect(scene.turns.acquire({ ...LIMIT, key: 'k' }, options)).rejects.toThrow(words);
    expect(scene.asked).toEqual([]);
  });
});

describe('who is aborted', () => {
  test('gives up with the reason of the signal, wherever it stands, and leaves no listener', async () => {
    const { scene, log, come, time } = start();
    const controllers = [1, 2, 3, 4].map(() => new AbortController());
    for (const [i, { signal }] of controllers.entries()) come(`${i}`, { signal });
    await time.pass(100);
    controllers[2]?.abort(new Error('the user left'));
    await time.pass(0);
    controllers[1]?.abort(new Error('so did he'));
    await time.pass(5_000);
    expect(log).toEqual([
      '0 served at 0',
      '2: Error: the user left at 100',
      '1: Error: so did he at 100',
      '3 served at 1000',
    ]);
    // 1 was told, and 3, which costs as much, asks when that time is over.
    expect(scene.asked.map(({ atMs }) => atMs - 1_000_000)).toEqual([0, 0, 1_000]);
    for (const { signal } of controllers) expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect([scene.turns.lines, time.planned]).toEqual([0, 0]);
  });

  test('before it came asks nobody', async () => {
    const { scene } = start();
    const signal = AbortSignal.abort(new Error('no'));
    await expect(scene.turns.acquire({ ...LIMIT, key: 'k' }, { signal })).rejects.toThrow('no');
    expect([scene.asked, scene.turns.lines]).toEqual([[], 0]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('while its question is on its way leaves the next to ask once that is answered', async () => {
    const { scene, log, come, time } = start({ capacity: 5, tokenMs: 10, latencyMs: 50 });
    const controller = new AbortController();
    come('a', { signal: controller.signal });
    come('b');
    await time.pass(10);
    controller.abort(new Error('gone'));
    await time.pass(1_000);
    expect(log).toEqual(['a: Error: gone at 10', 'b served at 100']);
    expect(scene.mostOnTheirWay).toBe(1);
  });

  test('and is the last leaves no timer', async () => {
    const { scene, come, time } = start();
    const controller = new AbortController();
    come('a');
    come('b', { signal: controller.signal, maxWaitMs: 60_000 });
    await time.pass(10);
    expect(time.planned).toBe(2);
    controller.abort();
    expect([scene.turns.lines, time.planned]).toEqual([0, 0]);
  });
});

test('what is taken in any case waits for nothing', async () => {
  const { scene } = start();
  const call = scene.turns.acquire({ ...LIMIT, key: 'k', overdraft: true });
  await expect(call).rejects.toMatchObject({ name: 'BadQuestionError', field: 'overdraft' });
  expect(scene.asked).toEqual([]);
});
