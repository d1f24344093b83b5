/** Lengths of time as a file has them. */
import { expect, test } from 'vitest';
import { durationText, readDuration } from '../../src/policies/duration.ts';

//  written, microseconds
test.each([
  ['250ms', 250_000],
  ['1us', 1],
  ['10s', 10_000_000],
  [10, 10_000_000],
  ['10', 10_000_000],
  ['1m', 60_000_000],
  ['24h', 86_400_000_000],
  ['366d', 366 * 86_400_000_000],
])('%s', (written, us) => {
  expect(readDuration(written)).toBe(us);
});

test.each(['0s', 0, '', 's', '1.5s', '-1s', '1 s', '1h30m', '367d', 'ten', '1S', 1e300, 0.5])(
  '%j is none',
  (written) => {
    expect(readDuration(written)).toBeNull();
  },
);

test.each([
  [250_000, '250ms'],
  [86_400_000_000, '1d'],
  [90_000_000, '90s'],
  [1, '1us'],
])('%d us are said as %s', (us, text) => {
  expect(durationText(us)).toBe(text);
  expect(readDuration(text)).toBe(us);
});
