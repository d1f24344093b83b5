/** What the store does with one server that is well, or says no. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Reply } from '../../../src/lease/terms/exchange.ts';
import { CERTIFICATE, CERTIFICATE_KEY } from '../../support/certificate.ts';
import { freePort } from '../../support/free-port.ts';
import { type RedisServer, startRedis } from '../../support/redis-server.ts';
import { isMissing, run } from '../../support/resp-tools.ts';
import {
  callsOf,
  exchangeOne,
  exchangesOf,
  openStore,
  type TestStore,
  take,
  until,
  untilBeat,
  withRedis,
} from './redis-harness.ts';

let server: RedisServer;
let stores: TestStore[];

async function start(args: readonly string[] = []): Promise<void> {
  server = await startRedis({ args });
}

function open(url: string = server.url): TestStore {
  const opened = openStore(url);
  stores.push(opened);
  return opened;
}

beforeEach(() => {
  stores = [];
});

afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(stores.map(({ store }) => store.close()));
  await server?.stop();
});

describe.skipIf(isMissing('redis-server'))('the store', () => {
  test('answers exchanges and beats, and connects once', async () => {
    await start();
    const { store, lines, losses } = open();
    expect(await store.beat()).toBe(1);
    const reply = (await exchangeOne(store, take('alice'))) as Reply;
    expect(reply).toMatchObject({ existed: false, allowed: [true] });
    expect(await exchangeOne(store, take('alice'))).toMatchObject({ existed: true });
    expect(lines).toEqual([`info Redis at 127.0.0.1:${server.port}: connected`]);
    expect(losses()).toBe(0);
  });

  test('says once that a newer version wrote a key, whatever is in its name', async () => {
    await start();
    const { store, lines } = open();
    await store.beat();
    const key = `a\nb${'x'.repeat(100)}`;
    await exchangeOne(store, take(key));
    await withRedis(server.port, async (redis) => {
      const [name = ''] = await redis.keys('*:b:a*');
      await redis.hset(name, 'bucket', '2:what:it:may:be');
    });
    for (let i = 0; i < 2; i++) expect(await exchangeOne(store, take(key))).toBe('newer');
    const name = `"argus:b:a\\nb${'x'.repeat(69)}"…`;
    const told = `warn Redis at 127.0.0.1:${server.port}: a newer version wrote ${name}`;
    expect(lines.filter((line) => line.includes('newer'))).toEqual([told]);
  });

  test('says "stale" of an exchange that Redis has had already', async () => {
    await start();
    const { store } = open();
    await untilBeat(store);
    const exchange = take('alice');
    await exchangeOne(store, exchange);
    expect(await exchangeOne(store, exchange)).toBe('stale');
  });

  test('names buckets by their keys, whatever is in those', async () => {
    await start();
    const { store } = open();
    await untilBeat(store);
    const keys = ['plain', 'with space\r\n', 'tag}', 'é'.repeat(128), '"', '\0', 'argus:b:', '*'];
    await Promise.all(keys.map((key) => exchangeOne(store, take(key))));
    // Apart from all that a client can name.
    await exchangeOne(store.apart, take('alice'));
    const names = await withRedis(server.port, (redis) => redis.keys('*'));
    expect(names.sort()).toEqual(
      [...keys.map((key) => `argus:b:${key}`), 'argus:instances', 'argus:r:alice'].sort(),
    );
  });

  test('counts instances apart from the bucket of any key', async () => {
    await start();
    const { store } = open();
    await untilBeat(store);
    for (const key of ['instances', '-instances', '']) await exchangeOne(store, take(key));
    expect(await store.beat()).toBe(1);
  });

  test('sends the script again where Redis has lost it, and that command only', async () => {
    await start();
    const { store } = open();
    await untilBeat(store);
    await exchangeOne(store, take('alice'));
    await withRedis(server.port, (redis) => redis.script('FLUSH'));
    const replies = await Promise.all([
      exchangeOne(store, take('bob')),
      exchangeOne(store, take('carol')),
    ]);
    for (const reply of replies) expect(reply).toMatchObject({ allowed: [true], existed: false });
    await exchangeOne(store, take('bob'));
    const calls = await callsOf(server.port);
    // A beat of two and an exchange at first, then two that found nothing.
    expect(calls.get('eval')).toBe(5);
    expect(calls.get('evalsha')).toBe(6);
  });

  test('sends what is asked in one turn in one write', async () => {
    await start();
    const { store } = open();
    await untilBeat(store);
    await exchangeOne(store, take('warm'));
    const writes = countWrites();
    const burst = () => Array.from({ length: 50 }, (_, i) => exchangeOne(store, take(`k${i}`)));
    const first = burst();
    // Another callback of the same turn.
    await Promise.resolve();
    process.nextTick(() => first.push(...burst()));
    await turn();
    expect(writes()).toBe(1);
    await Promise.all(first);
    expect(writes()).toBe(1);
    await exchangeOne(store, take('k1'));
    expect(writes()).toBe(2);
  });

  test('rejects what Redis refuses, and goes on', async () => {
    await start(['--maxmemory', '1']);
    const { store, losses } = open();
    await expect(store.beat()).rejects.toThrow(/^OOM/);
    await expect(exchangeOne(store, take('alice'))).rejects.toThrow(/^OOM/);
    await withRedis(server.port, (redis) => redis.config('SET', 'maxmemory', '0'));
    expect(await store.beat()).toBe(1);
    expect(await exchangeOne(store, take('bob'))).toMatchObject({ allowed: [true] });
    const { port } = server;
    await withRedis(port, (redis) => redis.set('argus:b:alice', 'not a hash'));
    const before = await exchangesOf(port);
    await expect(exchangeOne(store, take('alice'))).rejects.toThrow('refused');
    await exchangeOne(store, take('bob'));
    expect(await exchangesOf(port)).toBe(before + 2);
    const scripts = (await callsOf(port)).get('eval');
    await withRedis(port, (redis) => redis.config('SET', 'maxmemory', '1'));
    await expect(exchangeOne(store, take('bob'))).rejects.toThrow(/^OOM/);
    expect((await callsOf(port)).get('eval')).toBe(scripts);
    expect(losses()).toBe(0);
  });

  test('uses the user, the password and the database that it is given', async () => {
    await start(['--user', 'argus', 'on', '>s,e@c/r%', '~*', '+@all', '--user', 'default', 'off']);
    const password = encodeURIComponent('s,e@c/r%');
    const { store } = open(`redis://argus:${password}@127.0.0.1:${server.port}/3`);
    await untilBeat(store);
    await exchangeOne(store, take('alice'));
    const { store: other } = open(`redis://argus:${password}@127.0.0.1:${server.port}/4`);
    await untilBeat(other);
    expect(await exchangeOne(other, take('alice'))).toMatchObject({ existed: false });
    expect(await exchangeOne(store, take('alice'))).toMatchObject({ existed: true });
  });

  test.each([
    ['a wrong password', 'redis://:guess@', /WRONGPASS.*\(check user and password/, 'guess'],
    ['no password', 'redis://', /NOAUTH.*\(set REDIS_PASSWORD or/, ''],
  ])('with %s says so once, without the password, and tries on', async (...row) => {
    const [, start_, fault, right] = row;
    await start(['--requirepass', 'hunter2']);
    const { store, lines } = open(`${start_}127.0.0.1:${server.port}`);
    let attempts = 0;
    await until(async () => {
      await store.beat().catch(() => undefined);
      attempts += 1;
      return lines.length > 0 && attempts > 5;
    });
    expect(lines.filter((line) => fault.test(line))).toHaveLength(1);
    expect(lines.join()).not.toMatch(/hunter2|guess/);
    const args = [
      '-p',
      String(server.port),
      '-a',
      'hunter2',
      'CONFIG',
      'SET',
      'requirepass',
      right,
    ];
    await run('redis-cli', args);
    await untilBeat(store);
    expect(lines.at(-1)).toMatch(/^info .*: connected$/);
  });

  test('refuses at once while there is no connection yet', async () => {
    await start();
    const { store } = open();
    await expect(exchangeOne(store, take('alice'))).rejects.toThrow('not connected');
    await untilBeat(store);
    expect((await callsOf(server.port)).get('evalsha')).toBe(2);
  });
});

describe.skipIf(isMissing('redis-server'))('close()', () => {
  test('rejects what is under way, and leaves no connection behind', async () => {
    await start();
    // What started the server may have one that is about to end.
    await until(() => countTimers() === 0);
    const { store, lines } = open();
    await untilBeat(store);
    const asked = exchangeOne(store, take('alice'));
    const settled = Promise.allSettled([asked]);
    await store.close();
    await settled;
    // No attempt is to follow.
    expect(countTimers()).toBe(0);
    await expect(exchangeOne(store, take('bob'))).rejects.toThrow();
    await expect(store.beat()).rejects.toThrow();
    await until(() =>
      withRedis(server.port, async (redis) =>
        /connected_clients:1\b/.test(await redis.info('clients')),
      ),
    );
    expect(lines).toHaveLength(1);
  });

  test('ends a store that never had a connection', async () => {
    await start();
    await server.stop();
    const { store } = open();
    await until(async () => (await Promise.allSettled([store.beat()]))[0]?.status === 'rejected');
    await store.close();
  });
});

describe.skipIf(isMissing('redis-server'))('over TLS', () => {
  let trusted: readonly string[];
  let folder: string;

  beforeEach(async () => {
    trusted = getCACertificates('default');
    folder = mkdtempSync(join(tmpdir(), 'argus-tls-'));
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const tlsPort = await freePort();
    const files = ['--tls-cert-file', file('cert', CERTIFICATE)]
      .concat(['--tls-key-file', file('key', CERTIFICATE_KEY)])
      .concat(['--tls-auth-clients', 'no']);
    await start(['--tls-port', String(tlsPort), ...files]);
    open(`rediss://localhost:${tlsPort}`);
  });

  afterEach(() => {
    setDefaultCACertificates(trusted);
    rmSync(folder, { recursive: true });
  });

  test('the store asks a server whose certificate is vouched for, and no other', async () => {
    const [{ store, lines }] = stores as [TestStore];
    await until(() => lines.length > 0);
    expect(lines[0]).toMatch(/^warn .*self-signed certificate/);
    setDefaultCACertificates([CERTIFICATE]);
    await untilBeat(store);
    expect(await exchangeOne(store, take('alice'))).toMatchObject({ allowed: [true] });
  });
});

function countTimers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

function turn(): Promise<unknown> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

/** Counts what this process writes to the server from now on. */
function countWrites(): () => number {
  const isTo = (socket: Socket) => socket.remotePort === server.port;
  const one = vi.spyOn(Socket.prototype, '_write');
  const many = vi.spyOn(Socket.prototype as never as { _writev: () => void }, '_writev');
  const count = ({ mock }: { mock: { contexts: unknown[] } }) =>
    mock.contexts.filter((socket) => isTo(socket as Socket)).length;
  return () => count(one) + count(many);
}
