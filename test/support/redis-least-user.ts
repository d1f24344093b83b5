/**
 * The user of Redis that docs/run/sharing.md names: one that may do what Argus needs, and no more.
 */

export const LEAST_COMMANDS = [
  'eval',
  'evalsha',
  'time',
  'hgetall',
  'hset',
  'hdel',
  'persist',
  'pexpireat',
  'pexpire',
  'zadd',
  'zcard',
  'zrangebyscore',
  'zremrangebyscore',
] as const;

/** As words of ACL SETUSER. */
export const LEAST_RULES: readonly string[] = [
  'on',
  '>secret',
  '~argus:*',
  ...LEAST_COMMANDS.map((command) => `+${command}`),
];

/** As redis-server is told on its command line; the default user stays, for tests to look. */
export const LEAST_USER: readonly string[] = ['--user', 'argus', ...LEAST_RULES];

/** It, with other rules behind its own. */
export function userBut(...rules: readonly string[]): readonly string[] {
  return [...LEAST_USER, ...rules];
}
