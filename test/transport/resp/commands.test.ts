/** What clients say before they ask, and what is answered. */
import { describe, expect, test } from 'vitest';
import { cutAt, frame, words } from '../../support/resp-frames.ts';
import { Dialogue, RespHarness, TOKEN } from './resp-harness.ts';

const GREETING = [
  '$6\r\nserver\r\n$5\r\nargus\r\n$7\r\nversion\r\n$5\r\n1.2.3\r\n$5\r\nproto\r\n:',
  '\r\n$2\r\nid\r\n:7\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n',
  '$7\r\nmodules\r\n*0\r\n',
] as const;
const HELLO_2 = `*14\r\n${GREETING[0]}2${GREETING[1]}${GREETING[2]}`;
const HELLO_3 = `%7\r\n${GREETING[0]}3${GREETING[1]}${GREETING[2]}`;
const WRONG = '-WRONGPASS invalid username-password pair or user is disabled.\r\n';
const NO_TRACKING =
  '-ERR CLIENT TRACKING must be ON OPTIN, or OFF: there are no values here to keep a copy of\r\n';
const NAMES = '-ERR Client names cannot contain spaces, newlines or special characters.\r\n';

/** The replies of one connection, in turn. */
function said(lines: readonly (string | Buffer)[], harness = new RespHarness()): string[] {
  const dialogue = new Dialogue(harness);
  return lines.map((line) => dialogue.send(typeof line === 'string' ? words(line) : line));
}

describe('HELLO', () => {
  test('answers a map under version 3, and a flat array under 2', () => {
    expect(said(['HELLO', 'HELLO 3', 'HELLO', 'HELLO 2', 'hello'])).toEqual([
      HELLO_2,
      HELLO_3,
      HELLO_3,
      HELLO_2,
      HELLO_2,
    ]);
  });

  test('takes a name and the token, in any order', () => {
    const hello = frame('HELLO', 3, 'setname', 'me', 'auth', 'default', TOKEN);
    expect(said([hello, 'CLIENT GETNAME', 'DEL a'])).toEqual([HELLO_3, '$2\r\nme\r\n', ':0\r\n']);
    const other = frame('HELLO', 2, 'AUTH', 'default', TOKEN, 'SETNAME', 'me');
    expect(said([other, 'CLIENT GETNAME', 'DEL a'])).toEqual([HELLO_2, '$2\r\nme\r\n', ':0\r\n']);
  });

  test.each([
    ['HELLO 1', '-NOPROTO unsupported protocol version\r\n'],
    ['HELLO 4', '-NOPROTO unsupported protocol version\r\n'],
    ['HELLO x', '-ERR Protocol version is not an integer or out of range\r\n'],
    ['HELLO 3 FOO', "-ERR Syntax error in HELLO option 'FOO'\r\n"],
    ['HELLO 3 SETNAME', "-ERR Syntax error in HELLO option 'SETNAME'\r\n"],
    ['HELLO 3 AUTH default', "-ERR Syntax error in HELLO option 'AUTH'\r\n"],
    ['HELLO 3 SETNAME you AUTH default wrong', WRONG],
    ['HELLO 3 AUTH default wrong SETNAME you', WRONG],
  ])('%s: an error, and nothing of it holds', (hello, error) => {
    expect(said(['CLIENT SETNAME me', hello, 'CLIENT GETNAME', 'HELLO'])).toEqual([
      '+OK\r\n',
      error,
      '$2\r\nme\r\n',
      HELLO_2,
    ]);
  });

  test('a name that is none', () => {
    expect(said([frame('HELLO', 3, 'SETNAME', 'a b'), 'HELLO'])).toEqual([NAMES, HELLO_2]);
  });
});

describe('replies under the version that was agreed on', () => {
  const asked = ['CLIENT GETNAME', 'CONFIG GET save', 'COMMAND DOCS nope', 'COMMAND INFO nope'];
  test('2', () => {
    const replies = ['$-1\r\n', '*2\r\n$4\r\nsave\r\n$0\r\n\r\n', '*0\r\n', '*1\r\n$-1\r\n'];
    expect(said(asked)).toEqual(replies);
  });

  test('3', () => {
    const replies = ['_\r\n', '%1\r\n$4\r\nsave\r\n$0\r\n\r\n', '%0\r\n', '*1\r\n_\r\n'];
    expect(said(['HELLO 3', ...asked]).slice(1)).toEqual(replies);
  });

  test('2 again after RESET, which forgets the name and the token too', () => {
    const hello = frame('HELLO', 3, 'AUTH', 'default', TOKEN, 'SETNAME', 'me');
    expect(said([hello, 'RESET', 'CLIENT GETNAME', 'DEL a']).slice(1)).toEqual([
      '+RESET\r\n',
      '$-1\r\n',
      '-NOAUTH Authentication required: AUTH with the ADMIN_TOKEN of the service.\r\n',
    ]);
  });
});

test.each([
  ['PING', '+PONG\r\n'],
  ['ping hello', '$5\r\nhello\r\n'],
  ['PING a b', "-ERR wrong number of arguments for 'ping' command\r\n"],
  ['ECHO', "-ERR wrong number of arguments for 'echo' command\r\n"],
  ['SELECT 0', '+OK\r\n'],
  ['SELECT 1', '-ERR DB index is out of range: there is one database, 0\r\n'],
  ['SELECT -1', '-ERR DB index is out of range: there is one database, 0\r\n'],
  ['SELECT a', '-ERR value is not an integer or out of range\r\n'],
  ['CLIENT ID', ':7\r\n'],
  ['CLIENT ID 1', "-ERR wrong number of arguments for 'client|id' command\r\n"],
  ['CLIENT', "-ERR wrong number of arguments for 'client' command\r\n"],
  ['CLIENT SETNAME', "-ERR wrong number of arguments for 'client|setname' command\r\n"],
  ['CLIENT SETINFO LIB-NAME redis', '+OK\r\n'],
  ['CLIENT SETINFO LIB-VER 6.0.0', '+OK\r\n'],
  ['CLIENT NO-EVICT on', '+OK\r\n'],
  ['CLIENT NO-TOUCH on', '+OK\r\n'],
  ['CLIENT TRACKING ON OPTIN', '+OK\r\n'],
  ['client tracking on optin', '+OK\r\n'],
  ['CLIENT TRACKING OFF', '+OK\r\n'],
  ['CLIENT TRACKING', "-ERR wrong number of arguments for 'client|tracking' command\r\n"],
  ['CLIENT TRACKING ON', NO_TRACKING],
  ['CLIENT TRACKING ON OPTOUT', NO_TRACKING],
  ['CLIENT TRACKING ON BCAST', NO_TRACKING],
  ['CLIENT TRACKING ON OPTIN NOLOOP', NO_TRACKING],
  ['CLIENT TRACKING OFF OPTIN', NO_TRACKING],
  ['CLIENT CACHING YES', "-ERR unknown subcommand 'CACHING' of CLIENT\r\n"],
  ['CLIENT INFO', '$44\r\nid=7 name= db=0 resp=2 admin=0 user=default\n\r\n'],
  ['CLIENT KILL', "-ERR unknown subcommand 'KILL' of CLIENT\r\n"],
  ['CLIENT constructor', "-ERR unknown subcommand 'constructor' of CLIENT\r\n"],
  ['CONFIG', "-ERR wrong number of arguments for 'config' command\r\n"],
  ['CONFIG GET', "-ERR wrong number of arguments for 'config|get' command\r\n"],
  ['CONFIG GET APPENDONLY', '*2\r\n$10\r\nappendonly\r\n$2\r\nno\r\n'],
  ['CONFIG GET nope', '*0\r\n'],
  ['CONFIG SET save 1', "-ERR unknown subcommand 'SET' of CONFIG\r\n"],
  ['COMMAND COUNT', ':20\r\n'],
  ['COMMAND KILL', "-ERR unknown subcommand 'KILL' of COMMAND\r\n"],
])('%s', (command, reply) => {
  expect(said([command])).toEqual([reply]);
});

describe('a client has the name it gave itself', () => {
  test('or none', () => {
    const lines = ['CLIENT SETNAME me', 'CLIENT GETNAME', frame('CLIENT', 'SETNAME', '')];
    const replies = ['+OK\r\n', '$2\r\nme\r\n', '+OK\r\n', '$-1\r\n'];
    expect(said([...lines, 'CLIENT GETNAME'])).toEqual(replies);
  });

  test.each([['a b'], ['a\n'], ['é'], ['a'.repeat(257)]])('but not %j', (name) => {
    expect(said([frame('CLIENT', 'SETNAME', name), 'CLIENT GETNAME'])).toEqual([NAMES, '$-1\r\n']);
  });
});

test('INFO says that nothing is being loaded', () => {
  const [reply = ''] = said(['INFO server']);
  expect(reply).toMatch(/^\$(\d+)\r\n[\s\S]*\r\n$/);
  for (const line of ['redis_version:7.0.0', 'argus_version:1.2.3', 'loading:0', 'role:master']) {
    expect(reply).toContain(`\r\n${line}\r\n`);
  }
});

test('COMMAND lists every command that there is', () => {
  const [list = '', docs = '', info = ''] = said(['COMMAND', 'COMMAND DOCS', 'COMMAND INFO']);
  expect(info).toBe(list);
  const names = [...list.matchAll(/\*10\r\n\$\d+\r\n(.*)\r\n/g)].map(([, name]) => name as string);
  expect(names).toHaveLength(20);
  for (const name of names) {
    expect(docs).toContain(`\r\n${name}\r\n*4\r\n$7\r\nsummary\r\n`);
    expect(said([name])[0]).not.toContain('unknown command');
  }
  expect(said(['COMMAND INFO cl.throttle'])[0]).toBe(
    '*1\r\n*10\r\n$11\r\ncl.throttle\r\n:-5\r\n*1\r\n+fast\r\n:1\r\n:1\r\n:1\r\n*0\r\n*0\r\n*0\r\n*0\r\n',
  );
  expect(said(['COMMAND INFO argus.take'])[0]).toContain(':2\r\n:2\r\n:1\r\n');
});

test('QUIT is answered, and what follows is not', () => {
  const dialogue = new Dialogue(new RespHarness());
  expect(dialogue.send(Buffer.concat([words('QUIT'), words('PING')]))).toBe('+OK\r\n');
  expect(dialogue.session.isOver).toBe(true);
});

describe('DEL', () => {
  const AUTH = frame('AUTH', TOKEN);

  test('fills buckets, and says how many there were', () => {
    const harness = new RespHarness();
    for (const key of ['a', 'b']) harness.decide(`CL.THROTTLE ${key} 0 1 60`);
    expect(said([AUTH, 'DEL a a none'], harness)).toEqual(['+OK\r\n', ':1\r\n']);
    expect(harness.decide('CL.THROTTLE a 0 1 60')[0]).toBe(0);
    expect(harness.decide('CL.THROTTLE b 0 1 60')[0]).toBe(1);
  });

  test.each([
    [
      'without AUTH',
      [],
      '-NOAUTH Authentication required: AUTH with the ADMIN_TOKEN of the service.',
    ],
    [
      'with a wrong token',
      ['AUTH wrong'],
      '-NOAUTH Authentication required: AUTH with the ADMIN_TOKEN of the service.',
    ],
  ])('%s fills none', (_, before, error) => {
    const harness = new RespHarness();
    harness.decide('CL.THROTTLE a 0 1 60');
    expect(said([...before, 'DEL a'], harness).at(-1)).toBe(`${error}\r\n`);
    expect(harness.decide('CL.THROTTLE a 0 1 60')[0]).toBe(1);
    expect(harness.refused()).toEqual({ unauthorized: before.length + 1 });
  });

  test('of a key that is none fills none of the others', () => {
    const harness = new RespHarness();
    harness.decide('CL.THROTTLE a 0 1 60');
    const del = frame('DEL', 'a', Buffer.from('ff', 'hex'));
    const error = '-ERR key must have 1 to 256 bytes of UTF-8, has bytes that are not\r\n';
    expect(said([AUTH, del], harness)).toEqual(['+OK\r\n', error]);
    expect(harness.decide('CL.THROTTLE a 0 1 60')[0]).toBe(1);
  });

  test('is for nobody where the service has no token', () => {
    const harness = new RespHarness({ token: '' });
    const none =
      '-ERR AUTH <password> called without any password configured for the default user: ' +
      'the service has no ADMIN_TOKEN\r\n';
    const lines = ['AUTH x', frame('AUTH', ''), frame('AUTH', 'default', ''), 'DEL a'];
    expect(said(lines, harness)).toEqual([
      none,
      none,
      none,
      '-NOPERM keys cannot be reset: the service has no ADMIN_TOKEN\r\n',
    ]);
  });
});

describe('AUTH', () => {
  test.each([
    [['AUTH', TOKEN], '+OK\r\n'],
    [['AUTH', 'default', TOKEN], '+OK\r\n'],
    [['AUTH', 'anybody', TOKEN], '+OK\r\n'],
    [['AUTH', 'anybody', 'wrong'], WRONG],
    [['AUTH', `${TOKEN}x`], WRONG],
    [['AUTH', ''], WRONG],
    [['AUTH'], "-ERR wrong number of arguments for 'auth' command\r\n"],
    [['AUTH', 'a', 'b', 'c'], "-ERR wrong number of arguments for 'auth' command\r\n"],
  ])('%j', (args, reply) => {
    expect(said([frame(...args)])).toEqual([reply]);
  });

  test('that is wrong takes nothing from who has shown it before', () => {
    expect(said([frame('AUTH', TOKEN), 'AUTH wrong', 'DEL a'])).toEqual([
      '+OK\r\n',
      WRONG,
      ':0\r\n',
    ]);
  });

  test('of one connection is not that of another', () => {
    const harness = new RespHarness();
    const [one, other] = [new Dialogue(harness), new Dialogue(harness)];
    const [half = Buffer.alloc(0), rest = Buffer.alloc(0)] = cutAt(frame('AUTH', TOKEN), 15);
    expect(one.send(half)).toBe('');
    expect(other.send(words('DEL a'))).toContain('-NOAUTH');
    expect(one.send(rest)).toBe('+OK\r\n');
    expect(other.send(words('DEL a'))).toContain('-NOAUTH');
    expect(one.send(words('DEL a'))).toBe(':0\r\n');
  });
});
