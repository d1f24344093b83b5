/** What goes into an exchange, when there is one, and what becomes of its answer. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Decision } from '../../../src/bucket/decision.ts';
import type { StandIn } from '../../../src/contract/sources.ts';
import type { Exchange } from '../../../src/lease/terms/exchange.ts';
import { FORFEITED, LEASES } from '../../../src/metrics/cells.ts';
import { limitOf } from '../../table/tables.ts';
import { ExchangerScene, LARGE } from './exchanger-scene.ts';

const SMALL = limitOf(5, 86_400);

let scene: ExchangerScene;

beforeEach(() => {
  scene = new ExchangerScene();
});

type Told = readonly (Decision | StandIn)[];
const decided = (told: Told) => told.map((one) => (typeof one === 'string' ? null : one));
const allowedOf = (told: Told) => decided(told).map((one) => one?.allowed ?? null);

describe('one exchange', () => {
  test('has all that was asked for a key in one turn, in order, and each its decision', async () => {
    const told = scene.ask('alice', [2, 4, 1, 3, 0, 2], { limit: SMALL });
    const other = scene.ask('bob', [1], { limit: SMALL });
    await scene.time.settle();
    expect(scene.store.of('alice').map(({ costs }) => costs)).toEqual([[2, 4, 1, 3, 0, 2]]);
    expect(scene.store.of('bob')).toHaveLength(1);
    expect(allowedOf(told)).toEqual([true, false, true, false, true, true]);
    expect(decided(told).map((one) => one?.remaining)).toEqual([3, 3, 2, 2, 2, 0]);
    expect(decided(told).every((one) => one?.source === 'store')).toBe(true);
    expect(other).toMatchObject([{ allowed: true, remaining: 4 }]);
  });

  test('is under way at a time: what comes meanwhile goes in the next', async () => {
    scene.store.manner = 'hold';
    const first = scene.ask('alice', [1], { limit: SMALL });
    await scene.time.pass(1);
    const second = scene.ask('alice', [1, 1], { limit: SMALL });
    await scene.time.pass(1);
    const third = scene.ask('alice', [1], { limit: SMALL });
    await scene.time.pass(1);
    expect(scene.store.calls).toHaveLength(1);
    scene.store.calls[0]?.answer();
    await scene.time.settle();
    expect([first, second, third]).toMatchObject([[{ remaining: 4 }], [], []]);
    expect(scene.store.of('alice').map(({ costs }) => costs)).toEqual([[1], [1, 1, 1]]);
    scene.store.calls[1]?.answer();
    await scene.time.settle();
    expect(decided([...second, ...third]).map((one) => one?.remaining)).toEqual([3, 2, 1]);
  });

  test('has questions under one limit only, and no more than 1,000', async () => {
    const other = limitOf(6, 86_400);
    scene.ask('alice', [0, 0], { limit: SMALL });
    scene.ask('alice', [0], { limit: other });
    scene.ask('alice', [0], { limit: SMALL });
    scene.ask(
      'bob',
      Array.from({ length: 1_001 }, () => 0),
    );
    await scene.time.settle();
    const alices = scene.store.of('alice').map(({ limit, costs }) => [limit, costs.length]);
    expect(alices).toEqual([
      [SMALL, 3],
      [other, 1],
    ]);
    expect(scene.store.of('bob').map(({ costs }) => costs.length)).toEqual([1_000, 1]);
  });

  test('has a number that rises over all keys', async () => {
    for (const key of ['alice', 'bob', 'alice']) {
      scene.ask(key, [1], { limit: SMALL });
      await scene.time.settle();
    }
    const calls = scene.store.calls.map(({ exchange }) => exchange);
    expect(calls.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(calls.map(({ unanswered }) => unanswered)).toEqual([1, 2, 3]);
  });
});

describe('a lease', () => {
  test('is fetched for a key that is asked for often, and gives back what nobody asks for', async () => {
    await scene.lease('alice');
    expect(scene.counted(LEASES)).toBe(1);
    const question = { key: 'alice', limit: LARGE, cost: 1 };
    const decision = scene.leases.take(question, scene.time.nowUs);
    expect(decision).toMatchObject({ allowed: true, source: 'lease' });
    await scene.time.pass(3_000);
    expect(scene.counted(LEASES)).toBe(0);
    const last = scene.store.of('alice').at(-1);
    expect(last).toMatchObject({ keep: 0, want: 0 });
    const returned = scene.store.of('alice').reduce((sum, { back }) => sum + back, 0);
    expect(returned).toBeGreaterThan(0);
    // And then the key is forgotten: there is nothing to do any more.
    const calls = scene.store.calls.length;
    await scene.time.pass(10_000);
    expect([scene.store.calls.length, scene.time.planned]).toEqual([calls, 0]);
  });

  //  which key, its limit, whether it is asked for strictly, how it is shared
  test.each([
    ['of a small bucket', SMALL, false, 'leased'],
    ['of a key that is asked for strictly', LARGE, true, 'leased'],
    ['where the store decides all', LARGE, false, 'strict'],
  ] as const)('%s is not fetched', async (_, limit, strict, sharing) => {
    scene = new ExchangerScene({ sharing });
    for (let i = 0; i < 50; i++) {
      scene.ask('alice', [1, 1, 1], { limit, strict });
      await scene.time.pass(10);
    }
    for (const { want, keep } of scene.store.of('alice')) expect([want, keep]).toEqual([0, 0]);
    expect(scene.counted(LEASES)).toBe(0);
  });

  test('is added to up to what is to be expected, and given back when nobody asks', async () => {
    await scene.lease('alice');
    scene.ask('alice', [1]);
    await scene.time.settle();
    expect(scene.store.of('alice').at(-1)).toMatchObject({ keep: 100, want: 1 });
    await scene.time.pass(250);
    expect(scene.store.of('alice').at(-1)).toMatchObject({ keep: 0, back: 101, want: 0 });
  });

  test('that cannot be had is asked for again at half the note that says so, once', async () => {
    scene.ask('alice', [100_000]);
    await scene.time.settle();
    const [first] = scene.store.of('alice') as [Exchange];
    scene.store.model.exchange({ ...first, want: 1, costs: [] }, 'other', scene.time.nowUs);
    await scene.lease('alice');
    const { planned } = scene.time;
    scene.ask('alice', [1]);
    await scene.time.settle();
    expect(scene.time.planned).toBe(planned);
    const question = { key: 'alice', limit: LARGE, cost: 1 };
    expect(scene.leases.take(question, scene.time.nowUs)?.source).toBe('denied-until');
    const before = scene.store.calls.length;
    await scene.time.pass(4.9);
    expect(scene.store.calls.length).toBe(before);
    await scene.time.pass(0.1);
    expect(scene.store.calls.length).toBe(before + 1);
  });

  test('of a key that is asked for once or twice is not fetched', async () => {
    scene.ask('alice', [1, 1]);
    await scene.time.settle();
    expect(scene.store.of('alice')).toMatchObject([{ want: 0 }]);
  });

  test('lasts from the sending of what brought it, whenever the answer comes', async () => {
    scene.store.manner = 'hold';
    scene.ask(
      'alice',
      Array.from({ length: 100 }, () => 1),
    );
    await scene.time.pass(19);
    scene.store.calls[0]?.answer();
    await scene.time.settle();
    scene.store.manner = 'swallow';
    const question = { key: 'alice', limit: LARGE, cost: 1 };
    const sentUs = scene.store.calls[0]?.atUs ?? 0;
    expect(scene.leases.take(question, sentUs + 499_499)?.source).toBe('lease');
    expect(scene.leases.take(question, sentUs + 499_500)).toBe(null);
  });
});

test('what is taken in vain is given back while its exchange is the last, and else forfeited', async () => {
  for (const cost of [3, 1]) {
    scene.ask('alice', [cost], { limit: SMALL });
    await scene.time.settle();
  }
  scene.exchanger.refund('alice', 3, 1);
  scene.store.manner = 'hold';
  scene.ask('alice', [0], { limit: SMALL });
  await scene.time.settle();
  scene.exchanger.refund('alice', 1, 2);
  scene.store.calls.at(-1)?.answer();
  await scene.time.pass(250);
  expect(scene.store.of('alice').map(({ vain }) => vain)).toEqual([0, 0, 0]);
  expect(scene.counted(FORFEITED)).toBe(4);
});
