/** Who is served first, and how many at once. */
import { beforeEach, expect, test } from 'vitest';
import { KeyState } from '../../../src/lease/fetcher/key-state.ts';
import { BACKGROUND, WorkQueue } from '../../../src/lease/fetcher/work-queue.ts';
import { FakeTime } from '../../support/fake-time.ts';
import { limitOf } from '../../table/tables.ts';

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
    heldUs: () => 0,
    serve: (states) => {
      for (const { key, lane } of states) served.push(`${key}${lane === null ? '' : ' waits'}`);
    },
  });
});

function state(key: string): KeyState {
  return new KeyState(key, limitOf(1, 1));
}

/** Everything that waits, in the order in which it is served. */
async function serveAll(): Promise<readonly string[]> {
  room = 1_000;
  queue.serveSoon();
  await time.settle();
  return served;
}

test('all that came in one turn is served in the next, once each', async () => {
  const [a, b] = [state('a'), state('b')];
  for (const one of [a, b, a, b]) queue.add(one, 7);
  expect(served).toEqual([]);
  expect(queue.isEmpty).toBe(false);
  await time.settle();
  expect(served).toEqual(['a', 'b']);
  expect(queue.isEmpty).toBe(true);
  queue.add(a, 7);
  await time.settle();
  expect(served).toEqual(['a', 'b', 'a']);
});

test('no more are served than there is room for, and the others as there is more', async () => {
  for (const key of ['a', 'b', 'c', 'd', 'e']) queue.add(state(key), 7);
  await time.settle();
  expect(served).toEqual(['a', 'b', 'c']);
  await time.pass(1_000);
  expect(served).toHaveLength(3);
  queue.serveSoon();
  await time.settle();
  expect([served, queue.isEmpty]).toEqual([['a', 'b', 'c', 'd', 'e'], true]);
});

test('less than no room is none', async () => {
  room = -5;
  queue.add(state('a'), 7);
  await time.settle();
  expect(served).toEqual([]);
});

test('who asks for one key waits for one key of each who asked before, and not for all of theirs', async () => {
  for (let i = 0; i < 1_000; i++) queue.add(state(`flood ${i}`), 1);
  for (let i = 0; i < 10; i++) queue.add(state(`other ${i}`), 2);
  room = 2;
  await time.settle();
  queue.add(state('innocent'), 3);
  room = 3;
  await time.settle();
  expect(served).toEqual(['flood 0', 'other 0', 'flood 1', 'other 1', 'innocent']);
});

test('what nobody waits for has its turn as any other, whatever was there before', async () => {
  for (let i = 0; i < 3; i++) queue.add(state(`debt ${i}`), BACKGROUND);
  for (let i = 0; i < 3; i++) queue.add(state(`asked ${i}`), 1);
  const turns = ['debt 0', 'asked 0', 'debt 1', 'asked 1', 'debt 2', 'asked 2'];
  expect(await serveAll()).toEqual(turns);
});

test('a key that is asked for while it waits goes with the first whose turn it is, and once', async () => {
  const late = state('late');
  for (let i = 0; i < 3; i++) queue.add(state(`flood ${i}`), 1);
  queue.add(late, 1);
  queue.add(late, 2);
  queue.add(late, BACKGROUND);
  queue.add(state('flood 3'), 1);
  expect(await serveAll()).toEqual(['flood 0', 'late', 'flood 1', 'flood 2', 'flood 3']);
  expect(queue.isEmpty).toBe(true);
  queue.add(late, 3);
  await time.settle();
  expect(served).toHaveLength(6);
});
