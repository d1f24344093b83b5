/** The clocks: one origin for all threads, and a date that is right at every second. */
import { afterEach, expect, test, vi } from 'vitest';
import { httpDate, monotonicUs } from '../../src/lib/clock.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('the monotonic clock gives whole microseconds, and never goes back', () => {
  let last = monotonicUs();
  for (let i = 0; i < 1_000; i++) {
    const now = monotonicUs();
    expect(Number.isInteger(now)).toBe(true);
    expect(now).toBeGreaterThanOrEqual(last);
    last = now;
  }
});

test('a date changes with the second, and not before', () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 21, 12, 0, 0, 250) });
  const nowUs = monotonicUs() + 10_000_000;
  expect(httpDate(nowUs)).toBe('Sat, 21 Nov 2026 12:00:00 GMT');
  vi.setSystemTime(Date.UTC(2026, 10, 21, 12, 0, 1));
  expect(httpDate(nowUs + 749_999)).toBe('Sat, 21 Nov 2026 12:00:00 GMT');
  expect(httpDate(nowUs + 750_000)).toBe('Sat, 21 Nov 2026 12:00:01 GMT');
});
