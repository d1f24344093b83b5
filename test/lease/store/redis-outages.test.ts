/** Redis ends, freezes, vanishes, turns into a replica: nothing hangs, nothing is sent twice. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BlackHole, startBlackHole } from '../../process/black-hole.ts';
import { type RedisServer, startRedis } from '../../support/redis-server.ts';
import { isMissing } from '../../support/resp-tools.ts';
import {
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
let hole: BlackHole;
let opened: TestStore;
const faults: unknown[] = [];
const note = (fault: unknown) => faults.push(fault);

beforeEach(async () => {
  if (isMissing('redis-server')) return;
  process.on('unhandledRejection', note).on('uncaughtException', note);
  server = await startRedis();
  hole = await startBlackHole(server.port);
  opened = openStore(`redis://127.0.0.1:${hole.port}`);
  await untilBeat(opened.store);
  await exchangeOne(opened.store, take('warm'));
});

afterEach(async () => {
  await opened?.store.close();
  await server?.stop();
  await hole?.stop();
  process.off('unhandledRejection', note).off('uncaughtException', note);
  expect(faults.splice(0)).toEqual([]);
});

/** So many exchanges of this turn, each of a key of its own, and how they have ended so far. */
function takeMany(count: number): { readonly ended: string[]; readonly all: Promise<unknown> } {
  const ended: string[] = [];
  const all = Array.from({ length: count }, (_, i) =>
    exchangeOne(opened.store, take(`many ${i}`)).then(
      () => ended.push('answered'),
      () => ended.push('rejected'),
    ),
  );
  return { ended, all: Promise.all(all) };
}

function turn(): Promise<unknown> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

/** All that was sent has come by now: so many exchanges in all, and no more. */
async function expectSent(count: number): Promise<void> {
  await exchangeOne(opened.store, take('last'));
  await until(async () => (await exchangesOf(server.port)) > count);
  expect(await exchangesOf(server.port)).toBe(count + 1);
}

function restart(): Promise<RedisServer> {
  return startRedis({ port: server.port });
}

/** What a server had not heard of when it froze, and hears once it goes on. */
async function thaw(): Promise<void> {
  server.process.kill('SIGCONT');
  await untilBeat(opened.store);
}

describe.skipIf(isMissing('redis-server'))('when Redis', () => {
  test('is killed, what is asked is rejected at once, and all is well once it is back', async () => {
    await server.stop();
    await until(() => opened.losses() === 1);
    await expect(exchangeOne(opened.store, take('alice'))).rejects.toThrow();
    await expect(opened.store.beat()).rejects.toThrow();
    server = await restart();
    await untilBeat(opened.store);
    // The scripts have gone with the old one.
    expect(await exchangeOne(opened.store, take('warm'))).toMatchObject({ existed: false });
    expect(opened.losses()).toBe(1);
  });

  test('is killed with exchanges in flight, they are rejected, and not sent to the next', async () => {
    hole.delayMs = 50;
    const { ended, all } = takeMany(20);
    await turn();
    await server.stop();
    await all;
    expect(new Set(ended)).toEqual(new Set(['rejected']));
    hole.delayMs = 0;
    server = await restart();
    await untilBeat(opened.store);
    expect(await exchangeOne(opened.store, take('many 7'))).toMatchObject({ existed: false });
    await withRedis(server.port, async (redis) =>
      expect(await redis.keys('argus:b:*')).toHaveLength(1),
    );
  });

  test('is away for long, the log says so once, and once that it is back', async () => {
    await server.stop();
    // Long enough for several attempts.
    const before = hole.accepted;
    await until(() => hole.accepted > before + 5);
    server = await restart();
    await untilBeat(opened.store);
    const [connected, ...lines] = opened.lines;
    expect(lines.at(-1)).toBe(connected);
    const warnings = lines.slice(0, -1);
    expect(warnings.every((line) => line.startsWith('warn Redis at 127.0.0.1:'))).toBe(true);
    expect(warnings.length).toBe(new Set(warnings).size);
    expect(warnings.length).toBeLessThan(4);
    expect(opened.losses()).toBe(1);
  });

  test('freezes, what is asked waits; given up, it is rejected, and was sent once', async () => {
    const before = await exchangesOf(server.port);
    server.process.kill('SIGSTOP');
    const { ended, all } = takeMany(20);
    await turn();
    expect(ended).toEqual([]);
    opened.store.reconnect();
    await all;
    expect(new Set(ended)).toEqual(new Set(['rejected']));
    await thaw();
    await expectSent(before + 20);
  });

  test('freezes and nobody gives up, the connection is given up all the same', async () => {
    server.process.kill('SIGSTOP');
    const { ended, all } = takeMany(5);
    await all;
    expect(new Set(ended)).toEqual(new Set(['rejected']));
    expect(opened.losses()).toBe(1);
    await thaw();
  });

  test('freezes for a moment only, nothing is lost', async () => {
    server.process.kill('SIGSTOP');
    const { ended, all } = takeMany(5);
    await turn();
    server.process.kill('SIGCONT');
    await all;
    expect([ended.length, new Set(ended), opened.losses()]).toEqual([5, new Set(['answered']), 0]);
  });
});

describe.skipIf(isMissing('redis-server'))('when the network', () => {
  test('swallows everything, a given up connection rejects at once, and a new one comes soon', async () => {
    await hole.turn('swallow');
    const before = await exchangesOf(server.port);
    const { ended, all } = takeMany(20);
    await turn();
    expect(ended).toEqual([]);
    opened.store.reconnect();
    await all;
    expect(new Set(ended)).toEqual(new Set(['rejected']));
    await expect(exchangeOne(opened.store, take('alice'))).rejects.toThrow();
    // New connections are accepted, and swallowed, and given up.
    const accepted = hole.accepted;
    await until(() => hole.accepted > accepted + 1);
    await hole.turn('pass');
    await untilBeat(opened.store);
    await expectSent(before);
  });

  test.each([
    ['swallows only answers', async () => opened.store.reconnect()],
    ['resets after it has obeyed', () => hole.turn('refuse')],
  ])('%s, what was obeyed is rejected, and not sent again', async (_, end) => {
    const before = await exchangesOf(server.port);
    await hole.turn('deafen');
    const { ended, all } = takeMany(20);
    await until(async () => (await exchangesOf(server.port)) === before + 20);
    expect(ended).toEqual([]);
    await end();
    await all;
    expect(new Set(ended)).toEqual(new Set(['rejected']));
    await hole.turn('pass');
    await untilBeat(opened.store);
    await expectSent(before + 20);
  });

  test('is slow, a connection that is being made is given its time', async () => {
    hole.delayMs = 50;
    opened.store.reconnect();
    await until(() => opened.losses() === 1);
    const accepted = hole.accepted;
    await until(async () => {
      const fault = await exchangeOne(opened.store, take('alice')).catch((error: Error) => error);
      if (!(fault instanceof Error)) return true;
      // As the breaker does when a probe has failed.
      opened.store.reconnect();
      return false;
    });
    expect(hole.accepted).toBe(accepted + 1);
  });
});

describe.skipIf(isMissing('redis-server'))('when Redis becomes a replica', () => {
  test('what it refuses is rejected, and the connection is made anew', async () => {
    // Of a master that is not there.
    await withRedis(server.port, (redis) => redis.replicaof('127.0.0.1', server.port));
    const accepted = hole.accepted;
    await expect(exchangeOne(opened.store, take('alice'))).rejects.toThrow('READONLY');
    await until(() => opened.losses() === 1 && hole.accepted > accepted);
    await until(async () => {
      await opened.store.beat().catch(() => undefined);
      return opened.losses() > 3;
    });
    expect(opened.lines.filter((line) => line.includes('replica'))).toHaveLength(2);
    await withRedis(server.port, (redis) => redis.replicaof('NO', 'ONE'));
    await untilBeat(opened.store);
    expect(opened.lines.at(-1)).toBe(opened.lines[0]);
  });
});
