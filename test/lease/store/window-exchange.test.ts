/** Windows in the store, by hand: which is open, what ends with it, and what becomes of clocks. */
import { expect, test } from 'vitest';
import { keptBy, type SharedLimit } from '../../../src/lease/terms/shared-limit.ts';
import { windowAt } from '../../support/calendars.ts';
import { describeBoth, limitBy, type Scene, SECOND, START_US, usedOf } from './exchange-scene.ts';

/** Begins at START_US. */
const LENGTH = 10;
const TEN = windowed(10);
const MANY = windowed(1_000);

function windowed(capacity: number, seconds = LENGTH): SharedLimit {
  return keptBy(limitBy(capacity, capacity, seconds), windowAt(seconds * SECOND, START_US));
}

/** Ends of windows as an instance tells them whose clock shows this, in seconds. */
function around(at: number, seconds = LENGTH, owedEnd: number | null = null) {
  const lengthUs = seconds * SECOND;
  const beginUs = START_US + Math.floor(at / seconds) * lengthUs;
  const endsUs = [-1, 0, 1, 2].map((n) => beginUs + n * lengthUs) as [
    number,
    number,
    number,
    number,
  ];
  const owedEndUs = owedEnd === null ? 0 : START_US + owedEnd * SECOND;
  return { longestUs: lengthUs, endsUs, owedEndUs };
}

describeBoth((newScene) => {
  async function taking(scene: Scene, at: number, cost: number, clock = at): Promise<boolean> {
    const asked = { at, limit: TEN, costs: [cost], windows: around(clock) };
    return (await scene.ask('a', asked)).allowed[0] === true;
  }

  test('a window gives its capacity, and all of it anew when the next has begun', async () => {
    const scene = newScene();
    expect(await taking(scene, 1, 7)).toBe(true);
    expect(await taking(scene, 2, 4)).toBe(false);
    expect(await taking(scene, 9.999999, 3)).toBe(true);
    expect(await taking(scene, 9.999999, 1)).toBe(false);
    expect(await taking(scene, 10, 10)).toBe(true);
    expect(scene.hash).toMatchObject({ limit: String(LENGTH * SECOND) });
    // For a window longer: the clock may go back.
    expect(scene.expires).toBe(String((START_US + 30 * SECOND) / 1_000));
  });

  test('instances agree by the clock of the store, a window behind or ahead', async () => {
    const scene = newScene();
    const clocks = [-3, 13, 5];
    for (const clock of clocks) expect(await taking(scene, 5, 3, clock)).toBe(true);
    expect(await taking(scene, 5, 2, 13)).toBe(false);
    expect(await taking(scene, 10, 10, 2)).toBe(true);
  });

  test('where the store is in no window that it is told of nothing is changed', async () => {
    const scene = newScene();
    await taking(scene, 5, 3);
    for (const clock of [-15, 25]) {
      const asked = { at: 5, limit: TEN, costs: [3], windows: around(clock) };
      expect(await scene.outcome('a', asked)).toEqual({ storeUs: START_US + 5 * SECOND });
    }
    expect(scene.hash?.['bucket']).toMatch(/^2:3:/);
  });

  test('a clock that goes back opens no window again', async () => {
    const scene = newScene();
    expect(await taking(scene, 9, 10)).toBe(true);
    expect(await taking(scene, 11, 4)).toBe(true);
    // The window after the first goes on, until it is over by this clock.
    expect(await taking(scene, 8, 7)).toBe(false);
    expect(await taking(scene, 8, 6)).toBe(true);
    expect(await taking(scene, 19, 1)).toBe(false);
    expect(await taking(scene, 20, 10)).toBe(true);
  });

  test('one that was opened by a clock far ahead ends with the one that is open now', async () => {
    const scene = newScene();
    expect(await taking(scene, 95, 6)).toBe(true);
    expect(await taking(scene, 5, 5)).toBe(false);
    expect(await taking(scene, 5, 4)).toBe(true);
    expect(await taking(scene, 10, 10)).toBe(true);
  });

  test('a lease has a hundredth of what is left, and ends with its window', async () => {
    const scene = newScene();
    const wants = { limit: MANY, want: 500, least: 8, windows: around(0) };
    const { held } = await scene.ask('a', { ...wants, at: 9.9 });
    expect(held).toBe(10);
    const record = scene.hash?.['i:a']?.split(':').map(Number);
    expect(record?.[2]).toBe(START_US + 10 * SECOND);
    const more = await scene.ask('a', { ...wants, at: 9.91, keep: 10 });
    expect([more.held, more.grant]).toEqual([10, 0]);
    const next = await scene.ask('b', { at: 10, limit: MANY, costs: [1_000], windows: around(10) });
    expect([next.allowed, next.others]).toEqual([[true], 0]);
  });

  test('what is left of a window is too short for a lease', async () => {
    const scene = newScene();
    const wants = { limit: MANY, want: 500, least: 8, windows: around(0) };
    expect((await scene.ask('a', { ...wants, at: 9.97 })).grant).toBe(0);
    expect((await scene.ask('a', { ...wants, at: 9.96 })).grant).toBe(10);
  });

  test('a lease that ends within its window counts as used', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 1, limit: MANY, want: 500, windows: around(0) });
    const { used } = await scene.ask('b', { at: 2, limit: MANY, costs: [0], windows: around(0) });
    expect(used).toBe(10);
  });

  test('what is given back, undone or owed of a window that is over changes nothing', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 9, limit: TEN, costs: [8], windows: around(9) });
    const { lastSeq } = scene;
    await scene.ask('b', { at: 10, limit: TEN, costs: [5], windows: around(10) });
    const said = { at: 11, limit: TEN, costs: [0], keep: 1, back: 2, vain: 3, owed: 4 };
    const undoing = { ...said, unanswered: lastSeq, windows: around(11, LENGTH, 10) };
    expect((await scene.ask('a', undoing)).used).toBe(5);
    const owing = { ...said, windows: around(11, LENGTH, 20) };
    expect((await scene.ask('a', owing)).used).toBe(9);
  });

  test('what was given back in a window that is over is not charged again', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 8, limit: TEN, costs: [8], windows: around(8) });
    await scene.ask('a', { at: 9, limit: TEN, costs: [-3], windows: around(9) });
    const undone = { unanswered: scene.lastSeq, costs: [0], limit: TEN, windows: around(10) };
    expect((await scene.ask('a', { ...undone, at: 10 })).used).toBe(0);
  });

  test('what others hold, and the instance itself, is not to be had', async () => {
    const scene = newScene();
    const windows = around(1);
    await scene.ask('a', { at: 1, limit: MANY, want: 500, windows });
    const asked = { at: 1, limit: MANY, costs: [991, 985], windows };
    expect((await scene.ask('b', { ...asked, want: 1 })).allowed).toEqual([false, true]);
    const own = { at: 1, limit: MANY, costs: [16, 5], keep: 10, windows };
    expect((await scene.ask('a', own)).allowed).toEqual([false, true]);
  });

  test('what is undone or in vain within a window comes back', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 1, limit: TEN, costs: [8], windows: around(1) });
    const unanswered = scene.lastSeq;
    const undone = { at: 2, limit: TEN, costs: [3], unanswered, windows: around(2) };
    expect((await scene.ask('a', undone)).used).toBe(3);
    const vain = { at: 3, limit: TEN, vain: 2, costs: [0], windows: around(3) };
    expect((await scene.ask('a', vain)).used).toBe(1);
  });

  test('a refund makes it no fuller than full, and an overdraft ends with it', async () => {
    const scene = newScene();
    const windows = around(1);
    await scene.ask('a', { at: 1, limit: TEN, costs: [4, -9], windows });
    const drawn = await scene.ask('a', { at: 1, limit: TEN, costs: [20], overdrafts: 1, windows });
    expect([drawn.allowed, drawn.used]).toEqual([[false], 20]);
    expect(await taking(scene, 10, 10)).toBe(true);
  });

  test('another kind of window goes on with what is used, as far as there is room', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 1, limit: MANY, costs: [700], windows: around(1) });
    const long = { limit: windowed(10, 60), costs: [1], windows: around(1, 60) };
    expect(await scene.ask('a', { ...long, at: 2 })).toMatchObject({ used: 10, allowed: [false] });
    expect(await scene.ask('a', { ...long, at: 11 })).toMatchObject({ used: 10, allowed: [false] });
    expect(await scene.ask('a', { ...long, at: 60 })).toMatchObject({ used: 1, allowed: [true] });
  });

  test('a token bucket becomes a window and a window a token bucket, and nothing is forgiven', async () => {
    const scene = newScene();
    const bucket = keptBy(limitBy(10, 10, 100));
    await scene.ask('a', { at: 0, limit: bucket, costs: [8] });
    // One has come back.
    expect(await taking(scene, 10, 4)).toBe(false);
    expect(await taking(scene, 10, 3)).toBe(true);
    const again = await scene.ask('a', { at: 11, limit: bucket, costs: [1] });
    expect([again.allowed, usedOf(again)]).toEqual([[false], 10]);
    const later = await scene.ask('a', { at: 21, limit: bucket, costs: [1] });
    expect([later.allowed, usedOf(later)]).toEqual([[true], 10]);
  });

  test('a window that is over leaves a token bucket nothing', async () => {
    const scene = newScene();
    await taking(scene, 1, 9);
    const after = await scene.ask('a', { at: 10, limit: keptBy(limitBy(10, 1, 60)), costs: [10] });
    expect(after.allowed).toEqual([true]);
  });

  test('of tokens that several booked each can take back an even share', async () => {
    const scene = newScene();
    const windows = around(1);
    await scene.ask('a', { at: 1, limit: TEN, costs: [4], want: 1, windows });
    const unanswered = scene.lastSeq;
    await scene.ask('b', { at: 1, limit: TEN, costs: [4], want: 1, windows });
    await scene.ask('c', { at: 1, limit: TEN, costs: [-6], windows });
    const undone = { at: 1, limit: TEN, costs: [0], unanswered, windows };
    expect((await scene.ask('a', undone)).used).toBe(1);
  });
});
