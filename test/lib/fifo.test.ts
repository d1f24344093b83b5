/** A queue gives what was pushed first, and its steps cost the same however long it is. */
import { expect, test } from 'vitest';
import { Fifo } from '../../src/lib/fifo.ts';

test('what was pushed first comes first, whatever is pushed meanwhile', () => {
  const queue = new Fifo<number>();
  const model: number[] = [];
  let next = 0;
  // Longer and shorter again, beyond the length at which what was taken is let go.
  for (let step = 0; step < 20_000; step++) {
    const grows = step % 7_000 < 4_000;
    if (step % 3 === 0 ? !grows : grows) {
      queue.push(next);
      model.push(next++);
    } else {
      expect(queue.first).toBe(model[0]);
      expect(queue.shift()).toBe(model.shift());
    }
    expect(queue.size).toBe(model.length);
  }
  while (model.length > 0) expect(queue.shift()).toBe(model.shift());
  expect([queue.size, queue.first, queue.shift(), queue.size]).toEqual([
    0,
    undefined,
    undefined,
    0,
  ]);
});

test('one that was emptied begins anew', () => {
  const queue = new Fifo<string>();
  for (const item of ['a', 'b', 'c']) queue.push(item);
  queue.shift();
  queue.clear();
  expect([queue.size, queue.first, queue.shift()]).toEqual([0, undefined, undefined]);
  queue.push('d');
  expect([queue.size, queue.first, queue.shift(), queue.size]).toEqual([1, 'd', 'd', 0]);
});

test('a step of a long queue costs no more than one of a short queue', () => {
  // Each step that moved all that is behind it would take many seconds of these.
  const length = 100_000;
  const queue = new Fifo<number>();
  for (let i = 0; i < length; i++) queue.push(i);
  const beganMs = performance.now();
  while (queue.size > 0) queue.shift();
  expect(performance.now() - beganMs).toBeLessThan(1_000);
});
