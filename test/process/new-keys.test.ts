/**
 * Many new keys at once, with the timeouts as they are by default: the store decides all of them.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshKey } from '../support/ask.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { type RespService, startResp } from '../support/resp-service.ts';
import { isMissing } from '../support/resp-tools.ts';
import { Asker, untilShared } from './shared-services.ts';

const KEYS = 300;
const CONNECTIONS = 400;

let redis: RedisServer;
let service: RespService;

beforeAll(async () => {
  if (isMissing('redis-server')) return;
  redis = await startRedis();
  service = await startResp({ flags: ['--redis-url', redis.url, '--drain-delay-ms', '0'] });
  await untilShared([service]);
});

afterAll(async () => {
  await service?.stop('SIGKILL');
  await redis?.stop();
});

const question = () => ({ key: freshKey(), capacity: 10, interval: 1, unit: 'h' });

describe.skipIf(isMissing('redis-server'))('new keys are decided by the store', () => {
  test('three hundred in one batch', async () => {
    const asker = await Asker.to(service);
    // The first runs are slow: nothing is compiled yet.
    for (let i = 0; i < 5; i++) await asker.askMany(Array.from({ length: 100 }, question));
    const items = await asker.askMany(Array.from({ length: KEYS }, question));
    asker.close();
    const told = new Set(items.map(({ source, allowed }) => `${source} ${allowed}`));
    expect([items.length, told]).toEqual([KEYS, new Set(['store true'])]);
  });

  test('one on each of 400 connections', async () => {
    const askers = await Promise.all(Array.from({ length: CONNECTIONS }, () => Asker.to(service)));
    const answers = await Promise.all(askers.map((asker) => asker.ask(question())));
    for (const asker of askers) asker.close();
    const told = new Set(answers.map(({ source, allowed }) => `${source} ${allowed}`));
    expect(told).toEqual(new Set(['store true']));
  });
});
