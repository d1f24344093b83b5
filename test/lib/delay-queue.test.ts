/** Things that come due a fixed time after they were added. */
import { beforeEach, expect, test } from 'vitest';
import { DelayQueue } from '../../src/lib/delay-queue.ts';
import { FakeTime } from '../support/fake-time.ts';

const DELAY_MS = 20;

let time: FakeTime;
let startUs: number;
let seen: string[];
let queue: DelayQueue<string>;

beforeEach(() => {
  time = new FakeTime();
  startUs = time.nowUs;
  seen = [];
  queue = new DelayQueue({
    delayUs: DELAY_MS * 1_000,
    clock: time.clock,
    timers: time,
    due: (item) => seen.push(`${item} at ${(time.nowUs - startUs) / 1_000}`),
  });
});

test('each comes due once, its delay after it was added, in the order of adding', async () => {
  queue.add('a');
  queue.add('b');
  await time.pass(7);
  queue.add('c');
  await time.pass(100);
  expect(seen).toEqual(['a at 20', 'b at 20', 'c at 27']);
});

test('none comes before its time, though timers go by whole milliseconds', async () => {
  time.nowUs += 400;
  queue.add('a');
  time.nowUs += 300;
  queue.add('b');
  await time.pass(19.7);
  expect(seen).toEqual(['a at 20.4']);
  await time.pass(1);
  expect(seen[1]).toBe('b at 21.4');
});

test('there is one timer for all, and none where nothing waits', async () => {
  expect(time.planned).toBe(0);
  for (let i = 0; i < 50; i++) queue.add(`${i}`);
  expect(time.planned).toBe(1);
  await time.pass(DELAY_MS);
  expect([seen.length, time.planned]).toEqual([50, 0]);
});

test('what is added as another comes due has its own time', async () => {
  const chain: number[] = [];
  const again: DelayQueue<number> = new DelayQueue({
    delayUs: 1_000,
    clock: time.clock,
    timers: time,
    due: (item) => {
      chain.push(item);
      if (item < 3) again.add(item + 1);
    },
  });
  again.add(1);
  await time.pass(1);
  expect(chain).toEqual([1]);
  await time.pass(10);
  expect(chain).toEqual([1, 2, 3]);
});

test('what comes due together with another is forgotten by it as well', async () => {
  const due: string[] = [];
  const forgetful: DelayQueue<string> = new DelayQueue({
    delayUs: 1_000,
    clock: time.clock,
    timers: time,
    due: (item) => {
      due.push(item);
      forgetful.clear();
    },
  });
  for (const item of ['a', 'b']) forgetful.add(item);
  await time.pass(2);
  forgetful.add('c');
  await time.pass(2);
  expect(due).toEqual(['a', 'c']);
});

test('thousands that come in for a long time all come due, in order', async () => {
  const due: number[] = [];
  const many = new DelayQueue<number>({
    delayUs: 5_000,
    clock: time.clock,
    timers: time,
    due: (item) => due.push(item),
  });
  for (let i = 0; i < 5_000; i++) {
    many.add(i);
    if (i % 10 === 9) await time.pass(1);
  }
  await time.pass(5);
  expect(due).toEqual(Array.from({ length: 5_000 }, (_, i) => i));
});

test('clear() forgets all and calls the timer off; what is added after it has its own time', async () => {
  queue.add('a');
  await time.pass(15);
  queue.clear();
  expect(time.planned).toBe(0);
  queue.add('b');
  await time.pass(100);
  expect(seen).toEqual(['b at 35']);
});
