/** The admin token: matched whole, or not at all. */
import { expect, test } from 'vitest';
import { AdminToken } from '../../../src/transport/access/admin-token.ts';

//  configured, presented, whether it matches
const pairs = [
  ['secret', 'secret', true],
  ['secret', 'secreT', false],
  ['secret', 'secre', false],
  ['secret', 'secrett', false],
  ['secret', '', false],
  ['', '', false],
  ['', 'secret', false],
] as const;
test.each(pairs)('%j is configured, %j presented: %j', (configured, presented, matches) => {
  const token = new AdminToken(configured);
  expect(token.isSet).toBe(configured !== '');
  expect(token.matches(presented)).toBe(matches);
});
