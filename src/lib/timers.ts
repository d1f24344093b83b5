/** What can be done later: an argument wherever something waits, so that a test can move time. */
export interface Timers {
  /** Does it in so many milliseconds; what is returned calls it off. */
  after(ms: number, task: () => void): () => void;
  /** Does it once all that came in this turn has been dealt with. */
  soon(task: () => void): void;
}

export const systemTimers: Timers = {
  after(ms, task) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
  soon(task) {
    setImmediate(task);
  },
};
