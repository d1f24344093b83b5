/**
 * What other limiters are known to get wrong, by the figures at which they do. Each table says what
 * a token bucket promises: at most its capacity and what has come back since, in any stretch; all
 * of that for whoever asks for it; a denial takes nothing; and a wait that is told is right to the
 * ms.
 */
import { describe, expect, test } from 'vitest';
import type { Limit } from '../../src/bucket/limit.ts';
import { limitOf } from '../table/tables.ts';
import { localSubject, type Subject, sharedSubject } from './subjects.ts';

const MS = 1_000;
const SECOND = 1_000_000;
const DAY_S = 86_400;

const subjects: readonly (readonly [string, () => Subject | Promise<Subject>])[] = [
  ['one instance', localSubject],
  ['two instances that share a store', sharedSubject],
];

/** The numbers 1, so many. */
function ones(count: number): readonly number[] {
  return Array.from({ length: count }, () => 1);
}

/** How many of these pass, all at once. */
async function passing(subject: Subject, limit: Limit, costs: readonly number[]): Promise<number> {
  return (await subject.askAll(limit, costs)).filter(({ allowed }) => allowed).length;
}

/** How many pass of one each so often, so many times; the first one now. */
async function asking(subject: Subject, limit: Limit, everyUs: number, times: number) {
  const beganUs = subject.nowUs;
  let passed = 0;
  for (let i = 0; i < times; i++) {
    await subject.pass(beganUs + i * everyUs - subject.nowUs);
    passed += await passing(subject, limit, [1]);
  }
  return passed;
}

describe.each(subjects)('%s', (_, open) => {
  //  a pause of seconds after one request, then 40 at once, then one each 0.1 s for 10 s
  test.each([2, 3, 4, 5, 6, 7, 8, 9])(
    '10 in 10 s: one, %d s later 40 at once of which 10 pass, and 10 in the 10 s after',
    async (pauseS) => {
      const subject = await open();
      const limit = limitOf(10, 10);
      expect(await passing(subject, limit, [1])).toBe(1);
      await subject.pass(pauseS * SECOND);
      const beganUs = subject.nowUs;
      expect(await passing(subject, limit, ones(40))).toBe(10);
      await subject.pass(beganUs + 100 * MS - subject.nowUs);
      expect(await asking(subject, limit, 100 * MS, 100)).toBe(10);
    },
  );

  //  seconds after the first request at which a window could end
  test.each([1, 5, 9, 9.5, 10, 19.5, 59.5])(
    '10 in 10 s: in the second around %d s after the first one at most 11 pass',
    async (edgeS) => {
      const subject = await open();
      const limit = limitOf(10, 10);
      expect(await passing(subject, limit, [1])).toBe(1);
      await subject.pass(edgeS * SECOND - 500 * MS);
      const before = await passing(subject, limit, ones(20));
      await subject.pass(SECOND - 2 * MS);
      const after = await passing(subject, limit, ones(20));
      expect(before + after).toBeLessThanOrEqual(11);
      expect(before + after).toBeGreaterThanOrEqual(10);
    },
  );

  //  tokens a minute, how many of 6,000 requests pass: the burst and floor(rate x 599.9 s)
  test.each([
    [54, 54 + 539],
    [100, 100 + 999],
    [119, 119 + 1_189],
  ])('%d a minute, asked ten times a second for ten minutes: %d pass', async (count, passed) => {
    expect(await asking(await open(), limitOf(count, 60), 100 * MS, 6_000)).toBe(passed);
  });

  //  tokens, in seconds, asked each second for so many, how many pass
  test.each([
    [1, 10, 3_600, 360],
    [1, 7, 700, 100],
    [1, 3, 3_600, 1_200],
    [1, 1, 600, 600],
  ])('%d per %d s, asked each second for %d s: %d pass', async (count, seconds, times, passed) => {
    expect(await asking(await open(), limitOf(count, seconds), SECOND, times)).toBe(passed);
  });

  test.each([30, 366])(
    '1 in %d days is not 1 in 5 ms, and its wait is told whole',
    async (days) => {
      const subject = await open();
      const limit = limitOf(1, days * DAY_S);
      const beganUs = subject.nowUs;
      expect(await passing(subject, limit, [1])).toBe(1);
      await subject.pass(beganUs + 5 * MS - subject.nowUs);
      const [denied] = await subject.askAll(limit, [1]);
      expect(denied).toMatchObject({ allowed: false, retryAfterMs: days * DAY_S * 1_000 - 5 });
    },
  );

  test('a hundred denials take nothing, and put off nothing', async () => {
    const subject = await open();
    const limit = limitOf(10, 10);
    const beganUs = subject.nowUs;
    expect(await passing(subject, limit, [10])).toBe(1);
    expect(await asking(subject, limit, 9 * MS, 100)).toBe(0);
    await subject.pass(beganUs + SECOND - subject.nowUs);
    expect(await passing(subject, limit, ones(5))).toBe(1);
  });

  test('64 at once, of 1 and of 3: exactly the capacity passes', async () => {
    const limit = limitOf(10, 10);
    expect(await passing(await open(), limit, ones(64))).toBe(10);
    const subject = await open();
    const threes = Array.from({ length: 64 }, () => 3);
    expect(await passing(subject, limit, threes)).toBe(3);
    expect(await passing(subject, limit, [1, 1])).toBe(1);
  });

  //  tokens, in seconds
  test.each([
    [10, 10],
    [3, 1],
    [7, 10],
    [54, 60],
    [119, 60],
    [3, 7],
  ])('%d in %d s: a ms before the told wait is denied, at it passes', async (count, seconds) => {
    const limit = limitOf(count, seconds);
    for (const oddUs of [0, 1, 123_457, 333_333, 999_999]) {
      const subject = await open();
      expect(await passing(subject, limit, ones(count))).toBe(count);
      await subject.pass(oddUs);
      for (let times = 0; times < 5; times++) {
        const atUs = subject.nowUs;
        const [told] = await subject.askAll(limit, [1]);
        const waitUs = (told?.retryAfterMs ?? Number.NaN) * MS;
        if (told?.allowed) continue;
        await subject.pass(atUs + waitUs - MS - subject.nowUs);
        expect(await passing(subject, limit, [1])).toBe(0);
        await subject.pass(atUs + waitUs - subject.nowUs);
        expect(await passing(subject, limit, [1])).toBe(1);
      }
    }
  });
});

/**
 * Takes a tenth of what a millisecond gives as often as it passes, each millisecond in turn, for so
 * many from this time on. Returns the tokens.
 */
async function draining(subject: Subject, limit: Limit, beganUs: number, ms: number) {
  const piece = limit.capacity / 10_000;
  const costs = Array.from({ length: 20 }, () => piece);
  let taken = 0;
  for (let i = 1; i <= ms; i++) {
    await subject.pass(beganUs + i * MS - subject.nowUs);
    taken += piece * (await passing(subject, limit, costs));
  }
  return taken;
}

const RATES = [10_000, 50_000, 100_000, 300_000, 400_000, 600_000, 900_000, 1_000_000];

test.each([30, 366])('1 in %d days passes when they are over, and no ms earlier', async (days) => {
  const subject = localSubject();
  const limit = limitOf(1, days * DAY_S);
  expect(await passing(subject, limit, [1])).toBe(1);
  await subject.pass(days * DAY_S * SECOND - MS);
  expect(await passing(subject, limit, [1])).toBe(0);
  await subject.pass(MS);
  expect(await passing(subject, limit, [1])).toBe(1);
});

describe('much a second, over three seconds', () => {
  test.each(RATES)('%d a second: the burst, and as much in each second', async (rate) => {
    const subject = localSubject();
    const limit = limitOf(rate, 1);
    const beganUs = subject.nowUs;
    expect(await passing(subject, limit, [rate, 1])).toBe(1);
    for (let second = 0; second < 3; second++) {
      expect(await draining(subject, limit, beganUs + second * SECOND, 1_000)).toBe(rate);
    }
  });

  test.each(RATES)('%d a second over a shared store, each asked of it, for 0.3 s', async (rate) => {
    const subject = await sharedSubject();
    const limit = limitOf(rate, 1);
    const beganUs = subject.nowUs;
    expect(await passing(subject, limit, [rate, 1])).toBe(1);
    for (let tenth = 0; tenth < 3; tenth++) {
      expect(await draining(subject, limit, beganUs + tenth * 100 * MS, 100)).toBe(rate / 10);
    }
  });

  test.each(RATES)('%d a second over leases: never more, and hardly less', async (rate) => {
    const subject = await sharedSubject({ strict: false });
    const limit = limitOf(rate, 1);
    const beganUs = subject.nowUs;
    const piece = rate / 10_000;
    let taken = 0;
    for (let ms = 0; ms < 3_000; ms += 5) {
      await subject.pass(beganUs + ms * MS - subject.nowUs);
      // Beside the burst, twice what comes back in five milliseconds.
      const costs = Array.from({ length: 100 }, () => piece);
      taken += piece * (await passing(subject, limit, costs));
      const mostUs = subject.nowUs - beganUs;
      expect(taken).toBeLessThanOrEqual(rate + (rate * mostUs) / SECOND);
    }
    expect(taken).toBeGreaterThan(0.95 * 4 * rate);
  });

  test('2,000,000 a second: 2,000 in the next millisecond', async () => {
    const subject = localSubject();
    const limit = limitOf(2_000_000, 1);
    expect(await passing(subject, limit, [2_000_000])).toBe(1);
    await subject.pass(MS);
    expect(await passing(subject, limit, ones(3_000))).toBe(2_000);
  });
});
