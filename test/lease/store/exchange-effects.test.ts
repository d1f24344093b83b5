/** That an exchange takes effect once: duplicates, and those that were never answered. */
import { expect, test } from 'vitest';
import { describeBoth, limitBy, SECOND, usedOf } from './exchange-scene.ts';

const MINUTE = { ttlUs: 60 * SECOND };

describeBoth((newScene) => {
  test('a duplicate changes nothing, be its lease live or not', async () => {
    const scene = newScene();
    const saying = { seq: 7, costs: [3], want: 4, owed: 1 };
    await scene.ask('a', { at: 0, ...saying });
    const { hash, expires } = scene;
    for (const at of [0, 0.4, 0.5, 100]) {
      expect(await scene.outcome('a', { at, ...saying })).toBe('stale');
      expect(await scene.outcome('a', { at, seq: 3, fill: true, back: 2 })).toBe('stale');
      expect([scene.hash, scene.expires]).toEqual([hash, expires]);
    }
  });

  test('each instance has a count of its own', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, seq: 7, costs: [3] });
    expect((await scene.ask('b', { at: 0, seq: 1, costs: [3] })).allowed).toEqual([true]);
  });

  test('of an exchange that was not answered all is undone', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, want: 2 });
    const lost = await scene.ask('a', { at: 0.1, keep: 2, costs: [3], owed: 1, want: 2 });
    expect([usedOf(lost), lost.held]).toEqual([4, 4]);
    const next = await scene.ask('a', { at: 0.1, unanswered: scene.lastSeq, keep: 2, owed: 1 });
    expect([usedOf(next), next.held]).toEqual([1, 2]);
  });

  test('what was not answered and never arrived is not undone', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, seq: 1, costs: [3], want: 2 });
    const next = await scene.ask('a', { at: 0, seq: 3, unanswered: 2, keep: 2 });
    expect([usedOf(next), next.held]).toEqual([3, 2]);
  });

  test('of several without answers each that arrived is undone', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, seq: 1, unanswered: 1, costs: [3] });
    await scene.ask('a', { at: 0, seq: 3, unanswered: 1, costs: [4] });
    const reply = await scene.ask('a', { at: 0, seq: 5, unanswered: 1, costs: [5] });
    expect(usedOf(reply)).toBe(5);
  });

  test('a charge is undone after its lease has ended, a grant is not', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, seq: 1, costs: [4], want: 3, ttlUs: SECOND });
    const next = await scene.ask('a', { at: 1.5, seq: 2, unanswered: 1 });
    // Of the four one came back while the lease lasted; all seven, but one and a half, are used.
    expect([usedOf(next), next.held]).toEqual([2.5, 0]);
  });

  test('a lost charge of one token of a slow limit costs nobody a part of it', async () => {
    const scene = newScene();
    const limit = limitBy(5, 5, 86_400);
    await scene.ask('a', { at: 0, seq: 1, limit, costs: [1], ...MINUTE });
    const undone = await scene.ask('a', { at: 1, seq: 3, unanswered: 1, limit, costs: [5] });
    expect(undone.allowed).toEqual([true]);
  });

  test('nor does one that was charged in vain', async () => {
    const scene = newScene();
    const limit = limitBy(5, 5, 86_400);
    await scene.ask('a', { at: 0, limit, costs: [1], ...MINUTE });
    const given = await scene.ask('a', { at: 1, limit, vain: 1, costs: [5] });
    expect(given.allowed).toEqual([true]);
  });

  test('what was refilled since is not given back a second time', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, seq: 1, costs: [4], ...MINUTE });
    await scene.ask('b', { at: 3, costs: [9] });
    const next = await scene.ask('a', { at: 3, seq: 3, unanswered: 1 });
    expect(usedOf(next)).toBe(9);
  });

  test('nor what a reset or another instance gave back', async () => {
    for (const saying of [{ fill: true, costs: [10] }, { costs: [-4, 10] }]) {
      const scene = newScene();
      await scene.ask('a', { at: 0, seq: 1, costs: [4], ...MINUTE });
      expect(usedOf(await scene.ask('b', { at: 0, ...saying }))).toBe(10);
      expect(usedOf(await scene.ask('a', { at: 0, seq: 9, unanswered: 1 }))).toBe(10);
    }
  });

  test('those who charged more than is in use can undo an even share of that', async () => {
    const scene = newScene();
    for (const instance of ['a', 'b']) {
      await scene.ask(instance, { at: 0, costs: [4], ...MINUTE });
    }
    await scene.ask('c', { at: 5, costs: [6] });
    const first = await scene.ask('a', { at: 5, unanswered: 1 });
    expect(usedOf(first)).toBe(7.5);
    expect(usedOf(await scene.ask('b', { at: 5, unanswered: 1 }))).toBe(6);
  });

  test('nor can they when a lease has ended since, whose tokens are in use now', async () => {
    const scene = newScene();
    for (const instance of ['a', 'b']) {
      await scene.ask(instance, { at: 0, costs: [2], ...MINUTE });
    }
    await scene.ask('c', { at: 0, want: 6, least: 6, ttlUs: 3 * SECOND });
    expect(usedOf(await scene.ask('a', { at: 3, unanswered: 1 }))).toBe(6);
    expect(usedOf(await scene.ask('b', { at: 3, unanswered: 1 }))).toBe(6);
  });

  test('nor do they pay for what another gave back that was charged in vain, and was not heard', async () => {
    const scene = newScene();
    await scene.ask('b', { at: 0, seq: 1, costs: [3], ...MINUTE });
    await scene.ask('a', { at: 0, seq: 2, costs: [5], ...MINUTE });
    await scene.ask('a', { at: 0, seq: 3, vain: 5, ...MINUTE });
    expect(usedOf(await scene.ask('a', { at: 0, seq: 4, unanswered: 3, vain: 5 }))).toBe(3);
    expect(usedOf(await scene.ask('b', { at: 0, seq: 5, unanswered: 1 }))).toBe(0);
  });

  test('nor can they where it gives back less than it had', async () => {
    const scene = newScene();
    await scene.ask('b', { at: 0, seq: 1, costs: [3], ...MINUTE });
    await scene.ask('a', { at: 0, seq: 2, costs: [5], ...MINUTE });
    await scene.ask('a', { at: 0, seq: 3, vain: 5, ...MINUTE });
    expect(usedOf(await scene.ask('a', { at: 1, seq: 4, unanswered: 3, vain: 2 }))).toBe(5);
    expect(usedOf(await scene.ask('b', { at: 1, seq: 5, unanswered: 1 }))).toBe(3);
  });

  test('of what was charged in vain no more comes back than is still in use', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, costs: [6], ...MINUTE });
    expect(usedOf(await scene.ask('a', { at: 1, vain: 2 }))).toBe(3);
    // The next exchange knows only of the last.
    const later = await scene.ask('a', { at: 1, vain: 2, costs: [2], ...MINUTE });
    expect(usedOf(later)).toBe(5);
    await scene.ask('b', { at: 5, costs: [9] });
    expect(usedOf(await scene.ask('a', { at: 5, vain: 2 }))).toBe(9);
  });

  //  in use, given back by the exchange without an answer, in use once that is undone
  test.each([
    [0, 1_000_000],
    [4, 1_000_000],
    [4, 3],
    [2.5, 3],
  ])(
    'of %d in use %d are given back, and nothing of it counts without an answer',
    async (used, cost) => {
      const scene = newScene();
      const tenths = Math.ceil(used) - used;
      await scene.ask('b', { at: 0, seq: 1, costs: [Math.ceil(used)] });
      await scene.ask('a', { at: tenths, seq: 2, costs: [-cost] });
      expect(usedOf(await scene.ask('a', { at: tenths, seq: 3, unanswered: 2 }))).toBe(used);
      expect((await scene.ask('b', { at: 10, seq: 4, costs: [10] })).allowed).toEqual([true]);
    },
  );

  test('a charge that 2^53 had no room for is not undone beyond what it did', async () => {
    const scene = newScene();
    const limit = limitBy(10, 1, 366 * 86_400);
    await scene.ask('b', { at: 0, seq: 1, limit, owed: 250, ...MINUTE });
    const { used } = await scene.ask('b', { at: 0, seq: 2, limit });
    await scene.ask('a', { at: 0, seq: 3, limit, owed: 1e6, ...MINUTE });
    expect((await scene.ask('a', { at: 0, seq: 4, unanswered: 3, limit })).used).toBe(used);
  });

  test('what others may undo is counted anew when the bucket goes by another limit', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, costs: [4], ...MINUTE });
    await scene.ask('b', { at: 0, limit: limitBy(20, 1, 60), costs: [3], ...MINUTE });
    expect(usedOf(await scene.ask('a', { at: 0, seq: 9, unanswered: 1 }))).toBe(3);
  });

  test('what was given back and not answered is given back once', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, seq: 1, costs: [8], ...MINUTE });
    expect(usedOf(await scene.ask('a', { at: 0, seq: 2, vain: 3, ...MINUTE }))).toBe(5);
    const again = await scene.ask('a', { at: 0, seq: 3, unanswered: 2, vain: 3 });
    expect(usedOf(again)).toBe(5);
  });

  test('and not at all where nobody can tell any more whether it was', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, seq: 1, costs: [8] });
    await scene.ask('a', { at: 0, seq: 2, vain: 3 });
    await scene.ask('b', { at: 1, costs: [0] });
    expect(scene.hash).not.toHaveProperty('i:a');
    const doubtful = await scene.ask('a', { at: 1, seq: 3, unanswered: 2, vain: 3 });
    expect(usedOf(doubtful)).toBe(4);
  });
});
