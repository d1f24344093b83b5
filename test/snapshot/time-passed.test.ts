/** How much time has passed over a restart, whatever became of the clocks. */
import { expect, test } from 'vitest';
import { timePassedUs } from '../../src/snapshot/time-passed.ts';
import { moment } from './restarts.ts';

const THEN = moment(5_000_000, 900_000_000, 'a boot');

//  what happened, the clocks now, microseconds that have passed
test.each([
  ['a restart', moment(8_000_000, 903_000_000), 3_000_000],
  ['one at once', moment(5_000_000, 900_000_000), 0],
  ['the wall clock was set forward', moment(8_000_000, 990_000_000_000), 3_000_000],
  ['the wall clock was set back', moment(8_000_000, 1), 3_000_000],
  ['another boot', moment(6_000_000, 910_000_000, 'another'), 9_999_000],
  ['another boot, and the wall clock was set back', moment(6_000_000, 1, 'another'), 0],
  ['another boot at once', moment(6_000_000, 900_000_500, 'another'), 0],
  ['the same boot, whose clock begins anew', moment(4_000_000, 902_000_000), 1_999_000],
])('%s', (_, now, passedUs) => {
  expect(timePassedUs(THEN, now)).toBe(passedUs);
});

test('where nobody can tell boots apart, the wall clock counts', () => {
  const unknown = { ...THEN, bootId: '' };
  expect(timePassedUs(unknown, { ...moment(9_000_000, 902_000_000), bootId: '' })).toBe(1_999_000);
});
