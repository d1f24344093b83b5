/**
 * What becomes of tokens that were leased and that this instance cannot hold: nobody has spent
 * them.
 */

import { beforeEach, describe, expect, test } from 'vitest';
import { isReply } from '../../../src/lease/terms/exchange.ts';
import { Cells, FORFEITED, LEASES, REGRESSIONS, TABLE_FULL } from '../../../src/metrics/cells.ts';
import { Rebalancer } from '../../../src/table/rebalancer.ts';
import { limitOf } from '../../table/tables.ts';
import { ExchangerScene, LARGE } from './exchanger-scene.ts';

const SMALL = limitOf(5, 86_400);
/** Large, and so slow that nothing comes back while a test runs. */
const SLOW = limitOf(2_000, 86_400);

const SHARE = { limit: LARGE, outage: { number: 1, sinceUs: 0 }, source: 'late' } as const;

let scene: ExchangerScene;

const answerLast = () => scene.store.calls.at(-1)?.answer();
const saidOf = (key: string) => scene.store.of(key).map(({ keep, back }) => [keep, back]);

/** What is free of a key as another instance finds it, which does not know of leases here. */
async function isFree(key: string, limit: typeof SMALL, tokens: number): Promise<boolean> {
  const [first] = scene.store.of(key);
  if (first === undefined) throw new Error('nobody asked for it');
  const more = { limit, keep: 0, back: 0, fill: false, holds: 0, want: 0, costs: [tokens] };
  const snapshot = scene.store.model.snapshot();
  const reply = scene.store.model.exchange({ ...first, ...more }, 'other', scene.time.nowUs);
  scene.store.model.rollBack(snapshot);
  return isReply(reply) && reply.allowed[0] === true;
}

describe('on a full table', () => {
  beforeEach(async () => {
    scene = new ExchangerScene({}, 1);
    await scene.lease('alice');
  });

  /** Bob's hold of 2 is granted and has no slot; what follows is up to the test. */
  async function holdInVain(): Promise<void> {
    scene.store.manner = 'hold';
    scene.ask('bob', [2], { limit: SMALL, holds: true });
    await scene.time.settle();
    answerLast();
    scene.store.manner = 'answer';
  }

  test('what was to be held goes back at once, and once, though nobody asks', async () => {
    await holdInVain();
    await scene.time.settle();
    expect(saidOf('bob')).toEqual([
      [0, 0],
      [0, 2],
    ]);
    expect([await isFree('bob', SMALL, 5), await isFree('bob', SMALL, 6)]).toEqual([true, false]);
    await scene.time.pass(10_000);
    expect(saidOf('bob')).toHaveLength(2);
    expect([scene.counted(FORFEITED), scene.time.planned]).toEqual([0, 0]);
  });

  test('no lease is asked for, and a slot is', async () => {
    await scene.lease('bob');
    expect(scene.store.of('bob')).toMatchObject([{ want: 0 }]);
    expect([scene.counted(LEASES), scene.counted(TABLE_FULL)]).toEqual([1, 1]);
    // Where a lease is not wanted none is missed.
    scene.ask('carol', [1], { limit: SMALL });
    await scene.time.settle();
    expect(scene.counted(TABLE_FULL)).toBe(1);
  });

  test.each([
    ['swallow', false],
    ['deafen', true],
  ] as const)('what goes back unheard (%s) is not said again', async (manner, isFull) => {
    await holdInVain();
    scene.store.manner = manner;
    await scene.time.pass(100);
    scene.store.manner = 'answer';
    await scene.time.pass(1_000);
    expect(saidOf('bob')).toEqual([
      [0, 0],
      [0, 2],
      [0, 0],
    ]);
    expect(await isFree('bob', SMALL, 5)).toBe(isFull);
    expect(scene.counted(FORFEITED)).toBe(2);
  });

  //  for how long the store is away, whether the tokens are had back
  test.each([
    [400, true],
    [600, false],
  ])('they go back when the store is, after %d ms: %s', async (ms, isBack) => {
    await holdInVain();
    await new Promise(setImmediate);
    scene.exchanger.goAway();
    await scene.time.pass(ms);
    expect(saidOf('bob')).toHaveLength(1);
    scene.exchanger.comeBack();
    await scene.time.settle();
    expect(saidOf('bob').slice(1)).toEqual(isBack ? [[0, 2]] : []);
    expect(await isFree('bob', SMALL, 5)).toBe(isBack);
    expect(scene.counted(FORFEITED)).toBe(isBack ? 0 : 2);
    expect(scene.counted(REGRESSIONS)).toBe(0);
  });

  test('they go back with a reset that waits, and fill nothing beyond it', async () => {
    scene.store.manner = 'hold';
    scene.ask('bob', [2], { limit: SMALL, holds: true });
    await scene.time.settle();
    const told: (boolean | null)[] = [];
    scene.exchanger.reset('bob', (existed) => told.push(existed));
    scene.store.manner = 'answer';
    answerLast();
    await scene.time.settle();
    expect(scene.store.of('bob').at(-1)).toMatchObject({ fill: true, back: 2 });
    expect([await isFree('bob', SMALL, 5), await isFree('bob', SMALL, 6)]).toEqual([true, false]);
    expect(told).toEqual([true]);
  });

  test('they go back where whoever asked has given up', async () => {
    scene.store.manner = 'hold';
    const told = scene.ask('bob', [2], { limit: SMALL, holds: true });
    await scene.time.pass(95);
    expect(told).toEqual(['late']);
    scene.store.manner = 'answer';
    answerLast();
    await scene.time.settle();
    expect(saidOf('bob').at(-1)).toEqual([0, 2]);
    expect(await isFree('bob', SMALL, 5)).toBe(true);
  });

  test('they go back before the instance ends', async () => {
    await holdInVain();
    await new Promise(setImmediate);
    await Promise.all([scene.exchanger.drain(), scene.time.settle()]);
    expect(await isFree('bob', SMALL, 5)).toBe(true);
  });
});

test('a lease that finds the last slot taken goes back whole, and what was asked stays taken', async () => {
  scene = new ExchangerScene({}, 1);
  scene.store.manner = 'hold';
  scene.ask('bob', Array(100).fill(1), { limit: { ...SLOW, period: LARGE.period } });
  await scene.time.settle();
  expect(scene.store.of('bob').at(-1)?.want).toBeGreaterThan(0);
  scene.store.manner = 'answer';
  await scene.lease('alice');
  scene.store.calls[0]?.answer();
  await scene.time.settle();
  expect(saidOf('bob').at(-1)).toEqual([0, 100]);
  expect([scene.counted(LEASES), scene.counted(FORFEITED)]).toEqual([1, 0]);
});

describe('where the store is far', () => {
  const FAR = { storeTimeoutMs: 5_000, decideWithinMs: 10_000 };

  beforeEach(() => {
    scene = new ExchangerScene(FAR);
    scene.store.manner = 'hold';
  });

  test('a lease that is over as it comes goes back, and no other is asked for', async () => {
    scene.ask('alice', Array(100).fill(1));
    await scene.time.pass(300);
    scene.store.calls[0]?.obey();
    await scene.time.pass(300);
    scene.store.manner = 'answer';
    answerLast();
    await scene.time.pass(1);
    expect(saidOf('alice')).toEqual([
      [0, 0],
      [0, 100],
    ]);
    expect([scene.counted(LEASES), scene.counted(FORFEITED)]).toEqual([0, 0]);
    scene.store.manner = 'hold';
    await scene.lease('alice');
    // What the way is like is known again with each answer.
    expect(scene.store.of('alice').at(-1)?.want).toBeGreaterThan(0);
    await scene.time.pass(600);
    answerLast();
    await scene.time.settle();
    await scene.lease('alice');
    expect(scene.store.of('alice').at(-1)?.want).toBe(0);
  });

  test('a lease of which little is left is looked after at half of that', async () => {
    scene.ask('alice', Array(100).fill(1));
    await scene.time.pass(400);
    scene.store.manner = 'answer';
    answerLast();
    await scene.time.pass(49.7);
    expect(scene.store.of('alice')).toHaveLength(1);
    await scene.time.pass(0.1);
    expect(saidOf('alice').at(-1)).toEqual([0, 100]);
  });

  test('of a lease whose slot is gone meanwhile only what is new goes back', async () => {
    scene = new ExchangerScene(FAR, 1);
    await scene.lease('alice');
    scene.store.manner = 'hold';
    scene.ask('alice', Array(10).fill(1));
    await scene.time.settle();
    const call = scene.store.calls.at(-1);
    expect(call?.exchange).toMatchObject({ keep: 100, want: 10 });
    // Who knows what was spent of the hundred, once nothing is left that says so?
    await scene.time.pass(300);
    call?.obey();
    await scene.time.pass(300);
    const rebalancer = new Rebalancer(
      scene.memory,
      scene.time.clock,
      new Cells(Cells.reserve(1), 0),
    );
    for (const work of ['serve', 'check', 'sweep'] as const) rebalancer[work]();
    expect(scene.leases.size).toBe(0);
    scene.leases.takeShare({ key: 'bob', limit: LARGE, cost: 1 }, SHARE, scene.time.nowUs);
    scene.store.manner = 'answer';
    call?.answer();
    await scene.time.pass(1_000);
    const back = scene.store.of('alice').reduce((sum, one) => sum + one.back, 0);
    expect(back).toBe(call === undefined ? 0 : 10);
  });

  //  how long before the lease's end the store has the exchange, tokens that are had back
  test.each([
    [1, 70],
    [-1, 0],
  ])('what a lease has left as a share takes its place is not lost: %d, %d', async (ms, left) => {
    scene.store.manner = 'answer';
    await scene.lease('alice');
    scene.store.manner = 'hold';
    const taking = { key: 'alice', limit: LARGE, cost: 30 };
    scene.ask('alice', [1, 1]);
    await scene.time.settle();
    expect(scene.store.of('alice').at(-1)).toMatchObject({ keep: 100 });
    expect(scene.leases.take(taking, scene.time.nowUs)?.source).toBe('lease');
    await scene.time.pass(500 - ms);
    scene.store.calls.at(-1)?.obey();
    await scene.time.pass(100);
    const share = scene.leases.takeShare(taking, SHARE, scene.time.nowUs);
    expect(share).toMatchObject({ allowed: true, source: 'late' });
    expect(scene.leases.take(taking, scene.time.nowUs)).toBe(null);
    answerLast();
    scene.store.manner = 'answer';
    await scene.time.pass(1);
    expect(scene.store.of('alice').at(-1)).toMatchObject({ keep: 0, back: left + 2, owed: 30 });
    expect(scene.counted(FORFEITED)).toBe(0);
  });
});
