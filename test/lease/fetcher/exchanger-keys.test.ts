/** Resets, what the store has forgotten, and many keys at once. */
import { beforeEach, describe, expect, test } from 'vitest';
import { REGRESSIONS } from '../../../src/metrics/cells.ts';
import { limitOf } from '../../table/tables.ts';
import { ExchangerScene, LARGE } from './exchanger-scene.ts';

const SMALL = limitOf(5, 86_400);

let scene: ExchangerScene;

beforeEach(() => {
  scene = new ExchangerScene();
});

describe('a reset', () => {
  test('says whether there was a bucket, and goes with what else there is', async () => {
    const told: (boolean | null)[] = [];
    scene.exchanger.reset('alice', (existed) => told.push(existed));
    await scene.time.settle();
    expect(scene.store.of('alice')).toMatchObject([{ fill: true, costs: [] }]);
    scene.ask('alice', [5], { limit: SMALL });
    await scene.time.settle();
    scene.exchanger.reset('alice', (existed) => told.push(existed));
    scene.exchanger.reset('alice', (existed) => told.push(existed));
    const after = scene.ask('alice', [2], { limit: SMALL });
    await scene.time.settle();
    expect(told).toEqual([false, true, true]);
    expect(scene.store.of('alice')).toHaveLength(3);
    expect(after).toMatchObject([{ allowed: true, remaining: 3 }]);
  });

  test('that has no answer is told null', async () => {
    scene.store.manner = 'swallow';
    const told: (boolean | null)[] = [];
    scene.exchanger.reset('alice', (existed) => told.push(existed));
    await scene.time.pass(100);
    expect(told).toEqual([null]);
  });
});

describe('what the store has forgotten is counted', () => {
  test('where a version falls', async () => {
    scene.ask('alice', [1], { limit: SMALL });
    await scene.time.settle();
    const { model } = scene.store;
    const snapshot = model.snapshot();
    for (let i = 0; i < 3; i++) {
      scene.ask('alice', [1], { limit: SMALL });
      await scene.time.settle();
    }
    expect(scene.counted(REGRESSIONS)).toBe(0);
    model.rollBack(snapshot);
    scene.ask('alice', [1], { limit: SMALL });
    await scene.time.settle();
    expect(scene.counted(REGRESSIONS)).toBe(1);
  });

  test('where a key with a lease is gone, but not where it only has expired', async () => {
    await scene.lease('alice');
    scene.store.model.wipe();
    await scene.time.pass(250);
    expect(scene.counted(REGRESSIONS)).toBe(1);
    scene.ask('bob', [1], { limit: limitOf(5, 1) });
    await scene.time.pass(240);
    scene.store.model.wipe();
    scene.ask('bob', [1], { limit: limitOf(5, 1) });
    await scene.time.settle();
    expect(scene.counted(REGRESSIONS)).toBe(1);
  });
});

test('a thousand keys in the background go out as the answers come in', async () => {
  scene.store.manner = 'hold';
  const share = { limit: LARGE, outage: { number: 1, sinceUs: 0 }, source: 'fallback' } as const;
  for (let i = 0; i < 1_000; i++) {
    scene.leases.takeShare({ key: `key ${i}`, limit: LARGE, cost: 1 }, share, scene.time.nowUs);
    scene.exchanger.owe(`key ${i}`, LARGE);
  }
  await scene.time.settle();
  expect(scene.store.calls).toHaveLength(128);
  const told = scene.ask('alice', [1], { limit: SMALL });
  await scene.time.settle();
  expect(scene.store.calls).toHaveLength(128);
  // Whoever waits goes next but one, not behind all that nobody waits for.
  for (const call of scene.store.calls.slice(0, 2)) call.answer();
  await scene.time.settle();
  expect(scene.store.calls).toHaveLength(130);
  expect(scene.store.of('alice')).toHaveLength(1);
  for (const call of scene.store.calls.slice(2)) call.answer();
  await scene.time.settle();
  expect(told).toHaveLength(1);
  expect(scene.store.calls.length).toBe(130 + 128);
});

test('what is to be held and has no room is not held: whoever asked for it is told so', async () => {
  scene = new ExchangerScene({}, 1);
  await scene.lease('alice');
  const limit = { ...LARGE, capacity: 200_000 };
  const told = [
    scene.ask('bob', [1, 200_000], { limit, holds: true }),
    scene.ask('bob', [1], { limit }),
  ];
  await scene.time.settle();
  expect(told).toMatchObject([['fallback', { allowed: false }], [{ allowed: true }]]);
});

//  how it is shared, under which limit
test.each([
  ['strict', LARGE],
  ['leased', SMALL],
] as const)('what is held stays until it can be taken (%s, %o)', async (sharing, limit) => {
  scene = new ExchangerScene({ sharing });
  scene.store.manner = 'hold';
  const taking = { key: 'alice', limit, cost: 2 };
  scene.ask('alice', [2], { limit, holds: true });
  await scene.time.settle();
  const told = scene.ask('alice', [1], { limit });
  scene.store.calls[0]?.answer();
  await scene.time.settle();
  // The next exchange is under way before it is taken.
  expect(scene.store.of('alice')).toMatchObject([{}, { keep: 2, back: 0, costs: [1], want: 0 }]);
  expect(scene.leases.take(taking, scene.time.nowUs)?.allowed).toBe(true);
  scene.store.calls[1]?.answer();
  await scene.time.settle();
  expect(told).toMatchObject([{ allowed: true }]);
  // What nobody takes in time goes back.
  scene.ask('alice', [2], { limit, holds: true });
  await scene.time.settle();
  scene.store.calls[2]?.answer();
  await scene.time.settle();
  await scene.time.pass(2);
  scene.ask('alice', [0], { limit });
  await scene.time.settle();
  expect(scene.store.of('alice').at(-1)).toMatchObject({ keep: 0, back: 2 });
});
