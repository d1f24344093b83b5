/**
 * A source of time: whole microseconds that never go backwards, with one origin for all threads.
 */
export type Clock = () => number;

/**
 * The machine's monotonic clock in whole microseconds, below 2^53 for 285 years of uptime.
 * `hrtime` and not `performance.now()`: the latter counts from another origin in each worker.
 */
export const monotonicUs: Clock = () => {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000_000 + Math.floor(nanoseconds / 1_000);
};

/** Whole microseconds since 1970, by a clock that people may set. */
export type WallClock = () => number;

export const wallUs: WallClock = () => Date.now() * 1_000;

/** A time of the wall clock as ISO 8601 has it: 2027-01-01T12:00:00.000Z. */
export function isoTime(wallTimeUs: number): string {
  return new Date(wallTimeUs / 1_000).toISOString();
}

/** The same as the name of a file may have it: 20270101T120000000Z. */
export function compactTime(wallTimeUs: number): string {
  return isoTime(wallTimeUs).replaceAll(/[-:.]/g, '');
}

/**
 * What a Date field of HTTP says. `nowUs` is the monotonic clock's time, which whoever asks has
 * read already: the other clock is read, and its time rendered, once a second.
 */
export const httpDate: (nowUs: number) => string = (() => {
  let untilUs = 0;
  let text = '';
  return (nowUs) => {
    if (nowUs >= untilUs) {
      const nowMs = Date.now();
      untilUs = nowUs + (1_000 - (nowMs % 1_000)) * 1_000;
      text = new Date(nowMs).toUTCString();
    }
    return text;
  };
})();

/** When this process started, in whole seconds of Unix time. */
export function processStartS(): number {
  return Math.floor(Date.now() / 1_000 - process.uptime());
}
