/**
 * What can be done later: an argument wherever something waits, so that a test can move time. The
 * one place that hands Node a wait that is no constant: of one above 2^31 - 1 ms it would make 1.
 */
import { assert } from './assert.ts';

export interface Timers {
  /** Does it after `ms` milliseconds, however many; what is returned calls it off. */
  after(ms: number, task: () => void): () => void;
  /** Does it once all that came in this turn has been dealt with. */
  soon(task: () => void): void;
}

/** The longest wait that Node keeps. */
const MOST_MS = 2 ** 31 - 1;

export const systemTimers: Timers = {
  after(ms, task) {
    // Of NaN Node makes 1 ms, too.
    assert(!Number.isNaN(ms), 'a wait is a number');
    let leftMs = ms;
    let timer: NodeJS.Timeout;
    const wait = () => {
      const nextMs = Math.min(leftMs, MOST_MS);
      leftMs -= nextMs;
      timer = setTimeout(leftMs > 0 ? wait : task, nextMs);
    };
    wait();
    return () => clearTimeout(timer);
  },
  soon(task) {
    setImmediate(task);
  },
};
