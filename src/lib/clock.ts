/** A source of time: whole microseconds that never go backwards, with one origin for all threads. */
export type Clock = () => number;

/**
 * The machine's monotonic clock in whole microseconds, below 2^53 for 285 years of uptime.
 * `hrtime` and not `performance.now()`: the latter counts from another origin in each worker.
 */
export const monotonicUs: Clock = () => {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000_000 + Math.floor(nanoseconds / 1_000);
};

/** What a Date field of HTTP says now. Made anew once a second: rendering one takes a while. */
export const httpDate: () => string = (() => {
  let second = 0;
  let text = '';
  return () => {
    const now = Math.floor(Date.now() / 1_000);
    if (now !== second) {
      second = now;
      text = new Date(now * 1_000).toUTCString();
    }
    return text;
  };
})();

/** When this process started, in whole seconds of Unix time. */
export function processStartS(): number {
  return Math.floor(Date.now() / 1_000 - process.uptime());
}
