/** What becomes of an exchange that is answered late or never, and of those who asked. */
import { beforeEach, describe, expect, test } from 'vitest';
import { EXCHANGES_LOST, FORFEITED } from '../../../src/metrics/cells.ts';
import { limitOf } from '../../table/tables.ts';
import { ExchangerScene } from './exchanger-scene.ts';

const SMALL = limitOf(5, 86_400);

let scene: ExchangerScene;

beforeEach(() => {
  scene = new ExchangerScene();
});

describe('an exchange that has no answer', () => {
  test.each(['swallow', 'deafen'] as const)(
    '(%s) is told of as late, given up in its time, and never sent again',
    async (manner) => {
      scene.ask('alice', [2], { limit: SMALL });
      await scene.time.settle();
      scene.answered.length = 0;
      scene.store.manner = manner;
      const heardUs = scene.time.nowUs;
      await scene.time.pass(5);
      const told = scene.ask('alice', [1, 1], { limit: SMALL });
      await scene.time.pass(19.9);
      expect(scene.answered).toEqual([]);
      await scene.time.pass(0.1);
      expect(scene.answered).toEqual(['silent']);
      await scene.time.pass(69.9);
      expect(told).toEqual([]);
      await scene.time.pass(0.1);
      expect([told, scene.sinceUs]).toEqual([
        ['late', 'late'],
        [heardUs, heardUs],
      ]);
      await scene.time.pass(10);
      expect(scene.answered).toEqual(['silent', false]);
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

  test('has the store called silent its timeout after the last answer, not after the asking', async () => {
    scene.store.manner = 'hold';
    for (const key of ['alice', 'bob']) scene.ask(key, [1], { limit: SMALL });
    await scene.time.pass(15);
    scene.store.calls[0]?.answer();
    await scene.time.pass(19.9);
    expect(scene.answered).toEqual([true]);
    await scene.time.pass(0.1);
    expect(scene.answered).toEqual([true, 'silent']);
  });

  test('refused at once is told at once', async () => {
    scene.store.manner = 'refuse';
    const told = scene.ask('alice', [1], { limit: SMALL });
    await scene.time.settle();
    expect([told, scene.answered]).toEqual([['late'], [false]]);
  });

  test('says since when there were none, however many there were', async () => {
    scene.ask('alice', [1], { limit: SMALL });
    await scene.time.settle();
    scene.store.manner = 'deafen';
    for (let i = 0; i < 3; i++) {
      scene.ask('alice', [1], { limit: SMALL });
      await scene.time.pass(101);
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

  test('until its time is over decides when it comes, however long the store was silent', async () => {
    scene.store.manner = 'hold';
    const told = scene.ask('alice', [1], { limit: SMALL });
    await scene.time.pass(89);
    scene.store.calls[0]?.answer();
    await scene.time.settle();
    expect([told, scene.answered]).toMatchObject([[{ source: 'store' }], ['silent', true]]);
  });

  test('and is answered after its time is not believed', async () => {
    scene.store.manner = 'hold';
    const told = scene.ask('alice', [1], { limit: SMALL });
    await scene.time.pass(100);
    scene.store.manner = 'answer';
    scene.store.calls[0]?.answer();
    const again = scene.ask('alice', [1], { limit: SMALL });
    await scene.time.settle();
    expect(told).toEqual(['late']);
    expect(again).toMatchObject([{ remaining: 4 }]);
    expect(scene.answered).toEqual(['silent', false, true]);
  });

  test.each([
    ['local', 1],
    ['closed', 1],
    ['open', 0],
  ] as const)(
    'that comes for who was told late: under %s it gives back %d',
    async (onStoreDown, vain) => {
      scene = new ExchangerScene({ onStoreDown });
      scene.store.manner = 'hold';
      const told = scene.ask('alice', [1], { limit: SMALL });
      scene.ask('alice', [1], { limit: SMALL, holds: true });
      await scene.time.pass(95);
      expect(told).toEqual(['late']);
      scene.store.manner = 'answer';
      scene.store.calls[0]?.answer();
      await scene.time.pass(300);
      const vains = scene.store.of('alice').reduce((sum, one) => sum + one.vain, 0);
      expect([told, vains]).toEqual([['late'], vain]);
    },
  );

  test('and is answered, but not read yet, is in time', async () => {
    scene.store.manner = 'hold';
    const told = scene.ask('alice', [1], { limit: SMALL });
    await scene.time.settle();
    scene.time.after(101, () => scene.store.calls[0]?.answer());
    scene.time.nowUs += 130_000;
    await scene.time.settle();
    expect([told, scene.answered]).toMatchObject([[{ remaining: 4 }], [true]]);
  });

  test('has those sent no more who have given up waiting behind it', async () => {
    scene.store.manner = 'hold';
    scene.ask('alice', [1], { limit: SMALL });
    await scene.time.settle();
    const late = scene.ask('alice', [1], { limit: SMALL });
    scene.time.nowUs += 130_000;
    await scene.time.settle();
    expect(late).toEqual(['late']);
    await scene.time.pass(250);
    expect(scene.store.of('alice').map(({ costs }) => costs)).toEqual([[1], []]);
  });

  test('has those sent no more whose time is over before it is theirs to be told so', async () => {
    scene.store.manner = 'hold';
    const askedUs = scene.time.nowUs;
    scene.ask('alice', [1], { limit: SMALL });
    await scene.time.pass(10);
    // Asked as long ago as that, but heard of after one that was asked just now.
    scene.ask('bob', [1], { limit: SMALL });
    const late = scene.ask('alice', [2], { limit: SMALL, askedUs });
    await scene.time.pass(82);
    expect(late).toEqual([]);
    scene.store.calls[0]?.answer();
    await scene.time.settle();
    expect(late).toEqual(['overloaded']);
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
    expect([told, scene.answered]).toEqual([['late'], [true]]);
  });

  test('loses tokens that it was to give back, and is told again what is owed', async () => {
    await scene.lease('alice');
    scene.store.manner = 'swallow';
    scene.exchanger.refund('alice', 7, scene.store.of('alice').at(-1)?.seq ?? 0);
    await scene.time.pass(100);
    scene.store.manner = 'answer';
    await scene.time.pass(250);
    await scene.time.pass(2_000);
    const [, lost, again, ...more] = scene.store.of('alice');
    expect([lost?.vain, again?.vain, again?.unanswered]).toEqual([7, 7, lost?.seq]);
    for (const { vain } of more) expect(vain).toBe(0);
    expect(scene.counted(FORFEITED)).toBe(lost?.back);
  });
});
