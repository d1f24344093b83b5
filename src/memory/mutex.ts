/**
 * A mutual-exclusion lock in one word of shared memory, for threads of one process.
 *
 * The three-state futex lock of U. Drepper, "Futexes Are Tricky" (2011), section 5, with a short
 * spin before the wait: a lock here is held for well under the price of putting a thread to sleep.
 *
 * Invariants:
 *   1. At most one thread is between lock() and unlock() of a word.
 *   2. A thread that sleeps has seen or written CONTENDED, so the holder's unlock() wakes one.
 *   3. Who takes a second lock keeps to one order, so that no two threads wait for each other:
 *      shards by their index (`lockAll()` in table/lookup), and the arena's after any shard's.
 */
import { assert } from '../lib/assert.ts';

const FREE = 0;
const HELD = 1;
const CONTENDED = 2; // held, and somebody may be asleep

const SPINS = 64;

// Node before 25 has no Atomics.pause; there the spin is only a little less polite.
const pause: () => void =
  typeof Atomics.pause === 'function' ? () => Atomics.pause() : () => undefined;

/** Takes the lock, waiting as long as it takes. True if another thread held it. */
export function lock(words: Int32Array, at: number): boolean {
  if (Atomics.compareExchange(words, at, FREE, HELD) === FREE) return false;
  lockSlowly(words, at);
  return true;
}

/** REQUIRES: the calling thread holds the lock. */
export function unlock(words: Int32Array, at: number): void {
  const before = Atomics.exchange(words, at, FREE);
  assert(before !== FREE, 'a lock that is released was held');
  if (before === CONTENDED) Atomics.notify(words, at, 1);
}

/** For assertions: whether some thread holds the lock. */
export function isLocked(words: Int32Array, at: number): boolean {
  return Atomics.load(words, at) !== FREE;
}

function lockSlowly(words: Int32Array, at: number): void {
  for (let spin = 0; spin < SPINS; spin++) {
    pause();
    if (
      Atomics.load(words, at) === FREE &&
      Atomics.compareExchange(words, at, FREE, HELD) === FREE
    ) {
      return;
    }
  }
  while (Atomics.exchange(words, at, CONTENDED) !== FREE) Atomics.wait(words, at, CONTENDED);
}
