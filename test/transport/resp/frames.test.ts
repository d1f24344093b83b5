/** How commands are framed: cut anywhere, many at a time, inline, and framed wrongly. */
import { describe, expect, test } from 'vitest';
import { cutAt, frame, words } from '../../support/resp-frames.ts';
import { Dialogue, numbersIn, RespHarness } from './resp-harness.ts';

/** A bit of everything: replies of all kinds, and in the end what is given. */
function conversation(end: Buffer): Buffer {
  return Buffer.concat([
    words('HELLO 3'),
    words('CL.THROTTLE k 15 30 60'),
    Buffer.from('*0\r\n\r\n  \r\n'),
    frame('THROTTLE', 'ключ 😀', 10, 100, 60, 3),
    Buffer.from('cl.throttle "a b" 1 1 1\n'),
    Buffer.from("throttle 'it\\'s' 1 1 \"\\x31\"\r\n"),
    words('CL.THROTTLE k 15 abc 60'),
    frame('ECHO', Buffer.from([0, 10, 13, 255])),
    words('NONSENSE a b'),
    words('CONFIG GET save appendonly'),
    end,
  ]);
}

function whole(bytes: Buffer): string {
  return new Dialogue(new RespHarness()).send(bytes);
}

describe('a frame that is cut changes no answer', () => {
  test.each([
    ['goes on', words('PING')],
    ['quits', words('QUIT')],
    ['has a length that lies', Buffer.from('*3\r\n$-1\r\nPING\r\n')],
    ['is nested', Buffer.from('*2\r\n*1\r\n$4\r\nPING\r\n')],
    ['has quotes that do not close', Buffer.from('PING "a\r\nPING\r\n')],
  ])('at any byte, where the conversation %s', (_, end) => {
    const bytes = conversation(end);
    const reply = whole(bytes);
    expect(reply.length).toBeGreaterThan(300);
    for (let at = 0; at <= bytes.length; at++) {
      const dialogue = new Dialogue(new RespHarness());
      const replies = cutAt(bytes, at).map((part) => dialogue.send(part));
      expect(replies.join(''), `cut at ${at}`).toBe(reply);
    }
  });

  test('at every byte', () => {
    const bytes = conversation(words('PING'));
    const dialogue = new Dialogue(new RespHarness());
    const places = Array.from({ length: bytes.length - 1 }, (_, i) => i + 1);
    const replies = cutAt(bytes, ...places).map((part) => dialogue.send(part));
    expect(replies.join('')).toBe(whole(bytes));
    expect(dialogue.left).toBe(0);
  });
});

describe('inline', () => {
  test('two lines of one read have a key each', () => {
    const [first, second] = ['aa', 'bb'].map((key) => `cl.throttle ${key} 0 1 60\r\n`);
    const reply = whole(Buffer.from(`${first}${second}${first}`));
    expect(reply.split('*5\r\n').map((one) => one.slice(0, 2))).toEqual(['', ':0', ':0', ':1']);
  });

  //  a line, and what it says, as ECHO has it
  const lines = [
    ['ECHO a', 'a'],
    ['  echo \t a  ', 'a'],
    ['ECHO "a b"', 'a b'],
    ["ECHO 'a b'", 'a b'],
    ['ECHO ""', ''],
    ["ECHO ''", ''],
    ['ECHO a"b c"', 'ab c'],
    ['ECHO "\\n\\r\\t\\b\\a\\q\\\\\\""', '\n\r\t\b\x07q\\"'],
    ['ECHO "\\x00\\xfF\\x4"', '\0\xffx4'],
    ["ECHO 'a\\'b\\n'", "a'b\\n"],
    ['ECHO \\n', '\\n'],
    ['ECHO é', Buffer.from('é').toString('latin1')],
  ] as const;
  test.each(lines)('%s', (line, text) => {
    for (const end of ['\r\n', '\n']) {
      const reply = whole(Buffer.from(`${line}${end}`));
      expect(reply).toBe(`$${text.length}\r\n${text}\r\n`);
    }
  });

  test('each line has a key of its own', () => {
    const lines = ['a', 'b', 'a', 'b'].map((key) => `CL.THROTTLE ${key} 0 1 60\n`);
    const dialogue = new Dialogue(new RespHarness());
    const limited = lines.map((line) => numbersIn(dialogue.send(line))[0]);
    expect(limited).toEqual([0, 0, 1, 1]);
  });

  test('a line with nothing on it has no answer', () => {
    expect(whole(Buffer.from('\r\n\n  \t\r\n'))).toBe('');
  });
});

describe('a frame that is wrong is answered, and ends the connection', () => {
  const MULTIBULK = 'invalid multibulk length';
  const BULK = 'invalid bulk length';
  const CRLF = 'expected CRLF after bulk';
  //  the frame, and what is wrong with it
  const frames = [
    ['*-1\r\n', MULTIBULK],
    ['*+1\r\n', MULTIBULK],
    ['*01\r\n', MULTIBULK],
    ['*00', MULTIBULK],
    ['*x\r\n', MULTIBULK],
    ['*\r\n', MULTIBULK],
    ['* 1\r\n', MULTIBULK],
    ['*1\n', MULTIBULK],
    ['*1\rx', MULTIBULK],
    ['*1025', MULTIBULK],
    ['*2147483649\r\n', MULTIBULK],
    ['*99999999999999999999', MULTIBULK],
    ['*1\r\n$-1\r\n', BULK],
    ['*1\r\n$+4\r\nPING\r\n', BULK],
    ['*1\r\n$04\r\nPING\r\n', BULK],
    ['*1\r\n$\r\n', BULK],
    ['*1\r\n$4x\r\nPING\r\n', BULK],
    ['*1\r\n$0x4\r\nPING\r\n', BULK],
    ['*1\r\n$16385', BULK],
    ['*1\r\n$536870912\r\n', BULK],
    ['*1\r\n$18446744073709551620\r\n', BULK],
    ['*1\r\n$3\r\nPING\r\n', CRLF],
    ['*1\r\n$4\r\nPING\rx', CRLF],
    ['*1\r\n$4\r\nPINGxx', CRLF],
    ['*1\r\n$4\r\nPINGx\n', CRLF],
    ['*1\r\n$4\r\nPINGx', CRLF],
    ['*1\r\n*1\r\n$4\r\nPING\r\n', "expected '$', got '*'"],
    ['*1\r\n:1\r\n', "expected '$', got ':'"],
    ['*1\r\nPING\r\n', "expected '$', got 'P'"],
    ['*1\r\n\r\n', "expected '$', got ' '"],
    ['PING "a\r\n', 'unbalanced quotes in request'],
    ["PING 'a\r\n", 'unbalanced quotes in request'],
    ['PING "a"b\r\n', 'unbalanced quotes in request'],
    ['PING "a\\"\r\n', 'unbalanced quotes in request'],
    [`PING ${'a'.repeat(16_380)}`, 'too big inline request'],
    [`${'a '.repeat(1_025)}\r\n`, 'too many arguments in inline request'],
    ['POST / HTTP/1.1\r\n', 'this is not HTTP'],
    ['host: argus.test\r\n', 'this is not HTTP'],
  ] as const;
  test.each(frames)('%j: %s', (bytes, fault) => {
    const harness = new RespHarness();
    const dialogue = new Dialogue(harness);
    const reply = dialogue.send(`PING\r\n${bytes}PING\r\n`);
    expect(reply).toBe(`+PONG\r\n-ERR Protocol error: ${fault}\r\n`);
    expect(dialogue.session.isOver).toBe(true);
    expect(harness.refused()).toEqual({ malformed_resp: 1 });
  });
});

describe('a command may be large, but not for ever', () => {
  test('16 KiB an argument, and a line', () => {
    const text = 'a'.repeat(16_384);
    expect(whole(frame('ECHO', text))).toBe(`$16384\r\n${text}\r\n`);
    const line = 'a'.repeat(16_384 - 5);
    expect(whole(Buffer.from(`ECHO ${line}\n`))).toBe(`$${line.length}\r\n${line}\r\n`);
    expect(whole(Buffer.from(`ECHO ${line}a\n`))).toContain('too big inline request');
  });

  test('1,024 arguments', () => {
    const args = Array.from({ length: 1_023 }, () => 'nope');
    expect(whole(frame('COMMAND', ...args))).toContain('unknown subcommand');
    expect(whole(frame('COMMAND', ...args, 'a'))).toContain('invalid multibulk length');
  });

  test('64 KiB a frame, refused at the length that says more', () => {
    const text = 'a'.repeat(16_000);
    const most = frame('NOPE', text, text, text, text, 'a'.repeat(1_400));
    expect(most.length).toBeLessThan(65_536);
    expect(whole(most)).toContain('unknown command');
    const head = Buffer.concat([frame('NOPE', text, text, text, text)]);
    head.write('*6', 0);
    expect(whole(Buffer.concat([head, Buffer.from('$1600')]))).toBe('');
    expect(whole(Buffer.concat([head, Buffer.from('$1600\r\n')]))).toBe(
      '-ERR Protocol error: too big mbulk request\r\n',
    );
  });

  test('and many of them in one chunk', () => {
    const dialogue = new Dialogue(new RespHarness());
    const reply = dialogue.send(Buffer.concat(Array.from({ length: 5_000 }, () => words('PING'))));
    expect(reply).toBe('+PONG\r\n'.repeat(5_000));
  });
});
