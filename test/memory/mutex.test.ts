/** The lock: alone, against a thread that has to sleep, and against threads that count. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { isLocked, lock, unlock } from '../../src/memory/mutex.ts';
import type { CountData } from './count-worker.ts';

const LOCK = 0;
const COUNTER = 1;
const BOTH_INSIDE = 2;
const HAD_TO_WAIT = 3;
const CONTENDED = 2; // what the word holds while somebody may sleep

function words(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(64));
}

function countingThread(data: CountData): Worker {
  return new Worker(new URL('./count-worker.ts', import.meta.url), { workerData: data });
}

async function endOf(worker: Worker): Promise<void> {
  const [code] = await once(worker, 'exit');
  expect(code).toBe(0);
}

test('a free lock is taken without a wait, and given back', () => {
  const memory = words();
  expect(isLocked(memory, LOCK)).toBe(false);
  expect(lock(memory, LOCK)).toBe(false);
  expect(isLocked(memory, LOCK)).toBe(true);
  unlock(memory, LOCK);
  expect(isLocked(memory, LOCK)).toBe(false);
  expect(lock(memory, LOCK)).toBe(false);
});

test('each word is a lock of its own, and nothing else is written', () => {
  const memory = words();
  lock(memory, 3);
  expect([...memory].map((word, at) => (word === 0 ? -1 : at)).filter((at) => at >= 0)).toEqual([
    3,
  ]);
  expect(lock(memory, 4)).toBe(false);
  unlock(memory, 3);
  expect(isLocked(memory, 4)).toBe(true);
});

test('to release a lock that nobody holds is an error', () => {
  const memory = words();
  expect(() => unlock(memory, LOCK)).toThrow('a lock that is released was held');
  lock(memory, LOCK);
  unlock(memory, LOCK);
  expect(() => unlock(memory, LOCK)).toThrow('a lock that is released was held');
});

test('a thread that finds the lock held sleeps, and is woken when it is released', async () => {
  const memory = words();
  lock(memory, LOCK);
  const thread = countingThread({ words: memory, me: 1, threads: 1, rounds: 1 });
  const ended = endOf(thread);
  let isOver = false;
  thread.once('exit', () => {
    isOver = true;
  });
  // Until it sleeps, or is about to; or has not waited at all.
  while (Atomics.load(memory, LOCK) !== CONTENDED && !isOver) await new Promise(setImmediate);
  expect(memory[COUNTER]).toBe(0);
  unlock(memory, LOCK);
  await ended;
  expect(memory[COUNTER]).toBe(1);
  expect(memory[HAD_TO_WAIT]).toBe(1);
  expect(isLocked(memory, LOCK)).toBe(false);
});

test('threads that count in plain memory lose no step, and are never inside together', async () => {
  const memory = words();
  const threads = 3;
  const rounds = 200_000;
  const all = Array.from({ length: threads }, (_, i) =>
    countingThread({ words: memory, me: i + 1, threads, rounds }),
  );
  await Promise.all(all.map(endOf));
  expect(memory[COUNTER]).toBe(threads * rounds);
  expect(memory[BOTH_INSIDE]).toBe(0);
  expect(isLocked(memory, LOCK)).toBe(false);
});
