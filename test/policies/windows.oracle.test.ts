/**
 * No more than a window's capacity in any window, whatever the wall clock does, however many
 * threads ask, and whenever the table forgets what it may or the policies are read anew: random
 * histories, judged by what was admitted alone.
 *
 * The judge knows windows by numbers of its own: the time is cut into pieces of 60 s, and threads,
 * steps and costs are drawn. It shares no code with what it judges.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Bucket, fullBucket } from '../../src/bucket/token-bucket.ts';
import { calendarEndOf, endOf, enter, isWindow, takeInWindow } from '../../src/bucket/window.ts';
import { windowKind } from '../../src/policies/calendar.ts';
import { OpenWindows } from '../../src/policies/open-windows.ts';
import { WindowClock } from '../../src/policies/window-clock.ts';

const LENGTH_US = 60_000_000;
const CAPACITY = 10;

/** A window of a bucket, by the end that the bucket names. */
interface Opened {
  readonly end: number;
  taken: number;
  /** Whether the wall clock had been set back by more than a window. */
  readonly isBehind: boolean;
}

interface Step {
  /** What passes before it, by the clock that never steps. */
  readonly passesUs: number;
  /** How far somebody sets the wall clock. */
  readonly setUs: number;
  readonly thread: number;
  readonly cost: number;
  /** Whether the record is forgotten before it, if it may be. */
  readonly forgets: boolean;
  /** Whether the thread has read the policies anew before it. */
  readonly reloads: boolean;
}

const minute = fc.integer({ min: 0, max: 90_000_000 });
const step: fc.Arbitrary<Step> = fc.record({
  passesUs: fc.oneof(minute, fc.constant(0), fc.constant(LENGTH_US)),
  setUs: fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: -59_000_000, max: 59_000_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 60_000_000, max: 500_000_000 }) },
  ),
  thread: fc.integer({ min: 0, max: 2 }),
  cost: fc.integer({ min: 1, max: CAPACITY }),
  forgets: fc.boolean(),
  reloads: fc.boolean(),
});

/** What was taken in each window, in the order of their opening. */
function play(steps: readonly Step[]): readonly Opened[] {
  let nowUs = 5_000_000_000;
  let wallUs = 1_700_000_000_000_000;
  const kind = windowKind({ by: 'length', lengthUs: LENGTH_US });
  const memory = OpenWindows.reserve();
  const newClock = () => new WindowClock(kind, new OpenWindows(memory), () => wallUs);
  const clocks = [newClock(), newClock(), newClock()];
  let bucket = fullBucket();
  const opened: Opened[] = [];
  let mostUs = 0;
  for (const { passesUs, setUs, thread, cost, forgets, reloads } of steps) {
    nowUs += passesUs;
    wallUs += passesUs + setUs;
    mostUs = Math.max(mostUs + passesUs, wallUs);
    if (forgets && mayBeForgotten(bucket, nowUs)) bucket = fullBucket();
    if (reloads) clocks[thread] = newClock();
    const window = (clocks[thread] as WindowClock).at(nowUs);
    enter(bucket, window, CAPACITY, nowUs);
    const end = calendarEndOf(bucket);
    const isBehind = mostUs - wallUs > LENGTH_US;
    if (opened.at(-1)?.end !== end) opened.push({ end, taken: 0, isBehind });
    const last = opened.at(-1) as Opened;
    if (takeInWindow(bucket, CAPACITY, cost)) last.taken += cost;
  }
  return opened;
}

/** A full record and none are to answer alike. */
function mayBeForgotten(bucket: Bucket, nowUs: number): boolean {
  return isWindow(bucket) && (bucket.used === 0 || endOf(bucket) <= nowUs);
}

test('each window is opened once, in order, and gives its capacity at most', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      const opened = play(steps);
      for (const [i, { end, taken, isBehind }] of opened.entries()) {
        expect(taken).toBeLessThanOrEqual(CAPACITY);
        expect(end % LENGTH_US).toBe(0);
        if (!isBehind) expect(end).toBeGreaterThan(opened[i - 1]?.end ?? 0);
      }
    }),
    { numRuns: 3_000 },
  );
});

test('while nobody sets the clock, windows are those of the clock and a full one is had in each', () => {
  const still = step.map((one) => ({ ...one, setUs: 0, cost: 1 }));
  fc.assert(
    fc.property(fc.array(still, { minLength: 1, maxLength: 60 }), (steps) => {
      let wallUs = 1_700_000_000_000_000;
      const used = new Map<number, number>();
      let admitted = 0;
      for (const { passesUs } of steps) {
        wallUs += passesUs;
        const number = Math.floor(wallUs / LENGTH_US);
        const taken = used.get(number) ?? 0;
        if (taken >= CAPACITY) continue;
        used.set(number, taken + 1);
        admitted++;
      }
      expect(play(steps).reduce((sum, { taken }) => sum + taken, 0)).toBe(admitted);
    }),
    { numRuns: 3_000 },
  );
});

describe('a clock that is set', () => {
  const asks = (passesS: number, setS: number): Step => ({
    passesUs: passesS * 1_000_000,
    setUs: setS * 1_000_000,
    thread: 0,
    cost: CAPACITY,
    forgets: false,
    reloads: false,
  });
  // It begins at 20 s of a minute.
  const taken = (...steps: readonly Step[]) => play(steps).map((one) => one.taken);

  test('back, within the window: it ends as it would have, and the next is the longer for it', () => {
    expect(taken(asks(0, 0), asks(0, -30), asks(39, 0))).toEqual([10]);
    expect(taken(asks(0, 0), asks(0, -30), asks(40, 0), asks(89, 0))).toEqual([10, 10]);
    expect(taken(asks(0, 0), asks(0, -30), asks(40, 0), asks(90, 0))).toEqual([10, 10, 10]);
  });

  test('back, seen by a thread that has opened none: it goes by what the others have opened', () => {
    const other = { ...asks(40, 0), thread: 1 };
    expect(taken(asks(0, 0), asks(0, -30), other, asks(89, 0))).toEqual([10, 10]);
    expect(taken(asks(0, 0), asks(0, -30), other, asks(90, 0))).toEqual([10, 10, 10]);
  });

  test('back, once the window is over and its record forgotten: it does not open again', () => {
    const other = { ...asks(40, -30), thread: 1, forgets: true };
    const opened = play([asks(0, 0), other, asks(89, 0)]);
    expect(opened.map((one) => one.taken)).toEqual([10, 10]);
    expect(opened[1]?.end).toBe((opened[0]?.end ?? 0) + LENGTH_US);
  });

  test('forwards, within the window: nothing changes until it would have ended', () => {
    expect(taken(asks(0, 0), asks(0, 3_600), asks(39, 0))).toEqual([10]);
    expect(taken(asks(0, 0), asks(0, 3_600), asks(40, 0))).toEqual([10, 10]);
  });

  test('back by more than a window can last: what is used stays used for one more', () => {
    expect(taken(asks(0, 0), asks(39, -86_400), asks(1, 0))).toEqual([10, 0]);
    expect(taken(asks(0, 0), asks(39, -86_400), asks(1, 0), asks(60, 0))).toEqual([10, 0, 10]);
  });
});
