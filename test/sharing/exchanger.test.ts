/** What goes into an exchange, when there is one, and what becomes of its answer. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Decision } from '../../src/bucket/decision.ts';
import { EXCHANGES_LOST, FORFEITED, LEASES } from '../../src/metrics/cells.ts';
import type { Exchange } from '../../src/store/exchange.ts';
import { ExchangerScene, LARGE } from '../support/exchanger-scene.ts';
import { limitOf } from '../support/tables.ts';

const SMALL = limitOf(5, 86_400);

let scene: ExchangerScene;

beforeEach(() => {
  scene = new ExchangerScene();
});

const allowedOf = (told: readonly (Decision | null)[]) => told.map((one) => one?.allowed ?? null);

describe('one exchange', () => {
  test('has all that was asked for a key in one turn, in order, and each its decision', async () => {
    const told = scene.ask('alice', [2, 4, 1, 3, 0, 2], { limit: SMALL });
    const other = scene.ask('bob', [1], { limit: SMALL });
    await scene.time.settle();
    expect(scene.store.of('alice').map(({ costs }) => costs)).toEqual([[2, 4, 1, 3, 0, 2]]);
    expect(scene.store.of('bob')).toHaveLength(1);
    expect(allowedOf(told)).toEqual([true, false, true, false, true, true]);
    expect(told.map((one) => one?.remaining)).toEqual([3, 3, 2, 2, 2, 0]);
    expect(told.every((one) => one?.source === 'store')).toBe(true);
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
    expect([...second, ...third].map((one) => one?.remaining)).toEqual([3, 2, 1]);
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

  test('for which there is no room is forfeited', async () => {
    scene = new ExchangerScene({}, 1);
    await scene.lease('alice');
    await scene.lease('bob');
    expect(scene.counted(LEASES)).toBe(1);
    expect(scene.counted(FORFEITED)).toBeGreaterThan(0);
  });
});

describe('an exchange that has no answer', () => {
  test.each(['swallow', 'deafen'] as const)(
    '(%s) is given up in its time, and never sent again',
    async (manner) => {
      scene.ask('alice', [2], { limit: SMALL });
      await scene.time.settle();
      scene.answered.length = 0;
      scene.store.manner = manner;
      const told = scene.ask('alice', [1, 1], { limit: SMALL });
      await scene.time.pass(19.9);
      expect([told, scene.answered]).toEqual([[], []]);
      await scene.time.pass(0.1);
      expect([told, scene.answered]).toEqual([[null, null], [false]]);
      expect(scene.counted(EXCHANGES_LOST)).toBe(1);
      scene.store.manner = 'answer';
      await scene.time.pass(250);
      // The next says that there was no answer, and asks for nothing of what it had asked.
      expect(scene.store.of('alice').slice(1)).toMatchObject([
        { seq: 2, unanswered: 2, costs: [1, 1] },
        { seq: 3, unanswered: 2, costs: [] },
      ]);
      const look = scene.ask('alice', [0], { limit: SMALL });
      await scene.time.settle();
      expect(look).toMatchObject([{ remaining: 3 }]);
    },
  );

  test('refused at once is told at once', async () => {
    scene.store.manner = 'refuse';
    const told = scene.ask('alice', [1], { limit: SMALL });
    await scene.time.settle();
    expect([told, scene.answered]).toEqual([[null], [false]]);
  });

  test('says since when there were none, however many there were', async () => {
    scene.ask('alice', [1], { limit: SMALL });
    await scene.time.settle();
    scene.store.manner = 'deafen';
    for (let i = 0; i < 3; i++) {
      scene.ask('alice', [1], { limit: SMALL });
      await scene.time.pass(21);
    }
    scene.store.manner = 'answer';
    const told = scene.ask('alice', [1], { limit: SMALL });
    await scene.time.settle();
    expect(scene.store.of('alice').map(({ unanswered }) => unanswered)).toEqual([1, 2, 2, 2, 2]);
    expect(told).toMatchObject([{ allowed: true, remaining: 3 }]);
    scene.ask('alice', [1], { limit: SMALL });
    await scene.time.settle();
    expect(scene.store.of('alice').at(-1)).toMatchObject({ seq: 6, unanswered: 6 });
  });

  test('and is answered late is not believed', async () => {
    scene.store.manner = 'hold';
    const told = scene.ask('alice', [1], { limit: SMALL });
    await scene.time.pass(20);
    scene.store.manner = 'answer';
    scene.store.calls[0]?.answer();
    const again = scene.ask('alice', [1], { limit: SMALL });
    await scene.time.settle();
    expect(told).toEqual([null]);
    expect(again).toMatchObject([{ remaining: 4 }]);
    expect(scene.answered).toEqual([false, true]);
  });

  test('and is answered, but not read yet, is in time', async () => {
    scene.store.manner = 'hold';
    const told = scene.ask('alice', [1], { limit: SMALL });
    await scene.time.settle();
    scene.time.after(21, () => scene.store.calls[0]?.answer());
    scene.time.nowUs += 30_000;
    await scene.time.settle();
    expect([told, scene.answered]).toMatchObject([[{ remaining: 4 }], [true]]);
  });

  test('has those sent no more who have given up waiting behind it', async () => {
    scene.store.manner = 'hold';
    scene.ask('alice', [1], { limit: SMALL });
    await scene.time.settle();
    const late = scene.ask('alice', [1], { limit: SMALL });
    scene.time.nowUs += 30_000;
    await scene.time.settle();
    expect(late).toEqual([null]);
    expect(scene.store.of('alice').map(({ costs }) => costs)).toEqual([[1], []]);
  });

  test('because a namesake was there with a later one brings nothing', async () => {
    scene.store.manner = 'hold';
    const told = scene.ask('alice', [1], { limit: SMALL });
    await scene.time.settle();
    const [call] = scene.store.calls;
    if (call === undefined) throw new Error('nothing was sent');
    scene.store.model.exchange({ ...call.exchange, seq: 99 }, 'me', scene.time.nowUs);
    call.answer();
    await scene.time.settle();
    expect([told, scene.answered]).toEqual([[null], [true]]);
  });

  test('loses tokens that it was to give back, and is told again what is owed', async () => {
    await scene.lease('alice');
    scene.store.manner = 'swallow';
    scene.exchanger.refund('alice', 7, scene.store.of('alice').at(-1)?.seq ?? 0);
    await scene.time.pass(20);
    scene.store.manner = 'answer';
    await scene.time.pass(250);
    await scene.time.pass(2_000);
    const [, lost, again, ...more] = scene.store.of('alice');
    expect([lost?.vain, again?.vain, again?.unanswered]).toEqual([7, 7, lost?.seq]);
    for (const { vain } of more) expect(vain).toBe(0);
    expect(scene.counted(FORFEITED)).toBe(lost?.back);
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
