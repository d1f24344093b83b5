/**
 * Limits that the service keeps, as the store goes by them: by the faster of the one in force and
 * the one that the bucket was last charged under.
 */
import { expect, test } from 'vitest';
import { keptBy } from '../../../src/lease/terms/shared-limit.ts';
import { describeBoth, limitBy, type Scene, usedOf } from './exchange-scene.ts';

/** A token in ten seconds, in one, and four in one. */
const SLOW = keptBy(limitBy(10, 1, 10));
const FAST = keptBy(limitBy(10, 1, 1));
const FASTEST = keptBy(limitBy(5, 4, 1));

describeBoth((newScene) => {
  const rateOf = ({ hash }: Scene) => hash?.['limit'];

  test('a look is enough for a bucket to go by a faster limit from then on', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, limit: SLOW, costs: [10] });
    expect(usedOf(await scene.ask('b', { at: 5, limit: FAST, costs: [0] }))).toBe(9.5);
    expect(rateOf(scene)).toBe('1:1000000:1');
    expect(usedOf(await scene.ask('b', { at: 6, limit: FAST, costs: [0] }))).toBe(8.5);
  });

  test('so is a denial, and what nobody keeps changes nothing', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, limit: SLOW, costs: [10] });
    await scene.ask('a', { at: 0, limit: limitBy(10, 1, 1), costs: [1] });
    expect(rateOf(scene)).toBe('1:10000000:1');
    const denied = await scene.ask('a', { at: 0, limit: FAST, costs: [1] });
    expect([denied.allowed, rateOf(scene)]).toEqual([[false], '1:1000000:1']);
  });

  test('a slower one holds once tokens are taken under it', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, limit: FAST, costs: [10] });
    expect(usedOf(await scene.ask('a', { at: 5, limit: SLOW, costs: [0] }))).toBe(5);
    expect(usedOf(await scene.ask('a', { at: 6, limit: SLOW, costs: [1] }))).toBe(5);
    expect(usedOf(await scene.ask('a', { at: 16, limit: SLOW, costs: [0] }))).toBe(4);
  });

  test('a faster one of a smaller capacity waits until there is room: nothing is forgiven', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, limit: SLOW, costs: [10] });
    expect(usedOf(await scene.ask('a', { at: 10, limit: FASTEST, costs: [0] }))).toBe(9);
    expect(usedOf(await scene.ask('a', { at: 50, limit: FASTEST, costs: [0] }))).toBe(5);
    expect(usedOf(await scene.ask('a', { at: 51, limit: FASTEST, costs: [0] }))).toBe(1);
  });

  test('what may be undone is counted in units of the limit that the bucket goes by', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, limit: SLOW, costs: [4] });
    await scene.ask('b', { at: 0, limit: FAST, costs: [0], want: 1, least: 1 });
    const seq = scene.lastSeq + 1;
    const undone = await scene.ask('a', { at: 0, limit: FAST, seq, unanswered: 1, costs: [] });
    expect(usedOf(undone)).toBe(0);
  });

  test('a lease of before is spent and returned in tokens, whatever they come back by', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, limit: SLOW, want: 6, least: 6 });
    await scene.ask('b', { at: 0, limit: FAST, costs: [0] });
    const settled = await scene.ask('a', { at: 0.1, limit: FAST, keep: 1, back: 2 });
    expect([settled.held, settled.grant, usedOf(settled)]).toEqual([1, 0, 3]);
  });

  test('rates that doubles do not tell apart are told apart', async () => {
    const scene = newScene();
    const [count, period] = [5, Number.MAX_SAFE_INTEGER - 1];
    const one = { capacity: 1, count, period, tickUs: 1_000, intervalUs: 1, isKept: true };
    const slower = { ...one, period: period + 1 };
    expect(count * slower.period).toBe(count * one.period);
    await scene.ask('a', { at: 0, limit: slower, costs: [1] });
    await scene.ask('a', { at: 0, limit: one, costs: [0] });
    expect(rateOf(scene)).toBe(`5:${period}:1000`);
    await scene.ask('a', { at: 0, limit: slower, costs: [0] });
    expect(rateOf(scene)).toBe(`5:${period}:1000`);
  });
});
