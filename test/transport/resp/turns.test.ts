/** Turns: one connection with much to do lets the others have theirs in between. */
import { describe, expect, test } from 'vitest';
import { MOST_READ_BYTES } from '../../../src/transport/connection/read-buffer.ts';
import { frame, words } from '../../support/resp-frames.ts';
import { RespHarness } from './resp-harness.ts';
import { TestConnection, TIMEOUT_MS } from './resp-socket.ts';

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

describe('over TLS, where each record comes by itself,', () => {
  test('the second of a turn waits where there is no time left, and what follows it', () => {
    const one = new TestConnection(new RespHarness(), { isTls: true });
    expect(one.receive(PING)).toEqual([PONG]);
    expect(one.receive(PING)).toEqual([PONG]);
    one.harness.hasTime = false;
    expect(one.receive(PING)).toEqual([PONG, 'pause']);
    // What was on its way.
    expect(one.receive(PING)).toEqual([]);
    one.turns.number++;
    expect(one.turn()).toEqual([PONG, 'resume']);
    expect(one.receive(PING)).toEqual([PONG, 'pause']);
  });
});

describe('where there is no time left in the turn', () => {
  const many = (count: number) => Buffer.from('PING\n'.repeat(count));
  const busy = () => {
    const one = new TestConnection();
    one.harness.hasTime = false;
    return one;
  };
  const answered = (log: readonly string[]) => (log[0] ?? '').length / PONG.length;

  test('a connection is answered a piece at once, and goes on turn by turn', () => {
    const one = busy();
    const [first = '', ...rest] = one.receive(many(100));
    expect(rest).toEqual(['pause']);
    const piece = first.length / PONG.length;
    expect(piece).toBeGreaterThan(1);
    expect(piece).toBeLessThanOrEqual(20);
    let all = piece;
    while (all < 100) {
      const log = one.turn();
      expect(answered(log)).toBe(Math.min(piece, 100 - all));
      all += answered(log);
    }
    expect(one.turn()).toEqual([]);
    expect(one.receive(many(2))).toEqual([PONG.repeat(2)]);
  });

  test('a piece of large commands, or of large replies, is one of few', () => {
    const large = frame('ECHO', 'a'.repeat(5_000));
    const one = busy();
    expect(answered(one.receive(Buffer.concat([large, large, large])))).toBeLessThan(2_000);
    const info = busy().receive('COMMAND\n'.repeat(16))[0] ?? '';
    expect(info.length).toBeLessThan(8_000);
  });

  test('blank lines are no way around it', () => {
    const one = busy();
    expect(one.receive(blankLines(20_000))).toEqual(['pause']);
    let turns = 0;
    while (!one.turn().includes('resume')) turns++;
    expect(turns).toBeGreaterThanOrEqual(3);
  });

  test('all at once is answered where there is time', () => {
    expect(new TestConnection().receive(many(100))).toEqual([PONG.repeat(100)]);
  });
});
