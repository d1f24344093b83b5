/** Work and rest by turns, so that a quarter of a core is taken at most. */
import { describe, expect, test } from 'vitest';
import { Pace } from '../../../src/admin/keys/pace.ts';
import { FakeTime } from '../../support/fake-time.ts';

function scene() {
  const time = new FakeTime();
  let workedUs = 0;
  const pace = new Pace({ cpuUs: () => workedUs, timers: time });
  return {
    time,
    pace,
    work: (us: number) => {
      workedUs += us;
    },
  };
}

/** Milliseconds until it may go on. */
async function waits(time: FakeTime, turn: Promise<void>): Promise<number> {
  let isOver = false;
  void turn.then(() => {
    isOver = true;
  });
  await time.settle();
  for (let ms = 0; ms < 100; ms++) {
    if (isOver) return ms;
    await time.pass(1);
  }
  throw new Error('It never goes on');
}

describe('how long it rests', () => {
  //  us of work, ms of rest
  test.each([
    [0, 0],
    [999, 0],
    [1_000, 3],
    [2_000, 6],
    [4_000, 12],
    [60_000_000, 12],
  ])('after %d us of work: %d ms', async (us, ms) => {
    const { time, pace, work } = scene();
    work(us);
    expect(await waits(time, pace.turn())).toBe(ms);
    // What was rested for is not counted again, what is done meanwhile is neither.
    expect(await waits(time, pace.turn())).toBe(0);
  });
});

test('work adds up over turns without a rest', async () => {
  const { time, pace, work } = scene();
  const rests: number[] = [];
  for (let i = 0; i < 12; i++) {
    work(250);
    rests.push(await waits(time, pace.turn()));
  }
  expect(rests).toEqual([0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 3]);
});

test('while one rests all do', async () => {
  const { time, pace, work } = scene();
  work(1_000);
  const turns = [pace.turn(), pace.turn(), pace.turn()];
  expect(time.planned).toBe(1);
  await time.pass(3);
  await Promise.all(turns);
});
