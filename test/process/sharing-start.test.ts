/**
 * Starting where limits are shared: without the store, with a key of any name, with bad settings.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { withRedis } from '../lease/store/redis-harness.ts';
import { freshKey, get } from '../support/ask.ts';
import { freePort } from '../support/free-port.ts';
import { expectProblem } from '../support/problem.ts';
import { LEAST_USER } from '../support/redis-least-user.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import type { RespService } from '../support/resp-service.ts';
import { isMissing } from '../support/resp-tools.ts';
import { scrape } from '../support/scrape.ts';
import { runService } from '../support/service.ts';
import { askOnce, look, startInstances, stopAll, untilShared } from './shared-services.ts';

const servers: RedisServer[] = [];
const services: RespService[] = [];

afterAll(async () => {
  await stopAll(services);
  await Promise.all(servers.map((server) => server.stop()));
});

async function start(redisUrl: string, flags: readonly string[] = []): Promise<RespService> {
  const [service] = (await startInstances(1, redisUrl, flags)) as [RespService];
  services.push(service);
  return service;
}

describe.skipIf(isMissing('redis-server')).concurrent('without Redis', () => {
  //  policy, whether it is allowed, status of /readyz, words in it
  test.each([
    ['local', true, 200, 'share'],
    ['open', true, 200, 'allowed'],
    ['closed', false, 503, 'denied'],
  ])('it starts and serves by %s, and with Redis when that comes', async (...row) => {
    const [policy, isAllowed, status, words] = row;
    const port = await freePort();
    const flags = ['--on-store-down', policy, '--instances', '2'];
    const service = await start(`redis://127.0.0.1:${port}`, flags);
    const ready = await get(service, '/readyz');
    expect(ready.status).toBe(status);
    if (status === 503) expectProblem(ready, 503, words);
    else expect(ready.body).toContain(words);
    expect((await get(service, '/livez')).status).toBe(200);
    // A share is empty at first, and refills with half the rate: in microseconds here.
    const question = { key: freshKey(), capacity: 1_000, interval: 1_000, unit: 'us' };
    const answer = await askOnce(service, question);
    expect(answer).toMatchObject({ allowed: isAllowed, degraded: true, source: 'fallback' });
    expect(answer.retryAfterMs > 0).toBe(!isAllowed);
    servers.push(await startRedis({ port }));
    await untilShared([service]);
    expect(await askOnce(service, question)).toMatchObject({ allowed: true });
    expect(await look(service, question)).toMatchObject({ source: 'store' });
    expect(await get(service, '/readyz')).toMatchObject({ status: 200, body: 'OK' });
    expect(service.process.exitCode).toBe(null);
  });
});

test.skipIf(isMissing('redis-server'))(
  'an instance that starts changes the bucket of no key, whatever it is called',
  async () => {
    const redis = await startRedis();
    servers.push(redis);
    const one = await start(redis.url);
    const questions = ['first', 'warm', 'instances', 'probe', '-instances'].map((key) => ({
      key,
      capacity: 5,
      interval: 1,
      unit: 'd',
    }));
    for (const question of questions) await askOnce(one, { ...question, cost: 5 });
    const other = await start(redis.url);
    await untilShared([one, other]);
    for (const question of questions) {
      expect(await look(other, question)).toMatchObject({ remaining: 0 });
      expect(await askOnce(other, question)).toMatchObject({ allowed: false });
    }
  },
);

test.skipIf(isMissing('redis-server'))(
  'an instance has run through what new keys take when it serves, and nothing is left of that',
  async () => {
    const redis = await startRedis({ args: LEAST_USER });
    servers.push(redis);
    const service = await start(`redis://argus:secret@127.0.0.1:${redis.port}`);
    const stats = await withRedis(redis.port, (client) => client.info('commandstats'));
    const looks = Number(/cmdstat_hgetall:calls=(\d+)/.exec(stats)?.[1]);
    expect(looks).toBeGreaterThan(100);
    expect(await withRedis(redis.port, (client) => client.keys('*'))).toEqual(['argus:instances']);
    const samples = await scrape(service);
    const counted = [...samples].filter(([name]) =>
      /^argus_(keys|decisions|exchange_duration|forfeited|exchanges)/.test(name),
    );
    expect(counted.length).toBeGreaterThan(10);
    // What they may hold says how large a table is, and not what is in it.
    expect(counted.filter(([name, value]) => value !== 0 && !/max|limit/.test(name))).toEqual([]);
  },
);

const SECRET = 'open-sesame';

//  flags, words that the line has
test.concurrent.each([
  ['--redis-url', `http://:${SECRET}@localhost`, ['--redis-url', 'redis://']],
  ['--redis-url', `redis://:${SECRET}@localhost:0`, ['--redis-url', 'port']],
  ['--redis-url', `redis://:${SECRET}@localhost/x`, ['--redis-url', 'database']],
  ['--redis-url', `redis://:${SECRET}@a,redis://b`, ['--redis-url', 'password']],
  ['--sharing', 'both', ['--sharing', '"both"', 'leased, strict']],
  ['--on-store-down', 'panic', ['--on-store-down', '"panic"', 'local, open, closed']],
  ['--store-timeout-ms', '0', ['--store-timeout-ms', '"0"', '1', '10000']],
  ['--store-timeout-ms', '20ms', ['--store-timeout-ms', '"20ms"']],
  [
    '--decide-within-ms',
    '19',
    ['--decide-within-ms', '0', 'at least', 'STORE_TIMEOUT_MS', '20', '19'],
  ],
  ['--instances', '0', ['--instances', '"0"', '1']],
])('%s %s stops the start with one line and code 2, and shows no secret', async (...row) => {
  const [flag, value, words] = row;
  const run = runService({ flags: [flag, value] });
  expect(await run.ended).toBe(2);
  expect(run.output()).toMatch(/^[^\n]+\n$/);
  for (const word of words) expect(run.output()).toContain(word);
  expect(run.output()).not.toContain(SECRET);
});

test('what is not let in says so in the log, and not with what', async () => {
  const port = await freePort();
  const url = `redis://someone:${SECRET}@127.0.0.1:${port}`;
  const service = await start(url, ['--log-level', 'trace']);
  expect(service.output()).toContain(`127.0.0.1:${port}`);
  expect(service.output()).not.toContain(SECRET);
});
