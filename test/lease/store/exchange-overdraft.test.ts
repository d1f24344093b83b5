/** Overdrafts in the store: taken in any case, until a bucket owes as much as it can hold. */
import { expect, test } from 'vitest';
import { keptBy } from '../../../src/lease/terms/shared-limit.ts';
import { describeBoth, limitBy, usedOf } from './exchange-scene.ts';

const LIMIT = keptBy(limitBy(10, 1, 1));
const HALF = keptBy(limitBy(10, 1, 2));

describeBoth((newScene) => {
  test('what is there is taken as any cost is, and the rest in any case', async () => {
    const scene = newScene();
    const saying = { at: 0, limit: LIMIT, costs: [4, 7, 9, 5], overdrafts: 2 };
    const reply = await scene.ask('a', saying);
    expect([reply.allowed, usedOf(reply)]).toEqual([[true, false, false, false], 18]);
    const later = await scene.ask('b', { at: 8, limit: LIMIT, costs: [1] });
    expect([later.allowed, usedOf(later)]).toEqual([[false], 10]);
    expect((await scene.ask('b', { at: 9, limit: LIMIT, costs: [1] })).allowed).toEqual([true]);
  });

  test('a bucket owes at most its capacity, and a debt that is larger stays as it is', async () => {
    const scene = newScene();
    const draw = { limit: LIMIT, costs: [20], overdrafts: 1 };
    expect(usedOf(await scene.ask('a', { at: 0, ...draw }))).toBe(20);
    expect(usedOf(await scene.ask('b', { at: 1, ...draw }))).toBe(20);
    expect(usedOf(await scene.ask('b', { at: 1, limit: LIMIT, owed: 7 }))).toBe(27);
    expect(usedOf(await scene.ask('b', { at: 2, ...draw }))).toBe(26);
  });

  test('a full bucket that is overdrawn goes by the limit, any other by its own', async () => {
    const scene = newScene();
    const draw = { costs: [15], overdrafts: 1 };
    await scene.ask('a', { at: 0, limit: LIMIT, costs: [1] });
    expect(usedOf(await scene.ask('a', { at: 1, limit: HALF, ...draw }))).toBe(15);
    expect(scene.hash?.['limit']).toBe('1:2000000:1');
    await scene.ask('a', { at: 1, limit: limitBy(10, 1, 1), ...draw });
    expect(scene.hash?.['limit']).toBe('1:2000000:1');
  });

  test('what others hold is not there, and is left to them', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, limit: LIMIT, want: 6, least: 6 });
    const drawn = await scene.ask('b', { at: 0, limit: LIMIT, costs: [5], overdrafts: 1 });
    expect([drawn.allowed, usedOf(drawn), drawn.others]).toEqual([[false], 5, 6]);
  });

  test('what nobody heard of is undone, to the token that was taken', async () => {
    const scene = newScene();
    await scene.ask('b', { at: 0, limit: LIMIT, costs: [8] });
    await scene.ask('a', { at: 0, limit: LIMIT, costs: [15], overdrafts: 1 });
    const seq = scene.lastSeq + 1;
    const again = { limit: LIMIT, costs: [15], overdrafts: 1 };
    const twice = await scene.ask('a', { at: 0, seq, unanswered: seq - 1, ...again });
    expect(usedOf(twice)).toBe(20);
    const undone = await scene.ask('a', { at: 0, limit: LIMIT, seq: seq + 1, unanswered: seq });
    expect(usedOf(undone)).toBe(8);
  });

  test('what is given back pays the debt first', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, limit: LIMIT, costs: [18], overdrafts: 1 });
    const given = await scene.ask('a', { at: 0, limit: LIMIT, costs: [-9, 1, 1] });
    expect([given.allowed, usedOf(given)]).toEqual([[true, true, false], 10]);
  });
});
