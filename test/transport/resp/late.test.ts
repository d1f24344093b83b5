/**
 * Decisions and resets that come late: their replies keep their places, and nothing else changes.
 */
import { describe, expect, test } from 'vitest';
import { ALLOWED, DENIED, DURATION, RESP } from '../../../src/metrics/cells.ts';
import { cutAt, frame, frames, words } from '../../support/resp-frames.ts';
import { Dialogue, RespHarness, TOKEN } from './resp-harness.ts';
import { LATE_TAKE, lateConnection, lateHarness, TAKEN } from './resp-late-connection.ts';
import { TestConnection, written } from './resp-socket.ts';

const PONG = '+PONG\r\n';
const AWAY = '-ERR the store that the instances share is away:';

describe('a decision that comes late', () => {
  test('is waited for, and reading goes on after its reply', async () => {
    const one = lateConnection();
    expect(one.receive(LATE_TAKE)).toEqual(['pause']);
    expect(one.turn()).toEqual([]);
    expect(await one.tell()).toEqual([TAKEN[0], 'resume']);
    expect(one.receive(words('PING'))).toEqual([PONG]);
    expect(one.receive(LATE_TAKE)).toEqual(['pause']);
    expect(await one.tell()).toEqual([TAKEN[1], 'resume']);
  });

  test.each([
    [0, 0, 0],
    [0, 1, 0],
    [1, 0, 0],
    [1, 1, 0],
    [2, 0, 0],
    [2, 1, 0],
  ])('keeps its place, and all go in one write: told %i, %i, %i', async (...order) => {
    const one = lateConnection();
    const crab = 'THROTTLE late2 5 1 60 2';
    const bytes = frames(
      'PING',
      LATE_TAKE,
      'THROTTLE k 5 1 60',
      'PING',
      crab,
      'CL.THROTTLE late3 0 1 1',
      'X',
    );
    expect(one.receive(bytes)).toEqual(['pause']);
    // All have been asked before any is answered.
    expect(one.harness.late.waiting).toBe(3);
    expect(await one.tell(order[0])).toEqual([]);
    expect(await one.tell(order[1])).toEqual([]);
    const replies = [
      PONG,
      TAKEN[0],
      '*5\r\n:1\r\n:5\r\n:4\r\n:60\r\n:0\r\n',
      PONG,
      '*5\r\n:1\r\n:5\r\n:3\r\n:120\r\n:0\r\n',
      '*5\r\n:0\r\n:1\r\n:0\r\n:-1\r\n:1\r\n',
      "-ERR unknown command 'X', with args beginning with: \r\n",
    ];
    expect(await one.tell(order[2])).toEqual([replies.join(''), 'resume']);
  });

  test('says that more is asked than the bucket ever holds, as one in time does', async () => {
    const bytes = frames(
      'CL.THROTTLE late 2 1 60 4',
      'THROTTLE late 2 1 60 4',
      'THROTTLE late 2 1 60',
    );
    const one = lateConnection();
    one.receive(bytes);
    expect(written(await one.tellAll())).toBe(new Dialogue(new RespHarness()).send(bytes));
    expect(one.harness.counted(DENIED + RESP)).toBe(2);
  });

  test('is counted when it is there, and measured when the replies are handed over', async () => {
    const one = lateConnection();
    one.receive(frames(LATE_TAKE, LATE_TAKE, 'CL.THROTTLE k 1 1 60'));
    expect(one.harness.counted(ALLOWED + RESP)).toBe(1);
    await one.tell(1);
    expect(one.harness.counted(ALLOWED + RESP)).toBe(2);
    expect(one.harness.measured()).toBe(0);
    one.harness.pass(0.003);
    await one.tell();
    expect(one.harness.counted(ALLOWED + RESP)).toBe(3);
    expect(one.harness.measured()).toBe(1);
    expect(one.harness.counted(DURATION.sum)).toBeCloseTo(0.003, 9);
  });

  test('of one connection changes nothing on another', async () => {
    const harness = lateHarness();
    const [one, other] = [new TestConnection(harness), new TestConnection(harness)];
    one.receive(frames('PING', LATE_TAKE));
    expect(other.receive(frames('ECHO a', LATE_TAKE, 'PING'))).toEqual(['pause']);
    expect(await other.tell(1)).toEqual([`$1\r\na\r\n${TAKEN[1]}${PONG}`, 'resume']);
    expect(other.receive(words('PING'))).toEqual([PONG]);
    expect(await one.tell()).toEqual([PONG + TAKEN[0], 'resume']);
  });
});

describe('DEL', () => {
  const BUCKETS = frames(frame('AUTH', TOKEN), 'THROTTLE k 5 1 60', 'THROTTLE late 5 1 60');

  async function del(keys: string, ...away: readonly string[]): Promise<string> {
    const one = lateConnection();
    for (const key of away) one.harness.late.away.add(key);
    one.receive(BUCKETS);
    await one.tellAll();
    one.receive(frames('PING', `DEL ${keys}`, 'PING'));
    return written(await one.tellAll());
  }

  test.each([
    ['late', ':1'],
    ['late2', ':0'],
    ['late k none late2 late', ':2'],
  ])('%s waits for the store, and answers how many had a bucket', async (keys, reply) => {
    expect(await del(keys)).toBe(`${PONG}${reply}\r\n${PONG}`);
  });

  test('says that nothing was reset where the store is away', async () => {
    expect(await del('a', 'a')).toBe(`${PONG}${AWAY} nothing was reset\r\n${PONG}`);
    expect(await del('a b', 'a', 'b')).toBe(`${PONG}${AWAY} nothing was reset\r\n${PONG}`);
  });

  test('says how many were not reset where it went away meanwhile', async () => {
    const error = `${AWAY} 2 of 3 keys were not reset`;
    expect(await del('a late b', 'a', 'b')).toBe(`${PONG}${error}\r\n${PONG}`);
  });

  test('is no decision, and no error of the client', async () => {
    const one = lateConnection();
    one.harness.late.away.add('a');
    one.receive(frames(frame('AUTH', TOKEN), 'DEL a', 'DEL a k'));
    await one.tellAll();
    expect(one.harness.measured()).toBe(0);
    expect(one.harness.refused()).toEqual({});
  });
});

describe('a frame that is cut changes no answer', () => {
  const bytes = frames(
    'HELLO 3',
    LATE_TAKE,
    Buffer.from('*0\r\n\r\n  \r\n'),
    frame('THROTTLE', 'late ключ', 10, 100, 60, 3),
    'CL.THROTTLE k 15 30 60',
    Buffer.from('cl.throttle "late b" 1 1 1\n'),
    'CL.THROTTLE late 15 abc 60',
    frame('AUTH', TOKEN),
    'DEL late k',
    LATE_TAKE,
    frame('ECHO', Buffer.from([0, 10, 13, 255])),
    'QUIT',
  );
  const reply = new Dialogue(new RespHarness()).send(bytes);

  test('at any byte, whether the rest comes before the late replies or after', async () => {
    for (let at = 0; at <= bytes.length; at++) {
      for (const isBefore of [true, false]) {
        const one = lateConnection();
        const [first, rest] = cutAt(bytes, at) as [Buffer, Buffer];
        one.receive(first);
        if (!isBefore) await one.tellAll();
        one.receive(rest);
        await one.tellAll();
        expect(written(one.socket.log), `cut at ${at}`).toBe(reply);
        expect(one.socket.log.slice(-2)).toEqual(['end', 'resume']);
      }
    }
  });

  test('at every byte', async () => {
    const one = lateConnection();
    for (let at = 0; at < bytes.length; at++) {
      one.receive(bytes.subarray(at, at + 1));
      await one.tellAll();
    }
    expect(written(one.socket.log)).toBe(reply);
  });
});
