/** MULTI and EXEC: what is kept, in which order it is executed, and what stops it. */
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  MOST_QUEUED,
  MOST_QUEUED_BYTES,
} from '../../../src/transport/resp/commands/transaction.ts';
import { frame, frames, words } from '../../support/resp-frames.ts';
import { Dialogue, RespHarness, TOKEN } from './resp-harness.ts';
import { RespReplies } from './resp-replies.ts';
import { TestConnection, written } from './resp-socket.ts';

const TOO_LONG =
  '-ERR a transaction must have at most 10000 commands and 1048576 bytes, has more\r\n';
const ABORT = '-EXECABORT Transaction discarded because of previous errors.\r\n';

/** The replies to one connection's commands, in short. */
function said(commands: readonly (string | Buffer)[], harness = new RespHarness()): string[] {
  const replies = new RespReplies(new Dialogue(harness).send(frames(...commands)));
  const found: string[] = [];
  while (!replies.isDone) found.push(replies.next());
  return found;
}

test('a pipeline as redis-py sends it is executed in order, in one array', () => {
  const asked = ['MULTI', 'CL.THROTTLE k 1 1 60', 'CL.THROTTLE k 1 1 60', 'THROTTLE k 2 1 60'];
  expect(said([...asked, 'EXEC', 'PING'])).toEqual([
    '+OK',
    '+QUEUED',
    '+QUEUED',
    '+QUEUED',
    '*[*[:0 :2 :1 :-1 :60] *[:0 :2 :0 :-1 :120] *[:0 :2 :0 :120 :60]]',
    '+PONG',
  ]);
});

test('nothing is decided before EXEC, and all of it at that time', () => {
  const harness = new RespHarness();
  const one = new Dialogue(harness);
  one.send(frames('MULTI', 'CL.THROTTLE k 0 1 60'));
  expect(harness.interpreter.decisions).toBe(0);
  expect(harness.decide('CL.THROTTLE k 0 1 60')[0]).toBe(0);
  harness.pass(59);
  expect(one.send(words('EXEC'))).toBe('*1\r\n*5\r\n:1\r\n:1\r\n:0\r\n:1\r\n:1\r\n');
});

test.each<[string, readonly (string | Buffer)[], readonly string[]]>([
  ['an empty one', ['MULTI', 'EXEC'], ['+OK', '*']],
  ['EXEC without MULTI', ['EXEC'], ['-ERR EXEC without MULTI']],
  ['DISCARD without MULTI', ['DISCARD'], ['-ERR DISCARD without MULTI']],
  ['WATCH', ['WATCH k'], ['-ERR WATCH is not supported: a bucket cannot be watched']],
  ['UNWATCH', ['UNWATCH'], ['+OK']],
  ['UNWATCH inside', ['MULTI', 'UNWATCH', 'EXEC'], ['+OK', '+QUEUED', '*[+OK]']],
  [
    'DISCARD forgets',
    ['MULTI', 'CL.THROTTLE k 0 1 60', 'DISCARD', 'EXEC', 'CL.THROTTLE k 0 1 60'],
    ['+OK', '+QUEUED', '+OK', '-ERR EXEC without MULTI', '*[:0 :1 :0 :-1 :60]'],
  ],
  [
    'MULTI and WATCH inside are refused, and stop nothing',
    ['MULTI', 'MULTI', 'WATCH k', 'PING', 'EXEC'],
    [
      '+OK',
      '-ERR MULTI calls can not be nested',
      '-ERR WATCH inside MULTI is not allowed',
      '+QUEUED',
      '*[+PONG]',
    ],
  ],
  [
    'RESET ends it',
    ['MULTI', 'PING', 'RESET', 'EXEC'],
    ['+OK', '+QUEUED', '+RESET', '-ERR EXEC without MULTI'],
  ],
  ['QUIT is not kept', ['MULTI', 'QUIT', 'EXEC'], ['+OK', '+OK']],
  [
    'an error when it is executed is one of the replies',
    ['MULTI', 'CL.THROTTLE k x 1 60', 'SELECT 1', 'PING', 'EXEC'],
    [
      '+OK',
      '+QUEUED',
      '+QUEUED',
      '+QUEUED',
      "*[-Cell error: Store error: Couldn't parse as integer: x " +
        '-ERR DB index is out of range: there is one database, 0 +PONG]',
    ],
  ],
  [
    'inline commands',
    [Buffer.from('MULTI\r\nPING\r\necho "a b"\r\nEXEC\r\n')],
    ['+OK', '+QUEUED', '+QUEUED', '*[+PONG $a b]'],
  ],
  [
    'one after the other',
    ['MULTI', 'PING', 'EXEC', 'MULTI', 'ECHO a', 'EXEC'],
    ['+OK', '+QUEUED', '*[+PONG]', '+OK', '+QUEUED', '*[$a]'],
  ],
])('%s', (_, commands, replies) => {
  expect(said(commands)).toEqual(replies);
});

describe('what is refused when it comes has all of it refused', () => {
  test.each([
    ['an unknown command', 'NOPE a', "-ERR unknown command 'NOPE', with args beginning with: 'a' "],
    ['a wrong count', 'ECHO', "-ERR wrong number of arguments for 'echo' command"],
    [
      'a wrong count of one that decides',
      'CL.THROTTLE k',
      "-ERR wrong number of arguments for 'cl.throttle' command",
    ],
    ['a wrong count of EXEC', 'EXEC now', "-ERR wrong number of arguments for 'exec' command"],
    ['AUTH', `AUTH ${TOKEN.replaceAll(' ', '-')}`, '-ERR AUTH inside MULTI is not allowed'],
    ['HELLO', 'HELLO 3', '-ERR HELLO inside MULTI is not allowed'],
  ])('%s', (_, command, error) => {
    const harness = new RespHarness();
    const replies = said(
      ['MULTI', 'CL.THROTTLE k 0 1 60', command, 'CL.THROTTLE k 0 1 60', 'EXEC', 'PING'],
      harness,
    );
    expect(replies[2]?.startsWith(error), replies[2]).toBe(true);
    expect(replies.toSpliced(2, 1)).toEqual([
      '+OK',
      '+QUEUED',
      '+QUEUED',
      ABORT.trimEnd(),
      '+PONG',
    ]);
    expect(harness.interpreter.decisions).toBe(0);
  });

  test('also a right token is not heard there', () => {
    const replies = said(['MULTI', frame('AUTH', TOKEN), 'EXEC', 'DEL a']);
    expect(replies.at(-1)).toContain('-NOAUTH');
  });
});

test('DEL inside needs the token as it does outside', () => {
  const harness = new RespHarness();
  harness.decide('CL.THROTTLE k 0 1 60');
  expect(said(['MULTI', 'DEL k', 'EXEC'], harness).at(-1)).toContain('*[-NOAUTH ');
  const shown = said([frame('AUTH', TOKEN), 'MULTI', 'DEL k', 'EXEC'], harness);
  expect(shown.at(-1)).toBe('*[:1]');
});

describe('what a transaction may hold is bounded', () => {
  test('in commands', () => {
    const dialogue = new Dialogue(new RespHarness());
    dialogue.send(words('MULTI'));
    const queued = dialogue.send(frames(...Array.from({ length: MOST_QUEUED }, () => 'PING')));
    expect(queued).toBe('+QUEUED\r\n'.repeat(MOST_QUEUED));
    expect(dialogue.send(frames('PING', 'PING', 'EXEC'))).toBe(`${TOO_LONG}+QUEUED\r\n${ABORT}`);
  });

  test('in bytes, of which none is kept once they are too many', () => {
    const dialogue = new Dialogue(new RespHarness());
    dialogue.send(words('MULTI'));
    const echo = frame('ECHO', 'x'.repeat(16_000));
    const fitting = Math.floor(MOST_QUEUED_BYTES / echo.length);
    for (let i = 0; i < fitting; i++) expect(dialogue.send(echo)).toBe('+QUEUED\r\n');
    const { transaction } = dialogue.session;
    expect(transaction?.heldBytes).toBe(MOST_QUEUED_BYTES);
    expect(dialogue.send(echo)).toBe(TOO_LONG);
    expect(transaction?.heldBytes).toBe(0);
    expect(dialogue.send(echo)).toBe('+QUEUED\r\n');
    expect(transaction?.heldBytes).toBe(0);
    expect(dialogue.send(words('EXEC'))).toBe(ABORT);
  });

  test('and as much as may be held is executed, in turns, in one array', () => {
    const one = new TestConnection();
    const echo = frame('ECHO', 'x'.repeat(16_000));
    const count = Math.floor(MOST_QUEUED_BYTES / echo.length);
    one.receive(words('MULTI'));
    for (let i = 0; i < count; i++) one.receive(echo);
    const first = one.receive(frames('EXEC', 'PING'));
    expect(first.at(-1)).toBe('pause');
    let text = written(first);
    let turns = 0;
    for (let done = one.turn(); done.length > 0; done = one.turn()) {
      text += written(done);
      turns++;
    }
    expect(turns).toBeGreaterThan(5);
    const replies = new RespReplies(text);
    expect(text.startsWith(`*${count}\r\n`)).toBe(true);
    // Apart from toBe(), which would print a megabyte.
    const wanted = `*[${`$${'x'.repeat(16_000)} `.repeat(count).trim()}]`;
    expect(replies.next() === wanted).toBe(true);
    expect(replies.next()).toBe('+PONG');
    expect(replies.isDone).toBe(true);
  });
});

test('what is answered late keeps its place in the array', async () => {
  const isLate = (key: string) => key.startsWith('late');
  const one = new TestConnection(new RespHarness({ isLate }));
  const asked = ['CL.THROTTLE late1 4 1 60', 'PING', 'CL.THROTTLE late2 8 1 60'];
  const before = one.receive(frames('MULTI', ...asked, 'EXEC', 'ECHO end'));
  expect(written(before)).toBe('');
  await one.tell(1);
  await setImmediate();
  const text = written(await one.tellAll());
  const replies = new RespReplies(text);
  const found: string[] = [];
  while (!replies.isDone) found.push(replies.next());
  expect(found).toEqual([
    '+OK',
    '+QUEUED',
    '+QUEUED',
    '+QUEUED',
    '*[*[:0 :5 :4 :-1 :60] +PONG *[:0 :9 :8 :-1 :60]]',
    '$end',
  ]);
});

test('one connection that is between MULTI and EXEC is nothing to another', () => {
  const harness = new RespHarness();
  const [one, other] = [new Dialogue(harness), new Dialogue(harness)];
  one.send(words('MULTI'));
  expect(other.send(words('PING'))).toBe('+PONG\r\n');
  expect(other.send(words('EXEC'))).toContain('-ERR EXEC without MULTI');
  expect(one.send(words('EXEC'))).toBe('*0\r\n');
});
