/** A connection: one write a chunk, clients that do not read or do not finish, and ends. */
import { describe, expect, test } from 'vitest';
import { MOST_REPLY_BYTES } from '../../../src/transport/resp/interpreter.ts';
import { MOST_BUSY } from '../../../src/transport/resp/resp-connection.ts';
import { frame, words } from '../../support/resp-frames.ts';
import { TestConnection, TIMEOUT_MS, TURNS_TO_BE_QUIET } from './resp-socket.ts';

const PING = words('PING');
const PONG = '+PONG\r\n';
const TAKE = words('CL.THROTTLE k 99 1 60');
const LATE = `-ERR timeout: a command must arrive whole within ${TIMEOUT_MS} ms\r\n`;
/** What a client that does not read is given. */
const DEAF_MS = TIMEOUT_MS + 1_000;

function many(command: Buffer, times: number): Buffer {
  return Buffer.concat(Array.from({ length: times }, () => command));
}

describe('a chunk', () => {
  test('has one write, however many commands are in it', () => {
    const one = new TestConnection();
    expect(one.receive(PING)).toEqual([PONG]);
    expect(one.receive(many(PING, 500))).toEqual([PONG.repeat(500)]);
    const decisions = one.receive(many(TAKE, 1_000));
    expect(decisions).toHaveLength(1);
    expect(decisions[0]?.match(/\*5\r\n/g)).toHaveLength(1_000);
  });

  test('has no write where nothing is to be answered', () => {
    const one = new TestConnection();
    expect(one.receive('\r\n*0\r\n')).toEqual([]);
    expect(one.receive(PING.subarray(0, 9))).toEqual([]);
    expect(one.receive(PING.subarray(9))).toEqual([PONG]);
  });

  test('is gone once it was received: keys and halves of commands are kept by themselves', () => {
    const one = new TestConnection();
    const takeOf = (key: string) => words(`CL.THROTTLE ${key} 0 1 60`);
    for (const key of ['a', 'b', 'a']) one.receive(takeOf(key));
    expect(one.harness.limiter.size).toBe(2);
    const cut = 30;
    one.receive(takeOf('c').subarray(0, cut));
    one.receive(takeOf('c').subarray(cut));
    expect(one.receive(takeOf('c'))[0]).toMatch(/^\*5\r\n:1\r\n/);
    expect(one.harness.limiter.size).toBe(3);
  });

  test('is decided at one time, and measured once', () => {
    const one = new TestConnection();
    one.receive(many(TAKE, 30));
    expect(one.harness.measured()).toBe(1);
    one.receive(TAKE);
    expect(one.harness.measured()).toBe(2);
    one.receive(PING);
    expect(one.harness.measured()).toBe(2);
  });
});

describe('a client that does not read', () => {
  test('is read from no further until it does', () => {
    const one = new TestConnection();
    one.socket.takes = false;
    expect(one.receive(many(PING, 2))).toEqual([PONG.repeat(2), 'pause']);
    // Bytes that had been read already: they wait.
    expect(one.receive(many(PING, 3))).toEqual([]);
    expect(one.receive(PING.subarray(0, 4))).toEqual([]);
    one.socket.takes = true;
    expect(one.drain()).toEqual([PONG.repeat(3), 'resume']);
    expect(one.receive(PING.subarray(4))).toEqual([PONG]);
  });

  test('and takes some of it only is held again', () => {
    const one = new TestConnection();
    one.socket.takes = false;
    one.receive(PING);
    one.receive(PING);
    expect(one.drain()).toEqual([PONG, 'pause']);
    one.socket.takes = true;
    expect(one.drain()).toEqual(['resume']);
  });

  test('gets replies by the piece where they are much longer than what it sent', () => {
    const one = new TestConnection();
    one.socket.takes = false;
    const length = one.receive('INFO\n')[0]?.length ?? 0;
    one.drain();
    const [first = '', ...rest] = one.receive('INFO\n'.repeat(10_000));
    expect(rest).toEqual(['pause']);
    expect(first.length).toBeLessThan(MOST_REPLY_BYTES + length);
    let replies = first.length / length;
    for (let drains = 0; replies < 10_000; drains++) {
      const [next = ''] = one.drain();
      expect(next.length).toBeLessThan(MOST_REPLY_BYTES + length);
      expect(drains).toBeLessThan(100);
      replies += next.length / length;
    }
    expect(replies).toBe(10_000);
    expect(one.drain()).toEqual(['resume']);
  });

  test('but does take all at once gets them in more than one write, turn by turn', () => {
    const one = new TestConnection();
    const [first = '', ...rest] = one.receive('INFO\n'.repeat(10_000));
    expect(rest).toEqual(['pause']);
    let turns = 0;
    let length = first.length;
    for (let done = one.turn(); done.length > 0; done = one.turn()) {
      expect(done[0]?.startsWith('$')).toBe(true);
      expect(done).toHaveLength(2);
      turns++;
      length += done[0]?.length ?? 0;
    }
    expect(turns).toBeGreaterThan(10);
    expect(length).toBe((one.receive('INFO\n')[0]?.length ?? 0) * 10_000);
  });

  test('is cut off in the end', () => {
    const one = new TestConnection();
    one.socket.takes = false;
    one.receive(PING);
    expect(one.pass(DEAF_MS - 1)).toEqual([]);
    expect(one.pass(1)).toEqual(['destroy']);
  });

  test('its last replies is cut off too', () => {
    const one = new TestConnection();
    expect(one.receive(words('QUIT'))).toEqual(['+OK\r\n', 'end', 'resume']);
    expect(one.pass(DEAF_MS - 1)).toEqual([]);
    expect(one.pass(1)).toEqual(['destroy']);
  });

  test('its last replies but has been sent them has a second to close', () => {
    const one = new TestConnection();
    one.receive(words('QUIT'));
    one.socket.finish();
    expect(one.pass(999)).toEqual([]);
    expect(one.pass(1)).toEqual(['destroy']);
  });
});

describe('a client that does not finish', () => {
  test('its first command is told so, and ended', () => {
    const one = new TestConnection();
    expect(one.pass(TIMEOUT_MS - 1)).toEqual([]);
    expect(one.receive('\r\n')).toEqual([]);
    expect(one.receive(PING.subarray(0, 5))).toEqual([]);
    expect(one.pass(1)).toEqual([LATE, 'end', 'resume']);
    expect(one.receive(PING.subarray(5))).toEqual([]);
    expect(one.harness.refused()).toEqual({ timeout: 1 });
  });

  test('a later command: as a whole it has one deadline', () => {
    const one = new TestConnection();
    one.receive(PING);
    expect(one.pass(100 * TIMEOUT_MS)).toEqual([]);
    one.receive(TAKE.subarray(0, 5));
    for (let at = 5; at < 14; at++) {
      expect(one.pass(TIMEOUT_MS / 10)).toEqual([]);
      expect(one.receive(TAKE.subarray(at, at + 1))).toEqual([]);
    }
    expect(one.pass(TIMEOUT_MS / 10)).toEqual([LATE, 'end', 'resume']);
  });

  test('one command after the other has a deadline for each', () => {
    const one = new TestConnection();
    one.receive(PING.subarray(0, 3));
    for (let times = 0; times < 5; times++) {
      expect(one.pass(TIMEOUT_MS - 1)).toEqual([]);
      const rest = Buffer.concat([PING.subarray(3), PING.subarray(0, 3)]);
      expect(one.receive(rest)).toEqual([PONG]);
    }
    expect(one.pass(TIMEOUT_MS)).toEqual([LATE, 'end', 'resume']);
  });

  test('has its own time after it has taken its replies', () => {
    const one = new TestConnection();
    one.socket.takes = false;
    one.receive(PING);
    one.receive(PING.subarray(0, 3));
    one.pass(DEAF_MS - 1);
    expect(one.drain()).toEqual(['resume']);
    expect(one.pass(TIMEOUT_MS - 1)).toEqual([]);
    expect(one.pass(1)).toEqual([LATE, 'end', 'resume']);
  });
});

test('a client that has asked once may rest for ever', () => {
  const one = new TestConnection();
  one.receive(PING);
  expect(one.pass(1e9)).toEqual([]);
  one.socket.takes = false;
  one.receive(PING);
  one.drain();
  expect(one.pass(1e9)).toEqual([]);
  one.socket.takes = true;
  expect(one.receive(PING)).toEqual([PONG]);
});

describe('an end', () => {
  test('of what the client sends is that of the connection, its answers first', () => {
    const one = new TestConnection();
    one.receive(Buffer.concat([PING, PING.subarray(0, 4)]));
    expect(one.during(() => one.socket.emit('end'))).toEqual(['end', 'resume']);
    expect(one.during(() => one.socket.emit('end'))).toEqual([]);
  });

  test.each([
    ['that was asked for', frame('QUIT'), '+OK\r\n'],
    [
      'by a wrong frame',
      Buffer.from('*x\r\n'),
      '-ERR Protocol error: invalid multibulk length\r\n',
    ],
  ])('%s is after the replies, and what follows is dropped', (_, last, reply) => {
    const one = new TestConnection();
    const replies = one.receive(Buffer.concat([PING, last, PING]));
    expect(replies).toEqual([PONG + reply, 'end', 'resume']);
    expect(one.receive(PING)).toEqual([]);
    expect(one.drain()).toEqual([]);
    expect(one.closeIdle()).toEqual([]);
  });

  test('of a client that does not read waits until it does', () => {
    const one = new TestConnection();
    one.socket.takes = false;
    expect(one.receive(Buffer.concat([PING, frame('QUIT')]))).toEqual([
      `${PONG}+OK\r\n`,
      'end',
      'resume',
    ]);
  });
});

describe('closing idle connections', () => {
  test('ends one that has said nothing, or nothing for a while', () => {
    const [silent, resting] = [new TestConnection(), new TestConnection()];
    expect(silent.closeIdle()).toEqual(['end', 'resume']);
    resting.receive(PING);
    expect(resting.closeIdle()).toEqual([]);
    expect(resting.closeIdle()).toEqual(['end', 'resume']);
    expect(resting.closeIdle()).toEqual([]);
  });

  test('answers all that has arrived by the end, however many pieces it came in', () => {
    const one = new TestConnection();
    one.connection.closeIdle();
    for (let pieces = 0; pieces < 5; pieces++) {
      expect(one.turn()).toEqual([]);
      expect(one.receive(PING)).toEqual([PONG]);
    }
    expect(one.turn()).toEqual([]);
    expect(one.closeIdle()).toEqual([]);
    expect(one.closeIdle()).toEqual(['end', 'resume']);
  });

  test('ends one that goes on asking between two commands, and not for a while', () => {
    const one = new TestConnection();
    for (let times = 0; times < MOST_BUSY; times++) {
      expect(one.receive(PING)).toEqual([PONG]);
      expect(one.turn()).toEqual([]);
      expect(one.turn()).toEqual([]);
      expect(one.closeIdle()).toEqual([]);
    }
    expect(one.receive(PING)).toEqual([PONG]);
    expect(one.turn()).toEqual([]);
    // It came before the turn was over, and is answered.
    expect(one.receive(PING)).toEqual([PONG]);
    expect(one.turn()).toEqual([]);
    expect(one.receive(PING.subarray(0, 5))).toEqual([]);
    expect(one.turn()).toEqual([]);
    expect(one.receive(PING.subarray(5))).toEqual([PONG]);
    // A look that found it busy is followed by one more.
    const last = Array.from({ length: 2 * TURNS_TO_BE_QUIET }, () => one.turn());
    expect(last.flat()).toEqual(['end', 'resume']);
  });

  test('waits for the rest of a command', () => {
    const one = new TestConnection();
    one.receive(PING.subarray(0, 5));
    for (let times = 0; times < 5; times++) expect(one.closeIdle()).toEqual([]);
    expect(one.receive(PING.subarray(5))).toEqual([PONG]);
    expect(one.closeIdle()).toEqual([]);
    expect(one.closeIdle()).toEqual(['end', 'resume']);
  });

  test('waits for a client that has replies to take', () => {
    const one = new TestConnection();
    one.socket.takes = false;
    one.receive(PING);
    for (let times = 0; times < 5; times++) expect(one.closeIdle()).toEqual([]);
    one.socket.takes = true;
    one.drain();
    one.closeIdle();
    expect(one.closeIdle()).toEqual(['end', 'resume']);
  });
});
