/** What the exchanger does while the store is away, when it is back, and when the service ends. */
import { beforeEach, describe, expect, test } from 'vitest';
import { shareOf } from '../../../src/lease/settings.ts';
import { EXCHANGES_LOST, FORFEITED, LEASES } from '../../../src/metrics/cells.ts';
import { limitOf } from '../../table/tables.ts';
import { ExchangerScene, LARGE } from './exchanger-scene.ts';

const SMALL = limitOf(5, 86_400);

let scene: ExchangerScene;

beforeEach(() => {
  scene = new ExchangerScene();
});

/** Spends from this instance's share, and tells the exchanger as a decider does. */
function spendShare(key: string, cost: number): boolean {
  const { leases, status, time, exchanger } = scene;
  const share = { limit: shareOf(LARGE, 1), outage: status.outage, source: 'fallback' } as const;
  const { allowed } = leases.takeShare({ key, limit: LARGE, cost }, share, time.nowUs);
  if (leases.isNewlyOwed) exchanger.owe(key, LARGE);
  return allowed;
}

describe('while the store is away', () => {
  test('nothing is sent to it, and all are told so at once', async () => {
    scene.exchanger.goAway();
    const asked = scene.ask('alice', [1, 2]);
    const reset: (boolean | null)[] = [];
    scene.exchanger.reset('bob', (existed) => reset.push(existed));
    scene.exchanger.renew('carol', LARGE);
    scene.exchanger.refund('dave', 1, 1);
    await scene.time.settle();
    expect([asked, reset]).toEqual([['fallback', 'fallback'], [null]]);
    await scene.time.pass(5_000);
    expect(scene.store.calls).toEqual([]);
  });

  test('what was under way as it went is given up at once, and its end changes nothing', async () => {
    scene.store.manner = 'hold';
    const asked = scene.ask('alice', [1], { limit: SMALL });
    await scene.time.pass(5);
    scene.exchanger.goAway();
    expect(asked).toEqual(['fallback']);
    expect(scene.status.outage).toEqual({ number: 2, sinceUs: scene.time.nowUs });
    scene.store.calls[0]?.answer();
    await scene.time.pass(100);
    expect([asked, scene.answered, scene.counted(EXCHANGES_LOST)]).toEqual([['fallback'], [], 1]);
  });

  test('leases end by themselves', async () => {
    await scene.lease('alice');
    scene.exchanger.goAway();
    await scene.time.pass(600);
    expect(scene.counted(LEASES)).toBe(0);
    scene.exchanger.comeBack();
    scene.ask('alice', [1]);
    await scene.time.settle();
    expect(scene.counted(FORFEITED)).toBe(100);
  });
});

describe('when it is back', () => {
  test('it is told what was spent meanwhile, of each key once', async () => {
    scene.exchanger.goAway();
    await scene.time.pass(1_000);
    for (let i = 0; i < 7; i++) expect(spendShare('alice', 3)).toBe(true);
    expect(spendShare('bob', 5)).toBe(true);
    await scene.time.pass(1_000);
    scene.exchanger.comeBack();
    expect(scene.status.isAway).toBe(false);
    await scene.time.settle();
    expect(scene.store.of('alice').map(({ owed }) => owed)).toEqual([21]);
    expect(scene.store.of('bob').map(({ owed }) => owed)).toEqual([5]);
    await scene.time.pass(5_000);
    const all = scene.store.calls.map(({ exchange }) => exchange.owed);
    expect(all.reduce((sum, owed) => sum + owed, 0)).toBe(26);
  });

  test('and told again if that had no answer, so that it is charged once', async () => {
    scene.exchanger.goAway();
    await scene.time.pass(1_000);
    spendShare('alice', 2_000);
    scene.store.manner = 'deafen';
    scene.exchanger.comeBack();
    await scene.time.pass(20);
    scene.exchanger.goAway();
    spendShare('alice', 30);
    scene.store.manner = 'answer';
    scene.exchanger.comeBack();
    await scene.time.settle();
    const [first, second] = scene.store.of('alice');
    expect([first?.owed, second?.owed]).toEqual([2_000, 2_000]);
    expect(second?.unanswered).toBe(first?.seq);
    const look = scene.ask('alice', [0], { strict: true });
    await scene.time.settle();
    expect(look).toMatchObject([{ remaining: 98_000 }]);
  });

  test('it undoes what it had done unheard, also for keys that nobody asks for', async () => {
    scene.ask('alice', [2], { limit: SMALL });
    await scene.time.settle();
    scene.store.manner = 'deafen';
    scene.ask('alice', [3], { limit: SMALL });
    await scene.time.pass(5);
    scene.exchanger.goAway();
    await scene.time.pass(60_000);
    scene.store.manner = 'answer';
    scene.exchanger.comeBack();
    await scene.time.settle();
    expect(scene.store.of('alice').at(-1)).toMatchObject({ seq: 3, unanswered: 2, costs: [] });
    const look = scene.ask('alice', [0], { limit: SMALL });
    await scene.time.settle();
    expect(look).toMatchObject([{ remaining: 3 }]);
  });
});

describe('drain()', () => {
  const drained = async (): Promise<boolean> => {
    let isDrained = false;
    void scene.exchanger.drain().then(() => {
      isDrained = true;
    });
    await scene.time.settle();
    return isDrained;
  };

  test('without leases has nothing to do', async () => {
    expect(await drained()).toBe(true);
    expect(scene.store.calls).toEqual([]);
  });

  test('gives every lease back, and takes no other', async () => {
    const keys = Array.from({ length: 300 }, (_, i) => `key ${i}`);
    for (const key of keys) await scene.lease(key);
    expect(scene.counted(LEASES)).toBe(300);
    expect(await drained()).toBe(true);
    expect(scene.counted(LEASES)).toBe(0);
    for (const key of keys) {
      expect(scene.store.of(key).at(-1)).toMatchObject({ keep: 0, want: 0 });
      expect(scene.store.of(key).at(-1)?.back).toBeGreaterThan(0);
    }
    await scene.lease('late');
    expect(scene.store.of('late')).toMatchObject([{ want: 0 }]);
  });

  test('waits for what is under way, and gives back what that brings', async () => {
    scene.store.manner = 'hold';
    await scene.lease('alice');
    let isDrained = false;
    void scene.exchanger.drain().then(() => {
      isDrained = true;
    });
    await scene.time.settle();
    expect(isDrained).toBe(false);
    scene.store.manner = 'answer';
    scene.store.calls[0]?.answer();
    await scene.time.settle();
    expect(isDrained).toBe(true);
    expect(scene.counted(LEASES)).toBe(0);
    expect(scene.store.of('alice')).toMatchObject([{ seq: 1 }, { keep: 0, want: 0 }]);
    expect(scene.store.of('alice')[1]?.back).toBeGreaterThan(0);
  });

  test.each(['swallow', 'refuse'] as const)(
    'ends where the store has no answer: %s',
    async (manner) => {
      await scene.lease('alice');
      scene.store.manner = manner;
      let isDrained = false;
      void scene.exchanger.drain().then(() => {
        isDrained = true;
      });
      await scene.time.pass(101);
      expect(isDrained).toBe(true);
    },
  );

  test('ends at once where the store is away', async () => {
    await scene.lease('alice');
    scene.exchanger.goAway();
    expect(await drained()).toBe(true);
  });
});
