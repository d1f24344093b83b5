/** What a decision may say: whole numbers from 0 on, and nothing that is no number. */
import { expect, test } from 'vitest';
import { checked, type Decision } from '../../src/bucket/decision.ts';

const DECISION: Decision = {
  allowed: true,
  limit: 10,
  remaining: 3,
  retryAfterMs: 0,
  resetAfterMs: 7,
  nextTokenMs: 1,
  degraded: false,
};
const FIELDS = ['limit', 'remaining', 'retryAfterMs', 'resetAfterMs', 'nextTokenMs'] as const;

test('a decision of whole numbers is as it was', () => {
  expect(checked(DECISION)).toBe(DECISION);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 0.5])('%d is in no field', (number) => {
  for (const field of FIELDS) {
    expect(() => checked({ ...DECISION, [field]: number })).toThrow('whole number');
  }
});
