/** Errors, to the byte; none of them ends a connection. */
import { describe, expect, test } from 'vitest';
import { ALLOWED, DENIED, RESP } from '../../../src/metrics/cells.ts';
import { frame, words } from '../../support/resp-frames.ts';
import { Dialogue, RespHarness } from './resp-harness.ts';

const MOST = Number.MAX_SAFE_INTEGER;
const CELL = '-Cell error: Store error:';
const USAGE = `${CELL} Usage: cl.throttle <key> <max_burst> <count per period> <period> [<quantity>]`;
const ZERO = `${CELL} Zero rates are not supported`;
const COUNT_OF = "-ERR wrong number of arguments for 'throttle' command";
const BYTES = 'key must have 1 to 256 bytes of UTF-8, has';

/** The reply, after which the connection must still answer. */
function refused(harness: RespHarness, bytes: Buffer): string {
  const dialogue = new Dialogue(harness);
  const reply = dialogue.send(bytes);
  expect(dialogue.send(words('PING'))).toBe('+PONG\r\n');
  expect(harness.limiter.size).toBe(0);
  expect(harness.counted(ALLOWED + RESP) + harness.counted(DENIED + RESP)).toBe(0);
  return reply;
}

//  the command, and its error
const errors = [
  ['CL.THROTTLE', USAGE],
  ['CL.THROTTLE k', USAGE],
  ['CL.THROTTLE k 1 1', USAGE],
  ['CL.THROTTLE k 1 1 1 1 1', USAGE],
  ['CL.THROTTLE k abc 1 1', `${CELL} Couldn't parse as integer: abc`],
  ['CL.THROTTLE k 1 abc 1', `${CELL} Couldn't parse as integer: abc`],
  ['CL.THROTTLE k 1 1 abc', `${CELL} Couldn't parse as integer: abc`],
  ['CL.THROTTLE k 1 1 1 abc', `${CELL} Couldn't parse as integer: abc`],
  ['CL.THROTTLE k x y z', `${CELL} Couldn't parse as integer: x`],
  ['CL.THROTTLE k 0 0 z', `${CELL} Couldn't parse as integer: z`],
  ['CL.THROTTLE k 1.0 1 1', `${CELL} Couldn't parse as integer: 1.0`],
  ['CL.THROTTLE k 1e3 1 1', `${CELL} Couldn't parse as integer: 1e3`],
  ['CL.THROTTLE k - 1 1', `${CELL} Couldn't parse as integer: -`],
  ['CL.THROTTLE k  1 1', `${CELL} Couldn't parse as integer: `],
  [
    'CL.THROTTLE k 9223372036854775808 1 1',
    `${CELL} Couldn't parse as integer: 9223372036854775808`,
  ],
  [
    'CL.THROTTLE k 1 1 1 -9223372036854775809',
    `${CELL} Couldn't parse as integer: -9223372036854775809`,
  ],
  ['CL.THROTTLE k 1 0 1', ZERO],
  ['CL.THROTTLE k 1 1 0', ZERO],
  ['CL.THROTTLE k -1 0 0', ZERO],
  ['CL.THROTTLE k 1 1000000001 1', ZERO],
  ['CL.THROTTLE k -1 1 1', `${CELL} max_burst must be a whole number from 0 to ${MOST - 1}, is -1`],
  [
    'CL.THROTTLE k 9007199254740991 1 1',
    `${CELL} max_burst must be a whole number from 0 to ${MOST - 1}, is 9007199254740991`,
  ],
  [
    'CL.THROTTLE k 9223372036854775807 1 1',
    `${CELL} max_burst must be a whole number from 0 to ${MOST - 1}, is 9223372036854775807`,
  ],
  ['CL.THROTTLE k 1 -1 1', `${CELL} count must be a whole number from 1 to ${MOST}, is -1`],
  [
    'CL.THROTTLE k 1 2000000000000003 31622400',
    `${CELL} max_burst 1 with 2000000000000003 in a period of 31622400 cannot be counted exactly; ` +
      'wanted is a smaller max_burst or period',
  ],
  [
    'CL.THROTTLE k 1 9007199254740992 31622400',
    `${CELL} count must be a whole number from 1 to ${MOST}, is 9007199254740992`,
  ],
  ['CL.THROTTLE k 1 1 -5', `${CELL} period must be a whole number from 1 to 31622400, is -5`],
  [
    'CL.THROTTLE k 1 1 31622401',
    `${CELL} period must be a whole number from 1 to 31622400, is 31622401`,
  ],
  [
    'CL.THROTTLE k 999999998 7 31622399',
    `${CELL} max_burst 999999998 with 7 in a period of 31622399 cannot be counted exactly; ` +
      'wanted is a smaller max_burst or period',
  ],
  ['CL.THROTTLE  1 1 1', `${CELL} ${BYTES} 0`],
  [`CL.THROTTLE ${'x'.repeat(257)} 1 1 1`, `${CELL} ${BYTES} 257`],
  ['THROTTLE', COUNT_OF],
  ['THROTTLE k 1 1', COUNT_OF],
  ['THROTTLE k 1 1 1 1 1', COUNT_OF],
  ['THROTTLE k abc 1 1', `-ERR max_burst must be a whole number from 1 to ${MOST}, is abc`],
  ['THROTTLE k 0 1 1', `-ERR max_burst must be a whole number from 1 to ${MOST}, is 0`],
  [
    'THROTTLE k 9007199254740992 1 1',
    `-ERR max_burst must be a whole number from 1 to ${MOST}, is 9007199254740992`,
  ],
  ['THROTTLE k 1 0 1', `-ERR count must be a whole number from 1 to ${MOST}, is 0`],
  ['THROTTLE k 1 1 0', '-ERR period must be a whole number from 1 to 31622400, is 0'],
  ['THROTTLE k 1 1 1 x', '-ERR quantity must be a whole number of 64 bits, is x'],
  ['THROTTLE  1 1 1', `-ERR ${BYTES} 0`],
] as const;
test.each(errors)('%s', (command, error) => {
  const harness = new RespHarness();
  expect(refused(harness, words(command))).toBe(`${error}\r\n`);
  expect(harness.refused()).toEqual({ bad_field: 1 });
});

describe('bytes that are not UTF-8 are no key', () => {
  test.each([['ff'], ['61ff'], ['c080'], ['c3'], ['eda080'], ['f4908080']])('%s', (hex) => {
    const harness = new RespHarness();
    const bytes = frame('CL.THROTTLE', Buffer.from(hex, 'hex'), 1, 1, 1);
    expect(refused(harness, bytes)).toBe(`${CELL} ${BYTES} bytes that are not\r\n`);
  });

  test('256 bytes are counted, not characters', () => {
    const harness = new RespHarness();
    expect(refused(harness, words(`THROTTLE ${'é'.repeat(129)} 1 1 1`))).toBe(
      `-ERR ${BYTES} 258\r\n`,
    );
  });
});

test('numbers may have a plus sign and leading zeros', () => {
  const harness = new RespHarness();
  const zeros = '0'.repeat(40);
  expect(harness.decide(`CL.THROTTLE k +15 ${zeros}30 060 +0001`)).toEqual([0, 16, 15, -1, 2]);
  expect(harness.decide('CL.THROTTLE k 15 30 60 -0')).toEqual([0, 16, 15, -1, 2]);
});

describe('an unknown command', () => {
  test.each([
    ['FOO', "-ERR unknown command 'FOO', with args beginning with: "],
    ['foo bar', "-ERR unknown command 'foo', with args beginning with: 'bar' "],
    ['get a b c d', "-ERR unknown command 'get', with args beginning with: 'a' 'b' 'c' "],
    ['constructor', "-ERR unknown command 'constructor', with args beginning with: "],
    ['', "-ERR unknown command '', with args beginning with: "],
  ])('%j', (command, error) => {
    const harness = new RespHarness();
    expect(refused(harness, words(command))).toBe(`${error}\r\n`);
    expect(harness.refused()).toEqual({ unknown_command: 1 });
  });

  test('is shown short, on one line, and its bytes as they are', () => {
    const harness = new RespHarness();
    const reply = refused(
      harness,
      frame('a\r\n+OK\r\n', 'x'.repeat(16_000), Buffer.from('ff', 'hex')),
    );
    const long = `${'x'.repeat(40)}...`;
    expect(reply).toBe(
      `-ERR unknown command 'a  +OK  ', with args beginning with: '${long}' '\xff' \r\n`,
    );
  });
});
