/** Turns: one connection with much to do lets the others have theirs in between. */
import { describe, expect, test } from 'vitest';
import { MOST_READ_BYTES } from '../../src/transport/resp/connection.ts';
import { frame, words } from '../support/resp-frames.ts';
import { TestConnection, TIMEOUT_MS } from '../support/resp-socket.ts';

const PING = words('PING');
const PONG = '+PONG\r\n';
const LATE = `-ERR timeout: a command must arrive whole within ${TIMEOUT_MS} ms\r\n`;

function blankLines(count: number): Buffer {
  return Buffer.alloc(count, '\n');
}

describe('a chunk as long as one may be, which more will follow,', () => {
  const full = Buffer.concat([blankLines(MOST_READ_BYTES - PING.length), PING]);

  test('is served, and the next one when the others had their turn', () => {
    const one = new TestConnection();
    expect(one.receive(full)).toEqual([PONG, 'pause']);
    expect(one.turn()).toEqual(['resume']);
    expect(one.turn()).toEqual([]);
    expect(one.receive(full.subarray(1))).toEqual([PONG]);
  });

  test('from a client that does not read waits for it, however many turns pass', () => {
    const one = new TestConnection();
    expect(one.receive(full)).toEqual([PONG, 'pause']);
    one.socket.takes = false;
    one.receive(PING);
    expect(one.turn()).toEqual([PONG, 'pause']);
    one.receive(PING);
    expect(one.turn()).toEqual([]);
    expect(one.drain()).toEqual([PONG, 'pause']);
  });

  test('does not take the place of the first command', () => {
    const one = new TestConnection();
    expect(one.receive(blankLines(MOST_READ_BYTES))).toEqual(['pause']);
    expect(one.turn()).toEqual(['resume']);
    expect(one.pass(TIMEOUT_MS)).toEqual([LATE, 'end', 'resume']);
  });

  test('may be the last: it ends with no turn more', () => {
    const one = new TestConnection();
    const last = Buffer.concat([full, frame('QUIT')]);
    expect(one.receive(last)).toEqual([`${PONG}+OK\r\n`, 'end', 'resume']);
    expect(one.turn()).toEqual([]);
  });
});
