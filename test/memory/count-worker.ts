/**
 * A thread for the test of the lock: counts in plain memory, a step at a time, between lock() and
 * unlock().
 *
 * words: 0 the lock, 1 the counter, 2 how often two threads were inside, 3 contended locks,
 *        4 threads that are ready, 5 who is inside
 */
import { workerData } from 'node:worker_threads';
import { lock, unlock } from '../../src/memory/mutex.ts';

export interface CountData {
  readonly words: Int32Array;
  readonly me: number;
  readonly threads: number;
  readonly rounds: number;
}

const { words, me, threads, rounds } = workerData as CountData;

// All start at once, or they might never meet.
let ready = Atomics.add(words, 4, 1) + 1;
Atomics.notify(words, 4);
for (; ready < threads; ready = Atomics.load(words, 4)) Atomics.wait(words, 4, ready);

for (let i = 0; i < rounds; i++) {
  const hadToWait = lock(words, 0);
  const before = words[1] as number;
  Atomics.store(words, 5, me);
  if (hadToWait) words[3] = (words[3] as number) + 1;
  words[1] = before + 1;
  if (Atomics.load(words, 5) !== me) Atomics.add(words, 2, 1);
  unlock(words, 0);
}
