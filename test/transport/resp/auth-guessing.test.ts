/**
 * AUTH and HELLO where wrong tokens were shown before: they wait, and what follows waits for them.
 */
import { expect, test } from 'vitest';
import { FREE_FAILURES } from '../../../src/transport/access/token-guard.ts';
import { FakeTime } from '../../support/fake-time.ts';
import { frame, frames } from '../../support/resp-frames.ts';
import { guardOf } from '../access/token-guards.ts';
import { Dialogue, RespHarness, TOKEN } from './resp-harness.ts';
import { TestConnection, written } from './resp-socket.ts';

const WRONG = '-WRONGPASS invalid username-password pair or user is disabled.\r\n';
const TOO_MANY =
  '-ERR too many wrong tokens from this address lately: this one was not looked at, try again\r\n';

/** A service at which this address has failed as often as costs no time. */
function suspicious(): { readonly time: FakeTime; readonly harness: RespHarness } {
  const time = new FakeTime();
  const harness = new RespHarness({
    guard: (cells) => guardOf({ token: TOKEN, cells, clock: time.clock, timers: time }),
  });
  const dialogue = new Dialogue(harness);
  for (let i = 0; i < FREE_FAILURES; i++) {
    expect(dialogue.send(frame('AUTH', `wrong ${i}`))).toBe(WRONG);
  }
  return { time, harness };
}

function connect(harness: RespHarness): TestConnection {
  return new TestConnection(harness);
}

async function after(time: FakeTime, ms: number, one: TestConnection): Promise<string> {
  const before = one.socket.log.length;
  await time.pass(ms);
  while (one.turn().length > 0);
  return written(one.socket.log.slice(before));
}

test('a wrong token is answered late, and its connection has nothing else answered before', async () => {
  const { time, harness } = suspicious();
  const one = connect(harness);
  expect(written(one.receive(frames(frame('AUTH', 'other'), 'PING')))).toBe('');
  expect(await after(time, 49, one)).toBe('');
  expect(await after(time, 1, one)).toBe(`${WRONG}+PONG\r\n`);
});

test('the right token is known to the commands behind it in one piece', async () => {
  const { time, harness } = suspicious();
  const one = connect(harness);
  one.receive(frames(frame('AUTH', TOKEN), 'DEL a', 'PING'));
  expect(await after(time, 50, one)).toBe('+OK\r\n:0\r\n+PONG\r\n');
});

test('HELLO with a token greets when it was looked at, and changes nothing before', async () => {
  const { time, harness } = suspicious();
  const one = connect(harness);
  const hello = frame('HELLO', 3, 'AUTH', 'default', TOKEN, 'SETNAME', 'me');
  one.receive(frames(hello, 'CLIENT GETNAME'));
  const greeting = await after(time, 50, one);
  expect(greeting).toMatch(/^%7\r\n[\s\S]*\$2\r\nme\r\n$/);
  const other = connect(harness);
  // So long after the last failure it need not wait.
  const refused = frames(frame('HELLO', 3, 'AUTH', 'default', 'x'), 'CLIENT GETNAME');
  expect(written(other.receive(refused))).toBe(`${WRONG}$-1\r\n`);
  const third = connect(harness);
  third.receive(refused);
  expect(await after(time, 1_000, third)).toBe(`${WRONG}$-1\r\n`);
});

test('a wrong token waits, whatever user it is said to be of', async () => {
  const { time, harness } = suspicious();
  const one = connect(harness);
  expect(written(one.receive(frame('AUTH', 'admin', 'x')))).toBe('');
  expect(await after(time, 50, one)).toBe(WRONG);
});

test('many connections guess no faster than one', async () => {
  const { time, harness } = suspicious();
  const all = Array.from({ length: 20 }, () => connect(harness));
  for (const [i, one] of all.entries()) one.receive(frame('AUTH', `guess ${i}`));
  await time.pass(1_000);
  const replies = all.map((one) => written(one.socket.log));
  expect(replies.filter((reply) => reply === WRONG)).toHaveLength(1);
  expect(replies.filter((reply) => reply === TOO_MANY)).toHaveLength(19);
});

test('a client that goes away while it waits is nothing to the others', async () => {
  const { time, harness } = suspicious();
  const [gone, one] = [connect(harness), connect(harness)];
  gone.receive(frame('AUTH', 'x'));
  gone.socket.destroyed = true;
  await time.pass(50);
  expect(written(gone.socket.log)).toBe('');
  await time.pass(1_000);
  expect(written(one.receive(frame('AUTH', TOKEN)))).toBe('+OK\r\n');
});
