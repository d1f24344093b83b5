/** The store behind real sentinels: it finds the master, and the next one when that is gone. */
import { afterEach, describe, expect, test } from 'vitest';
import { LEAST_USER } from '../../support/redis-least-user.ts';
import { isMissing } from '../../support/resp-tools.ts';
import {
  exchangeOne,
  openStore,
  type TestStore,
  take,
  until,
  untilBeat,
  withRedis,
} from './redis-harness.ts';
import { type RedisSentinels, startSentinels } from './redis-sentinels.ts';

let sentinels: RedisSentinels | undefined;
let opened: TestStore | undefined;

afterEach(async () => {
  await opened?.store.close();
  await sentinels?.stop();
  opened = undefined;
  sentinels = undefined;
});

describe.skipIf(isMissing('redis-server'))('behind sentinels', () => {
  test('a master that is killed is followed by the one that takes its place', async () => {
    sentinels = await startSentinels({ args: LEAST_USER });
    const [master, replica] = sentinels.servers;
    const url = `${sentinels.url.replace('//', '//argus:secret@')}/1`;
    // A database of its own is the one thing that the least user may not have.
    for (const server of [master, replica]) {
      await withRedis(server?.port ?? 0, (redis) => redis.acl('SETUSER', 'argus', '+select'));
    }
    opened = openStore(url);
    const { store, lines } = opened;
    await untilBeat(store);
    await exchangeOne(store, take('alice'));
    expect(await withRedis(master?.port ?? 0, namesIn1)).toContain('argus:b:alice');
    expect(lines).toEqual([expect.stringMatching(/mymaster of the sentinels .*: connected$/)]);

    await until(async () =>
      (await withRedis(replica?.port ?? 0, namesIn1)).includes('argus:b:alice'),
    );
    await master?.stop();
    await until(() => opened?.losses() === 1);
    await untilBeat(store);
    expect(await exchangeOne(store, take('alice'))).toMatchObject({ existed: true });
    expect(await withRedis(replica?.port ?? 0, (redis) => redis.role())).toContain('master');
    expect(lines.at(-1)).toMatch(/: connected$/);
  });

  test('a master that is still there is left when another takes its place', async () => {
    sentinels = await startSentinels();
    const [master, replica] = sentinels.servers;
    opened = openStore(sentinels.url);
    const { store } = opened;
    await untilBeat(store);
    const [sentinelPort = ''] = /\d+(?=,)/.exec(sentinels.url) ?? [];
    await withRedis(Number(sentinelPort), (redis) =>
      redis.call('SENTINEL', 'FAILOVER', 'mymaster'),
    );
    await until(() => (opened?.losses() ?? 0) > 0);
    await untilBeat(store);
    await until(async () => {
      await exchangeOne(store, take('bob'));
      return (await withRedis(replica?.port ?? 0, (redis) => redis.exists('argus:b:bob'))) === 1;
    });
    expect(await withRedis(replica?.port ?? 0, (redis) => redis.role())).toContain('master');
    expect(master?.process.exitCode).toBe(null);
  });

  test('sentinels that want a password are told it, and others are not', async () => {
    sentinels = await startSentinels({ password: 'hunter2' });
    opened = openStore(sentinels.url, { redisPassword: 'hunter2' });
    await untilBeat(opened.store);
    expect(opened.lines).toEqual([expect.stringMatching(/: connected$/)]);
  });

  test('a name that they do not know is said in words', async () => {
    sentinels = await startSentinels();
    opened = openStore(sentinels.url.replace('/mymaster', '/another'));
    const { lines, store } = opened;
    await until(() => lines.some((line) => line.includes('no sentinel knows a master')));
    await expect(store.beat()).rejects.toThrow();
  });
});

async function namesIn1(redis: { select(index: number): unknown; keys(pattern: string): unknown }) {
  await redis.select(1);
  return (await redis.keys('*')) as string[];
}
