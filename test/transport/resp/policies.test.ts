/** ARGUS.TAKE: a question by policy over the Redis protocol. */
import { beforeEach, describe, expect, test } from 'vitest';
import { ALLOWED, DENIED, RESP } from '../../../src/metrics/cells.ts';
import { Session } from '../../../src/transport/resp/commands/session.ts';
import { frames } from '../../support/resp-frames.ts';
import { RespHarness } from './resp-harness.ts';

const POLICIES = `
policies:
  uploads:
    limits:
      - {name: requests, capacity: 10, interval: 10s, cost: 1}
      - {name: volume, capacity: 1000, interval: 1000s}
    overrides:
      - {keys: ["health"], always: allow}
      - {keys: ["banned"], always: deny}
  trial:
    dryRun: true
    limits: [{name: all, capacity: 2, interval: 2s}]
`;

let harness: RespHarness;
beforeEach(() => {
  harness = new RespHarness({ policies: POLICIES });
});

/** The five numbers and the name. */
function take(words: string): string {
  const reply = harness.ask(`ARGUS.TAKE ${words}`);
  const found = /^\*6\r\n((?::-?\d+\r\n){5})\$(\d+)\r\n([\w.-]+)\r\n$/.exec(reply);
  if (found === null) return reply;
  const [, numbers = '', length, name = ''] = found;
  expect(name).toHaveLength(Number(length));
  return `${numbers.match(/-?\d+/g)?.join(' ')} ${name}`;
}

describe('an answer', () => {
  test('has the numbers of the limit that decided, as CL.THROTTLE, and its name', () => {
    expect(take('uploads alice')).toBe('0 10 9 -1 1 requests');
    expect(take('uploads alice 500')).toBe('0 1000 499 -1 501 volume');
    expect(take('uploads alice 500')).toBe('1 1000 499 1 501 volume');
    expect(take('uploads alice 0')).toBe('0 1000 499 -1 501 volume');
    expect(take('uploads alice -500')).toBe('0 10 8 -1 2 requests');
    expect(take('uploads alice 1001')).toBe('1 1000 999 -1 1 volume');
    expect([harness.counted(ALLOWED + RESP), harness.counted(DENIED + RESP)]).toEqual([4, 2]);
    expect(harness.measured()).toBe(0);
  });

  test('of an override has no numbers', () => {
    expect(take('uploads health')).toBe('0 -1 -1 -1 -1 override');
    expect(take('uploads banned')).toBe('1 -1 -1 -1 -1 override');
  });

  test('of a dry run allows, with the numbers of what would have been denied', () => {
    expect(take('trial a 2')).toBe('0 2 0 -1 2 all');
    expect(take('trial a')).toBe('0 2 0 -1 2 all');
  });
});

describe('an error', () => {
  //  arguments, what is answered
  test.each([
    ['uploads', "-ERR wrong number of arguments for 'argus.take' command\r\n"],
    ['uploads a 1 2', "-ERR wrong number of arguments for 'argus.take' command\r\n"],
    ['none a', '-ERR policy must be one of those that the service has, is "none"\r\n'],
    [
      'uploads a x',
      '-ERR cost must be a whole number from -9007199254740991 to 9007199254740991, is x\r\n',
    ],
    [`uploads ${'k'.repeat(257)}`, '-ERR key must have 1 to 256 bytes of UTF-8, has 257\r\n'],
  ])('%s', (words, reply) => {
    expect(take(words)).toBe(reply);
  });
});

test('an answer that comes late has its place', async () => {
  const { interpreter, late } = new RespHarness({
    policies: POLICIES,
    isLate: (key) => key.endsWith('alice'),
  });
  const bytes = frames('PING', 'ARGUS.TAKE trial alice', 'ARGUS.TAKE trial bob', 'PING');
  interpreter.run(new Session(1, '192.0.2.1'), bytes, 0, 0);
  const replies = interpreter.replies.take();
  await late.tell();
  const taken = '*6\r\n:0\r\n:2\r\n:1\r\n:-1\r\n:1\r\n$3\r\nall\r\n';
  expect(await replies).toBe(`+PONG\r\n${taken}${taken}+PONG\r\n`);
});
