/** Leases in the store: what they hold, how they end, and what becomes of it. */
import { expect, test } from 'vitest';
import { describeBoth, limitBy, SECOND, usedOf } from './exchange-scene.ts';

const MINUTE = { ttlUs: 60 * SECOND };

describeBoth((newScene) => {
  test('leased tokens occupy the bucket', async () => {
    const scene = newScene();
    expect(await scene.ask('a', { at: 0, want: 6, ...MINUTE })).toMatchObject({
      held: 6,
      grant: 6,
      others: 0,
      used: 0,
    });
    const after = await scene.ask('b', { at: 0, costs: [5, 4, 1] });
    expect(after).toMatchObject({ allowed: [false, true, false], others: 6, active: 2 });
    // Used tokens come back, and those that are leased do not.
    const later = await scene.ask('b', { at: 30, costs: [5, 4] });
    expect(later.allowed).toEqual([false, true]);
  });

  //  keep, back, then held and used
  test.each([
    [6, 0, 6, 0],
    [0, 6, 0, 0],
    [0, 0, 0, 6],
    [2, 1, 2, 3],
    [4, 9, 4, 0],
    [9, 9, 6, 0],
    [9, 0, 6, 0],
  ])(
    'of six tokens %d stay and %d go back: %d are held, %d used',
    async (keep, back, held, used) => {
      const scene = newScene();
      await scene.ask('a', { at: 0, want: 6 });
      const reply = await scene.ask('a', { at: 0.25, keep, back });
      expect([reply.held, usedOf(reply), reply.isKnown]).toEqual([held, used, true]);
    },
  );

  test('a lease that ends counts as used, and is refilled, from then on', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, want: 6 });
    const reply = await scene.ask('b', { at: 2.5, costs: [0] });
    expect([usedOf(reply), reply.others, reply.active]).toEqual([4, 0, 1]);
    expect(scene.hash).not.toHaveProperty('i:a');
  });

  test('of several that end, the last says from when on', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, want: 3, ttlUs: SECOND });
    await scene.ask('b', { at: 0, want: 3, ttlUs: 2 * SECOND });
    expect(usedOf(await scene.ask('c', { at: 3, costs: [0] }))).toBe(5);
  });

  test('what was in use before a lease ended is refilled up to then, and no further', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, costs: [2], want: 6, ttlUs: 5 * SECOND });
    expect(usedOf(await scene.ask('b', { at: 6, costs: [0] }))).toBe(5);
  });

  test('a token that comes back after the lease has ended is not credited', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, want: 6 });
    const reply = await scene.ask('a', { at: 0.5, back: 6 });
    expect([usedOf(reply), reply.held, reply.isKnown]).toEqual([6, 0, false]);
  });

  test('nor is one that is said to stay', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, want: 6 });
    const reply = await scene.ask('a', { at: 0.5, keep: 6 });
    expect([usedOf(reply), reply.held, reply.isKnown]).toEqual([6, 0, false]);
  });

  test('each exchange makes the lease last anew', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, want: 6 });
    for (const at of [0.4, 0.8, 1.2, 1.6]) {
      expect((await scene.ask('a', { at, keep: 6 })).held).toBe(6);
    }
    const other = await scene.ask('b', { at: 2.1, costs: [0] });
    expect([usedOf(other), other.others]).toEqual([6, 0]);
  });

  //  wanted, at least, granted, where 9 are left and two are there
  test.each([
    [3, 0, 3],
    [9, 0, 4],
    [9, 6, 6],
    [9, 20, 9],
    [20, 20, 9],
    [5, 20, 5],
    [0, 20, 0],
  ])('of %d that are wanted, %d at least, %d are granted', async (want, least, grant) => {
    const scene = newScene();
    await scene.ask('a', { at: 0, costs: [1] });
    const reply = await scene.ask('b', { at: 0, want, least });
    expect(reply).toMatchObject({ grant, held: grant, active: 2 });
  });

  test('a grant comes on top of what is kept, and counts its instance once', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, want: 4 });
    const reply = await scene.ask('a', { at: 0, keep: 4, want: 9 });
    expect(reply).toMatchObject({ grant: 6, held: 10, active: 1 });
  });

  test('whoever was denied counts among those that share', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, costs: [10] });
    expect((await scene.ask('b', { at: 0, costs: [1] })).allowed).toEqual([false]);
    expect((await scene.ask('c', { at: 0, want: 1 })).grant).toBe(0);
    expect((await scene.ask('d', { at: 0, costs: [0] })).active).toBe(4);
  });

  test('costs are taken before a lease is', async () => {
    const scene = newScene();
    const reply = await scene.ask('a', { at: 0, costs: [7, 4], want: 10 });
    expect([reply.allowed, reply.grant]).toEqual([[true, false], 3]);
  });

  test('costs that are to be held are leased, each whole or not at all', async () => {
    const scene = newScene();
    await scene.ask('b', { at: 0, want: 2 });
    const saying = { costs: [3, 6, 2, 2, 1], holds: 3, want: 1 };
    const reply = await scene.ask('a', { at: 0, ...saying, ...MINUTE });
    expect(reply).toMatchObject({
      allowed: [true, false, true, true, true],
      held: 5,
      grant: 5,
      others: 2,
    });
    expect(usedOf(reply)).toBe(3);
    const next = await scene.ask('a', { at: 0, keep: 3, back: 2 });
    expect([usedOf(next), next.held]).toEqual([3, 3]);
  });

  test('what was held for an exchange that was not answered is free again', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, seq: 1, costs: [4, 1], holds: 1, want: 2 });
    const next = await scene.ask('a', { at: 0, seq: 2, unanswered: 1 });
    expect([usedOf(next), next.held]).toEqual([0, 0]);
  });

  test('tokens stay tokens when the limit changes', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, want: 6, ...MINUTE });
    const limit = limitBy(8, 1, 2);
    const reply = await scene.ask('b', { at: 0, limit, costs: [3, 2] });
    expect(reply).toMatchObject({ allowed: [false, true], others: 6, period: limit.period });
    const ended = await scene.ask('b', { at: 62, limit, costs: [0] });
    expect(usedOf(ended)).toBe(5);
  });

  test('a clock that goes back makes nothing come sooner, and takes leases with it', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 100, costs: [3], want: 6, ttlUs: 2 * SECOND });
    const back = await scene.ask('b', { at: 50, costs: [0] });
    expect([usedOf(back), back.others]).toEqual([3, 6]);
    const live = await scene.ask('b', { at: 51, costs: [0] });
    expect([usedOf(live), live.others]).toEqual([2, 6]);
    const ended = await scene.ask('b', { at: 53, costs: [0] });
    expect([usedOf(ended), ended.others]).toEqual([6, 0]);
  });
});
