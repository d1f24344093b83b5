/** Limits that the service keeps, where instances share them: alone, several at once, dry runs. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Decision } from '../../../src/bucket/decision.ts';
import type { Limit } from '../../../src/bucket/limit.ts';
import type { KeptQuestion } from '../../../src/limiter/limiter.ts';
import { DECISIONS_BY_SOURCE, FALLBACK_DENIED, FORFEITED } from '../../../src/metrics/cells.ts';
import { limitOf } from '../../table/tables.ts';
import { LARGE, SETTINGS } from '../fetcher/exchanger-scene.ts';
import { SharedScene } from './shared-scene.ts';

/** Too small to be leased. */
const SMALL = limitOf(5, 5);
const SLOW = limitOf(5, 50);

let scene: SharedScene;

beforeEach(async () => {
  scene = new SharedScene(SETTINGS);
  scene.store.isOneSlot = true;
  await scene.pass(0);
  scene.store.calls.length = 0;
});

function asked(key: string, cost: number, more: Partial<KeptQuestion> & { rate?: Limit } = {}) {
  const { rate = SMALL, ...rest } = more;
  const kept = { rate, window: null };
  return { key, kept, cost, overdraft: false, isDry: false, ...rest };
}

const dry = (key: string, cost: number, rate = SMALL) => asked(key, cost, { rate, isDry: true });

function words(each: readonly Decision[]): string {
  return each.map(({ allowed, remaining }) => `${allowed ? '' : '-'}${remaining}`).join(' ');
}

/** What was told, of all and of each, and what is there then. */
async function told(...questions: readonly KeptQuestion[]): Promise<readonly [boolean, string]> {
  const { allowed, each } = await scene.takeAll(...questions);
  return [allowed, words(each)];
}

/** What remains of each. */
async function left(...keys: readonly string[]): Promise<string> {
  return words((await scene.takeAll(...keys.map((key) => asked(key, 0)))).each);
}

describe('one question alone', () => {
  test('is taken in the store at once, and nothing is leased for it', async () => {
    expect(await told(asked('a', 3))).toEqual([true, '2']);
    expect(await told(asked('a', 3))).toEqual([false, '-2']);
    const { costs, holds, limit } = scene.store.calls[0]?.exchange ?? {};
    expect([costs, holds, limit]).toEqual([[3], 0, { ...SMALL, isKept: true }]);
  });

  test('of a hot key is leased, as under a limit that whoever asks has brought', async () => {
    const sources = new Set<unknown>();
    for (let i = 0; i < 50; i++) {
      sources.add((await scene.take(asked('a', 1, { rate: LARGE }))).source);
    }
    expect(sources).toContain('lease');
    expect(scene.store.calls.length).toBeLessThan(20);
  });

  test('gives back, and is never fuller than full', async () => {
    await told(asked('a', 4));
    expect(await told(asked('a', -2))).toEqual([true, '3']);
    expect(await told(asked('a', -5))).toEqual([true, '5']);
  });

  test('of more than there can be is denied, whatever there is, and takes nothing', async () => {
    const { allowed, remaining, retryAfterMs } = await scene.take(asked('a', 6));
    expect([allowed, remaining, retryAfterMs]).toEqual([false, 5, 1]);
    await told(asked('a', 2));
    expect(await scene.take(asked('a', 6))).toMatchObject({ remaining: 3, retryAfterMs: 2_000 });
    expect(await left('a')).toBe('3');
  });

  test('is decided by the faster of the limit in force and the one before it', async () => {
    await told(asked('a', 5, { rate: SLOW }));
    expect(await told(asked('a', 1))).toEqual([false, '-0']);
    await scene.pass(1_000);
    expect(await told(asked('a', 1))).toEqual([true, '0']);
  });

  test('that the store cannot answer is decided by the share, which is owed', async () => {
    scene.status.goAway(scene.nowUs);
    await scene.pass(2_000);
    expect(await told(asked('a', 2))).toEqual([true, '0']);
    expect(await scene.take(asked('a', 6))).toMatchObject({ allowed: false, source: 'fallback' });
    expect(scene.counted(FALLBACK_DENIED)).toBe(1);
    expect(scene.leases.collect('a', SMALL, null, scene.nowUs).owed).toBe(2);
  });
});

describe('several limits', () => {
  test('are taken all or none, in one call of the script', async () => {
    expect(await told(asked('a', 3), asked('b', 4))).toEqual([true, '2 1']);
    expect(scene.store.calls[0]?.together.map(({ key }) => key)).toEqual(['a', 'b']);
    expect(await told(asked('a', 2), asked('b', 2))).toEqual([false, '2 -1']);
    await scene.pass(0);
    expect(await left('a', 'b')).toBe('2 1');
  });

  test('give back all at once, in one call', async () => {
    await told(asked('a', 3), asked('b', 4));
    await scene.pass(5);
    scene.store.calls.length = 0;
    expect(await told(asked('a', -1), asked('b', -2), asked('c', 0))).toEqual([true, '3 3 5']);
    expect(scene.store.calls[0]?.together).toHaveLength(3);
  });

  test('where one can never pass: none is taken, and each says what it alone would', async () => {
    await told(asked('b', 3));
    expect(await told(asked('a', 6), asked('b', 2), asked('c', 1))).toEqual([false, '-5 2 5']);
    expect(await told(asked('a', 6), asked('b', 3))).toEqual([false, '-5 -2']);
    expect(await left('a', 'b', 'c')).toBe('5 2 5');
    expect(scene.counted(DECISIONS_BY_SOURCE + 2)).toBeGreaterThan(0);
  });
});

describe('a dry run', () => {
  test('takes what is there, and stops nothing where it is not', async () => {
    expect(await told(dry('a', 3), asked('b', 1))).toEqual([true, '2 4']);
    expect(await told(dry('a', 3), asked('b', 1))).toEqual([true, '-2 3']);
    expect(await left('a', 'b')).toBe('2 3');
  });

  test('takes nothing where one that is enforced denies', async () => {
    await told(asked('b', 5));
    expect(await told(dry('a', 3), asked('b', 1))).toEqual([false, '5 -0']);
    await scene.pass(0);
    expect(await left('a')).toBe('5');
  });

  test('of several limits takes from each what is there', async () => {
    await told(asked('b', 4));
    expect(await told(dry('a', 3), dry('b', 3))).toEqual([true, '2 -1']);
    expect(await left('a', 'b')).toBe('2 1');
  });

  test('of more than there can be stops nothing', async () => {
    expect(await told(dry('a', 6), asked('b', 1))).toEqual([true, '-5 4']);
    expect(await left('a', 'b')).toBe('5 4');
  });

  test('is denied by a note, and what is leased beside it is spent', async () => {
    const { nowUs } = scene;
    const { count, period, tickUs } = LARGE;
    for (const [key, grant] of [
      ['a', 0],
      ['b', 10],
    ] as const) {
      const bucket = { used: 0, atUs: nowUs, count, period, tickUs };
      const deadlineUs = nowUs + 500_000;
      const note = { deniedCost: 1, deniedUntilUs: grant === 0 ? deadlineUs : 0 };
      const lease = { limit: LARGE, keep: 0, kept: 0, grant, deadlineUs, bucket, ...note };
      scene.leases.settle(key, lease, nowUs);
    }
    const decisions = await scene.takeAll(dry('a', 2, LARGE), asked('b', 3, { rate: LARGE }));
    expect(decisions.allowed).toBe(true);
    expect(decisions.each.map(({ source }) => source)).toEqual(['denied-until', 'lease']);
    expect(scene.leases.collect('b', LARGE, null, nowUs).back).toBe(7);
  });

  test('stops nothing while the store is away, and takes nothing where another denies', async () => {
    scene.status.goAway(scene.nowUs);
    await scene.pass(2_000);
    expect(await told(dry('a', 3), asked('b', 1))).toEqual([true, '-2 1']);
    expect(await told(dry('a', 2), asked('b', 2))).toEqual([false, '2 -1']);
    expect(await told(dry('a', 2), asked('b', 1))).toEqual([true, '0 0']);
  });
});

describe('an overdraft', () => {
  const draw = (key: string, cost: number, rate = SMALL) => {
    return asked(key, cost, { rate, overdraft: true });
  };

  test('says whether it was there, and is taken in any case', async () => {
    expect(await told(draw('a', 4))).toEqual([true, '1']);
    expect(await told(draw('a', 4))).toEqual([false, '-0']);
    expect((await scene.take(asked('a', 1))).retryAfterMs).toBe(4_000);
    expect(await told(draw('a', 10))).toEqual([false, '-0']);
    expect((await scene.take(asked('a', 1))).retryAfterMs).toBe(6_000);
  });

  test('of several limits is taken from each', async () => {
    await told(asked('a', 4));
    expect(await told(draw('a', 3), draw('b', 3))).toEqual([false, '-0 2']);
    expect((await scene.take(asked('a', 1))).retryAfterMs).toBe(3_000);
  });

  test('stops nothing, and takes nothing where another denies', async () => {
    expect(await told(draw('a', 7), asked('b', 2))).toEqual([false, '-0 3']);
    expect(await told(draw('c', 4), asked('b', 4))).toEqual([false, '5 -3']);
    expect(await told(draw('c', 7), asked('b', 4), dry('d', 1))).toEqual([false, '-5 -3 5']);
    expect(await left('b', 'c', 'd')).toBe('3 5 5');
  });

  test('is spent from a lease where that has enough, and no note keeps it from being taken', async () => {
    for (let i = 0; i < 50; i++) await scene.take(asked('a', 1, { rate: LARGE }));
    expect((await scene.take(draw('a', 1, LARGE))).source).toBe('lease');
    await scene.take(draw('a', 200_000, LARGE));
    await scene.take(asked('a', 9, { rate: LARGE }));
    expect((await scene.take(asked('a', 9, { rate: LARGE }))).source).toBe('denied-until');
    expect(await scene.take(draw('a', 9, LARGE))).toMatchObject({ source: 'store' });
  });

  //  policy, whether it is said to be there
  test.each([
    ['local', 1, true],
    ['local', 4, false],
    ['closed', 1, false],
    ['open', 9, true],
  ] as const)('is owed while the store is away: %s, %d', async (onStoreDown, cost, allowed) => {
    scene = new SharedScene({ ...SETTINGS, onStoreDown });
    await scene.pass(0);
    scene.status.goAway(scene.nowUs);
    await scene.pass(2_000);
    const decision = await scene.take(draw('a', cost));
    expect(decision).toMatchObject({ allowed, degraded: true, source: 'fallback' });
    expect(scene.leases.collect('a', SMALL, null, scene.nowUs).owed).toBe(cost);
  });

  test('is owed also where a share is less than a token', async () => {
    scene.store.instances = 10;
    await scene.pass(1_100);
    scene.status.goAway(scene.nowUs);
    await scene.pass(2_000);
    expect(await told(draw('a', 3))).toEqual([false, '-0']);
    expect(scene.leases.collect('a', SMALL, null, scene.nowUs).owed).toBe(3);
  });

  test('that has no answer in time is told by the share, and left to the exchanger', async () => {
    scene.store.manner = 'deafen';
    const decision = await scene.take(draw('a', 3));
    expect(decision).toMatchObject({ allowed: false, source: 'late' });
    expect(scene.leases.collect('a', SMALL, null, scene.nowUs).owed).toBe(0);
    scene.store.manner = 'answer';
    await scene.pass(600);
    expect((await scene.take(asked('a', 0))).remaining).toBe(2);
  });
});

test('what is given back while the store is away is lost, and counted', async () => {
  await told(asked('a', 4));
  scene.status.goAway(scene.nowUs);
  expect(await scene.take(asked('a', -3))).toMatchObject({ allowed: true, degraded: true });
  expect(scene.counted(FORFEITED)).toBe(3);
});
