/** Decisions in the store: costs, debts, resets, changed limits, and when a key expires. */
import { describe, expect, test } from 'vitest';
import { describeBoth, limitBy, SECOND, START_US, usedOf } from './exchange-scene.ts';

describeBoth((newScene) => {
  //  costs, allowed, used afterwards, of ten
  test.each([
    [[], [], 0],
    [[10], [true], 10],
    [[8, 3], [true, false], 8],
    [[8, 3, 2], [true, false, true], 10],
    [[6, 5, -2, 5, 0, 2], [true, false, true, true, true, false], 9],
    [[10, -20, 10], [true, true, true], 10],
    [[0, 0], [true, true], 0],
  ])('costs %j: %j', async (costs, allowed, used) => {
    const reply = await newScene().ask('a', { at: 0, costs });
    expect([reply.allowed, usedOf(reply)]).toEqual([allowed, used]);
  });

  test('a bucket refills to the part of a token', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, costs: [10] });
    const early = await scene.ask('a', { at: 2.999_999, costs: [3] });
    expect([early.allowed, early.used]).toEqual([[false], 7 * SECOND + 1]);
    expect((await scene.ask('a', { at: 3, costs: [3] })).allowed).toEqual([true]);
  });

  //  in use, owed, in use afterwards, of ten
  test.each([
    [0, 4, 4],
    [8, 25, 33],
    [8, 0, 8],
    [0, 1e12, Number.MAX_SAFE_INTEGER / SECOND],
  ])('%d in use and %d owed make %d', async (before, owed, used) => {
    const scene = newScene();
    await scene.ask('a', { at: 0, costs: [before] });
    expect(usedOf(await scene.ask('a', { at: 0, owed, costs: [1] }))).toBe(
      used < 10 ? used + 1 : used,
    );
  });

  test('a reset fills the bucket first, and leaves leases to who holds them', async () => {
    const scene = newScene();
    await scene.ask('b', { at: 0, want: 3 });
    await scene.ask('a', { at: 0, costs: [7] });
    const reply = await scene.ask('a', { at: 0, fill: true, owed: 2, costs: [6, 5] });
    expect(reply).toMatchObject({ allowed: [false, true], others: 3, existed: true });
    expect(usedOf(reply)).toBe(7);
  });

  test('a reset of a key that is not there leaves nothing', async () => {
    const scene = newScene();
    expect((await scene.ask('a', { at: 0, fill: true })).existed).toBe(false);
    expect([scene.hash, scene.expires]).toEqual([null, null]);
  });

  test('a look leaves nothing, and the bucket its limit', async () => {
    const scene = newScene();
    const reply = await scene.ask('a', { at: 0, costs: [0, 0] });
    expect(reply).toMatchObject({ used: 0, active: 1, isKnown: true, existed: false });
    expect(scene.hash).toBeNull();
    await scene.ask('b', { at: 0, costs: [6] });
    const limit = limitBy(3, 1, 2);
    const look = await scene.ask('a', { at: 0, limit, costs: [0] });
    expect([look.period, usedOf(look), look.active]).toEqual([scene.limit.period, 6, 2]);
    expect(scene.hash).not.toHaveProperty('i:a');
    expect(scene.hash?.['limit']).toBe(`1:${SECOND}:1`);
  });

  test('whoever asks for nothing changes no limit', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, want: 8 });
    // Under this one, what was leased would be back as soon as the lease has ended.
    const limit = limitBy(10, 10_000_000, 1);
    for (const saying of [{ fill: true }, { back: 1 }, { owed: 1 }]) {
      const reply = await scene.ask('b', { at: 0, limit, ...saying });
      expect(reply.period).toBe(scene.limit.period);
    }
    expect(usedOf(await scene.ask('c', { at: 1.5, costs: [0] }))).toBe(7.5);
  });

  //  a token comes back in so many seconds, then in so many others; s until then
  test.each([
    [8_934_003, 8_970_908, 2_528],
    [8_997_005, 8_943_292, 2_761],
  ])('a change of limits from %d s to %d s is exact where doubles are not', async (...row) => {
    const [first, then, at] = row;
    const [old, limit] = [limitBy(1_000, 1, first), limitBy(1_000, 1, then)];
    const scene = newScene();
    await scene.ask('a', { at: 0, limit: old, costs: [990] });
    const used = 990 * old.period - at * SECOND;
    const [units, period] = [BigInt(used) * BigInt(limit.period), BigInt(old.period)];
    const exact = (units + period - 1n) / period;
    expect(Math.ceil((used * limit.period) / old.period)).not.toBe(Number(exact));
    const reply = await scene.ask('a', { at, limit, costs: [1] });
    expect(reply).toMatchObject({ allowed: [true], used: Number(exact) + limit.period });
  });

  describe('a limit in whose units the used tokens pass 2^53', () => {
    const many = limitBy(1_000_000_000, 1_000_000_000, 1);
    const tiny = limitBy(1, 1, 366 * 86_400);

    test('takes and leases nothing, and gives back all the same', async () => {
      const scene = newScene();
      await scene.ask('a', { at: 0, limit: many, costs: [900_000_000] });
      const reply = await scene.ask('b', { at: 0, limit: tiny, costs: [1, 0, -1], want: 1 });
      expect(reply).toMatchObject({
        allowed: [false, true, true],
        grant: 0,
        used: 899_999_999,
        period: many.period,
      });
    });

    test('is charged for debts all the same, and can be filled', async () => {
      const scene = newScene();
      await scene.ask('a', { at: 0, limit: many, costs: [900_000_000] });
      const owing = await scene.ask('b', { at: 0, limit: tiny, costs: [0], owed: 5 });
      expect(owing.used).toBe(900_000_005);
      const filled = await scene.ask('b', { at: 0, limit: tiny, costs: [1], fill: true });
      expect([filled.allowed, usedOf(filled), filled.period]).toEqual([[true], 1, tiny.period]);
    });
  });

  test('the version rises, also over a time without the key', async () => {
    const scene = newScene();
    const versions: number[] = [];
    for (const at of [0, 0, 1, 1, 2]) {
      versions.push((await scene.ask('a', { at, costs: [1] })).version);
    }
    const first = START_US + 1;
    expect(versions).toEqual([first, first + 1, first + 2, first + 3, first + 4]);
    await scene.forget();
    expect((await scene.ask('a', { at: 3, costs: [0] })).version).toBeGreaterThan(first + 4);
  });

  //  what was said at 0, and when it is as if it had not been
  test.each([
    [{ costs: [3] }, 3],
    [{ costs: [0.5 * SECOND], limit: limitBy(SECOND, SECOND, 1) }, 0.5],
    [{ owed: 30 }, 30],
    [{ want: 6 }, 6.5],
    [{ costs: [2], want: 6, ttlUs: 10 * SECOND }, 16],
    [{ costs: [2], want: 6 }, 8],
    [{ costs: [1], limit: limitBy(1_000, 3_000, 1) }, 0.5],
    [{ keep: 1 }, 0.5],
  ])('after %j the key expires when it is full and no lease is live', async (saying, seconds) => {
    const scene = newScene();
    await scene.ask('a', { at: 0, ...saying });
    expect(scene.expires).toBe(String(START_US / 1_000 + seconds * 1_000));
  });

  test('a key that takes centuries to be full never expires', async () => {
    const scene = newScene();
    const limit = limitBy(285, 1, 366 * 86_400);
    await scene.ask('a', { at: 0, limit, costs: [285] });
    expect(scene.expires).toBe('never');
  });

  test.each([
    [{ costs: [0] }],
    [{ costs: [10, 1] }],
    [{ costs: [-3, 4], want: 5, least: 1 }],
    [{ owed: 7, costs: [4] }],
    [{ keep: 3, back: 2 }],
    [{ fill: true, costs: [1] }],
    [{ limit: limitBy(7, 2, 3), costs: [1], want: 9 }],
  ])('a key that has expired answers %j as it would have', async (saying) => {
    const [kept, expired] = [newScene(), newScene()];
    for (const scene of [kept, expired]) {
      await scene.ask('a', { at: 0, costs: [2], want: 3 });
      await scene.ask('b', { at: 0, want: 1 });
      expect(Number(scene.expires)).toBe(START_US / 1_000 + 6_000);
    }
    await expired.forget();
    const replies = await Promise.all(
      [kept, expired].map((scene) => scene.ask('a', { at: 6, ...saying })),
    );
    const [one, other] = replies.map((reply) => ({ ...reply, version: 0, existed: true }));
    expect(one).toEqual(other);
  });
});
