/** Who is served first, and how many at once. */
import { beforeEach, expect, test } from 'vitest';
import { KeyState } from '../../src/sharing/key-state.ts';
import { WorkQueue } from '../../src/sharing/work-queue.ts';
import { FakeTime } from '../support/fake-time.ts';
import { limitOf } from '../support/tables.ts';

let time: FakeTime;
let room: number;
let served: string[];
let queue: WorkQueue;

beforeEach(() => {
  time = new FakeTime();
  room = 3;
  served = [];
  queue = new WorkQueue({
    timers: time,
    room: () => room,
    serve: ({ key, queue: waits }) => served.push(`${key}${waits === 'none' ? '' : ' waits'}`),
  });
});

function state(key: string, isUrgent = false): KeyState {
  const one = new KeyState(key, limitOf(1, 1));
  if (isUrgent) one.resets.push(() => undefined);
  return one;
}

test('all that came in one turn is served in the next, once each', async () => {
  const [a, b] = [state('a', true), state('b')];
  for (const one of [a, b, a, b]) queue.add(one);
  expect(served).toEqual([]);
  expect(queue.isEmpty).toBe(false);
  await time.settle();
  expect(served).toEqual(['a', 'b']);
  expect(queue.isEmpty).toBe(true);
  queue.add(a);
  await time.settle();
  expect(served).toEqual(['a', 'b', 'a']);
});

test('those somebody waits for come first, however little room there is', async () => {
  room = 0;
  queue.add(state('b'));
  for (const key of ['a', 'c', 'd', 'e']) queue.add(state(key, true));
  await time.settle();
  expect(served).toEqual(['a', 'c', 'd', 'e']);
});

test('the others come as there is room, in their order', async () => {
  for (const key of ['a', 'b', 'c', 'd', 'e']) queue.add(state(key));
  await time.settle();
  expect(served).toEqual(['a', 'b', 'c']);
  await time.pass(1_000);
  expect(served).toHaveLength(3);
  queue.serveSoon();
  await time.settle();
  expect(served).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('one that becomes urgent while it waits is served at once, and once', async () => {
  room = 0;
  const late = state('late');
  queue.add(late);
  await time.settle();
  late.resets.push(() => undefined);
  queue.add(late);
  room = 9;
  await time.settle();
  queue.serveSoon();
  await time.settle();
  expect(served).toEqual(['late']);
});

test('less than no room is none', async () => {
  room = -5;
  queue.add(state('a'));
  await time.settle();
  expect(served).toEqual([]);
});
