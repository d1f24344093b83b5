/**
 * What Redis refuses a connection or a script is said once, in words, and is a store that is away.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { type Limit, limitOf } from '../../../src/bucket/limit.ts';
import { loadScript } from '../../../src/lease/store/exchange-codec.ts';
import { bucketName } from '../../../src/lease/store/redis-names.ts';
import { inWords } from '../../../src/lease/store/redis-words.ts';
import { LEAST_COMMANDS, LEAST_USER, userBut } from '../../support/redis-least-user.ts';
import { type RedisServer, startRedis } from '../../support/redis-server.ts';
import { isMissing } from '../../support/resp-tools.ts';
import {
  exchangeOne,
  openStore,
  type TestStore,
  take,
  untilBeat,
  withRedis,
} from './redis-harness.ts';

let server: RedisServer;
let opened: TestStore | undefined;

afterEach(async () => {
  await opened?.store.close();
  opened = undefined;
  await server?.stop();
});

async function start(args: readonly string[], url: (port: number) => string): Promise<TestStore> {
  server = await startRedis({ args });
  opened = openStore(url(server.port));
  return opened;
}

/** Tries as the breaker does, over several connections, and sees that none is of use. */
async function expectOfNoUse({ store }: TestStore): Promise<void> {
  for (let i = 0; i < 6; i++) {
    await expect(store.beat()).rejects.toThrow();
    store.reconnect();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const localhost = (rest: string) => (port: number) => rest.replace('HERE', `127.0.0.1:${port}`);
const asLeast = localhost('redis://argus:secret@HERE');

describe.skipIf(isMissing('redis-server'))('what a connection cannot set up', () => {
  //  what, how Redis is started, the URL, what is said
  test.each([
    ['a database', ['--databases', '4'], 'redis://HERE/9', /DB index is out of range \(change the/],
    ['a password where none is', [], 'redis://:one@HERE', /no password, and one is set here/],
    ['a user that is not', [], 'redis://me:one@HERE', /WRONGPASS .*\(check user and password/],
    [
      'a database that its user may not choose',
      LEAST_USER,
      'redis://argus:secret@HERE/1',
      /NOPERM.*'select'.*docs\/run\/sharing\.md/,
    ],
  ])('%s is said once, and nothing is sent', async (...row) => {
    const [, args, url, words] = row;
    const { store, lines } = await start(args, localhost(url));
    await expectOfNoUse({ store } as TestStore);
    expect(lines.filter((line) => words.test(line))).toHaveLength(1);
    expect(lines.filter((line) => line.includes(': connected'))).toEqual([]);
    await expect(exchangeOne(store, take('alice'))).rejects.toThrow('not connected');
    expect(await withRedis(server.port, (redis) => redis.dbsize())).toBe(0);
  });

  test('a sentinel in place of a server is told by name', async () => {
    server = await startRedis({
      config: '',
      args: ['--sentinel'],
      readyWords: 'Sentinel ID is',
    });
    opened = openStore(server.url);
    await expectOfNoUse(opened);
    expect(opened.lines).toEqual([expect.stringMatching(/it is a sentinel: .*redis\+sentinel:/)]);
  });
});

describe.skipIf(isMissing('redis-server'))('what a script is refused', () => {
  test.each(LEAST_COMMANDS.filter((command) => command !== 'eval'))(
    'without %s the store is away, which is said once',
    async (command) => {
      const test = await start(userBut(`-${command}`), asLeast);
      await expectOfNoUse(test);
      expect(test.lines.filter((line) => line.includes('docs/run/sharing.md'))).toHaveLength(1);
      expect(test.lines.filter((line) => line.includes(': connected'))).toEqual([]);
    },
  );

  test('a user that may count instances, and change no bucket, is of no use', async () => {
    const test = await start(userBut('resetkeys', '~argus:instances'), asLeast);
    await expectOfNoUse(test);
    expect(test.lines.filter((line) => line.includes('NOPERM'))).toHaveLength(1);
  });

  test('a user that may change buckets, and count no instances, is neither', async () => {
    await expectOfNoUse(await start(userBut('resetkeys', '~argus:b:*'), asLeast));
  });

  test('a Redis that is full is away until it has room again', async () => {
    const { store, lines } = await start([], localhost('redis://HERE'));
    await untilBeat(store);
    await withRedis(server.port, (redis) => redis.config('SET', 'maxmemory', '1'));
    await expect(store.beat()).rejects.toThrow(/OOM/);
    expect(lines.at(-1)).toMatch(/^warn .*OOM.*\(raise its maxmemory\)$/);
    await withRedis(server.port, (redis) => redis.config('SET', 'maxmemory', '0'));
    expect(await store.beat()).toBe(1);
  });
});

describe.skipIf(isMissing('redis-server'))('the least that a user must be allowed', () => {
  test('is enough for all that scripts do, and nothing but a name is refused', async () => {
    const { store, lines } = await start(LEAST_USER, asLeast);
    await untilBeat(store);
    const lease = { holds: 1, want: 5, ttlUs: 1 };
    for (const key of ['alice', 'b{o}b', 'carol:*']) {
      for (let i = 0; i < 3; i++) await exchangeOne(store, { ...take(key), ...lease });
      await exchangeOne(store, { ...take(key), costs: [-1], owed: 3, fill: true });
    }
    // A lease of another that has ended, and a bucket that is not full before time ends.
    await withRedis(server.port, (redis) =>
      redis.hset(bucketName('argus', 'alice'), 'i:other', '1:5:1:5:0'),
    );
    const slow = limitOf({ capacity: 1_000, count: 1, periodUs: 31_622_400_000_000 }) as Limit;
    await exchangeOne(store, { ...take('alice'), limit: slow, costs: [900] });
    const [left, fields] = await withRedis(server.port, async (redis) => [
      await redis.pttl('argus:b:alice'),
      await redis.hkeys('argus:b:alice'),
    ]);
    expect([left, fields]).toEqual([-1, expect.not.arrayContaining(['i:other'])]);
    expect(await store.beat()).toBe(1);
    expect(lines).toEqual([expect.stringMatching(/: connected$/)]);
    const log = await withRedis(server.port, (redis) => redis.acl('LOG'));
    const refused = (log as string[][]).map((entry) => entry[entry.indexOf('object') + 1]);
    expect(new Set(refused)).toEqual(new Set(['client|setname']));
  });

  test('is what the scripts say, and a probe does all that an exchange may', () => {
    const commandsOf = (script: Parameters<typeof loadScript>[0]) => {
      const { text } = loadScript(script);
      return [...text.matchAll(/\bcall\('(\w+)'/g)].map(([, name = '']) => name.toLowerCase());
    };
    const probed = new Set(commandsOf('probe'));
    for (const name of commandsOf('exchange')) expect(probed).toContain(name);
    const all = new Set([...probed, ...commandsOf('heartbeat'), 'eval', 'evalsha']);
    expect([...all].sort()).toEqual([...LEAST_COMMANDS].sort());
  });
});

//  what it says, what to do
test.each([
  ['LOADING Redis is loading the dataset in memory', 'it is reading its data'],
  ['MASTERDOWN Link with MASTER is down', 'a replica that has lost its master'],
  ['DENIED Redis is running in protected mode', 'give it a password'],
  ['ERR max number of clients reached', 'raise its maxclients'],
  ["ERR unknown command 'evalsha'", 'it must run Lua scripts'],
  ['MISCONF Redis is configured to save', 'see its log'],
  ['CLUSTERDOWN Hash slot not served', 'CLUSTER INFO'],
  ['ERR This instance has cluster support disabled', 'REDIS_URL must name one server'],
  ['self-signed certificate', 'REDIS_CA_FILE'],
  ["Hostname/IP does not match certificate's altnames", 'REDIS_SERVER_NAME'],
  ['tlsv13 alert certificate required', 'REDIS_CERT_FILE and REDIS_KEY_FILE'],
])('of %j is told what to do', (said, words) => {
  const told = inWords(said);
  expect(told.startsWith(`${said} (`)).toBe(true);
  expect(told).toContain(words);
});

test('what was sent is not said, whoever repeats it', () => {
  const said = inWords("ERR unknown command 'AUTH', with args beginning with: 'me' 'hunter2' ");
  expect(said).toBe("ERR unknown command 'AUTH'");
});
