/** A wait is as long as it was asked for, also where Node would make 1 ms of it. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemTimers } from '../../src/lib/timers.ts';

const MOST_MS = 2 ** 31 - 1;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('after()', () => {
  const waits = [0, 1, 1_000, MOST_MS - 1, MOST_MS, MOST_MS + 1, 2 * MOST_MS, 2 * MOST_MS + 1];
  test.each([...waits, 366 * 86_400_000, 1e12])('%d ms', (ms) => {
    const task = vi.fn();
    systemTimers.after(ms, task);
    const delays = vi.spyOn(globalThis, 'setTimeout');
    if (ms > 0) vi.advanceTimersByTime(ms - 1);
    expect(task).toHaveBeenCalledTimes(0);
    vi.advanceTimersByTime(1);
    expect(task).toHaveBeenCalledTimes(1);
    for (const [, delayMs] of delays.mock.calls) expect(delayMs).toBeLessThanOrEqual(MOST_MS);
    expect(vi.getTimerCount()).toBe(0);
    delays.mockRestore();
  });

  test.each([5, 3 * MOST_MS])('%d ms are called off whenever that is', (ms) => {
    for (const passedMs of [0, ms / 2]) {
      const task = vi.fn();
      const callOff = systemTimers.after(ms, task);
      vi.advanceTimersByTime(passedMs);
      callOff();
      expect(vi.getTimerCount()).toBe(0);
      vi.advanceTimersByTime(ms);
      expect(task).toHaveBeenCalledTimes(0);
    }
  });

  test('takes no wait that is no number', () => {
    expect(() => systemTimers.after(Number.NaN, () => {})).toThrow('a wait is a number');
    expect(vi.getTimerCount()).toBe(0);
  });
});

test('Node itself makes 1 ms of what is longer', async () => {
  vi.useRealTimers();
  const warnings: string[] = [];
  const warn = ({ name }: Error) => warnings.push(name);
  process.on('warning', warn);
  await new Promise((resolve) => setTimeout(resolve, MOST_MS + 1));
  const callOff = systemTimers.after(MOST_MS + 1, () => expect.fail('too early'));
  await new Promise((resolve) => setTimeout(resolve, 20));
  callOff();
  expect(warnings).toEqual(['TimeoutOverflowWarning']);
  process.off('warning', warn);
});
