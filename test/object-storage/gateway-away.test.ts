/**
 * What a gateway of the object-storage example does when Argus or Redis is away, and when it ends.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { isIncomplete, openQueue } from './example-queue.ts';
import {
  answer,
  DECISION,
  decide,
  type FakeArgus,
  type Respond,
  startFakeArgus,
} from './fake-argus.ts';
import {
  anUpload,
  eventually,
  expectUnavailable,
  type Gateway,
  post,
  startGateway,
  untilHealthy,
} from './running-example.ts';

describe.skipIf(isIncomplete('redis-server'))('a gateway', () => {
  let redis: RedisServer;
  let argus: FakeArgus;
  let gateway: Gateway;

  const env = () => ({ REDIS_URL: redis.url, ARGUS_URL: argus.url, TIMEOUT_MS: '2000' });

  beforeEach(async () => {
    redis = await startRedis();
    argus = await startFakeArgus();
    gateway = await startGateway(env());
  });

  afterEach(async () => {
    await gateway.stop('SIGKILL');
    await argus.stop();
    await redis.stop();
  });

  const all = [DECISION, DECISION];
  const one = [DECISION];
  //  what Argus does
  const faults: readonly (readonly [string, Respond])[] = [
    ['says something else', answer(200, '<html>')],
    ['says nothing', answer(200, '')],
    ['says null', answer(200, 'null')],
    ['refuses the question', answer(400, '{"status":400,"detail":"no"}')],
    ['decides on one limit only', answer(200, JSON.stringify({ allowed: true, all: one }))],
    ['decides on nothing', answer(200, JSON.stringify({ allowed: true, all: [null, null] }))],
    ['decides with a status for errors', answer(500, JSON.stringify({ allowed: true, all }))],
    ['allows with the status of a denial', answer(429, JSON.stringify({ allowed: true, all }))],
    ['calls its decision a page', answer(200, JSON.stringify({ allowed: true, all }), 'text/html')],
    ['sends the question elsewhere', (res) => res.writeHead(307, { Location: '/x' }).end()],
    ['contradicts itself', answer(200, JSON.stringify({ allowed: false, all }))],
    ['breaks the connection', (res) => res.destroy()],
    ['does not answer', () => undefined],
  ];
  test('lets nothing pass when Argus does not decide, and asks it once', async () => {
    const queue = await openQueue(redis.url);
    for (const [words, respond] of faults) {
      argus.asked.length = 0;
      argus.respond = respond;
      const reply = await post(gateway.url, '?userId=1', anUpload('a'));
      expectUnavailable(reply, 'the rate limiter is away');
      expect([words, await queue.count(), argus.asked.length]).toEqual([words, 0, 1]);
    }
    await argus.stop();
    const reply = await post(gateway.url, '?userId=1', anUpload('a'));
    expectUnavailable(reply, 'the rate limiter is away');
    expect(await queue.count()).toBe(0);
    await queue.close();
  });

  test('answers 503 and charges nothing while Redis is away, and goes on when it is back', async () => {
    await redis.stop();
    await untilHealthy(gateway, 503);
    expectUnavailable(await post(gateway.url, '?userId=1', anUpload('a')), 'the queue is away');
    expect(argus.asked).toEqual([]);
    redis = await startRedis({ port: redis.port });
    await untilHealthy(gateway, 200);
    expect((await post(gateway.url, '?userId=1', anUpload('a'))).status).toBe(202);
  });

  test('answers 503 when Redis goes between the charge and the queue', async () => {
    argus.respond = (res) => {
      void redis.stop().then(() => decide(0, 0)(res));
    };
    expectUnavailable(await post(gateway.url, '?userId=1', anUpload('a')), 'the queue is away');
    expect(argus.asked).toHaveLength(1);
  });

  test('answers 503 soon when Redis is frozen', async () => {
    redis.process.kill('SIGSTOP');
    expectUnavailable(await post(gateway.url, '?userId=1', anUpload('a')), 'the queue is away');
    expect(argus.asked).toEqual([]);
  });

  test('starts without Redis', async () => {
    await redis.stop();
    const early = await startGateway(env(), 'listening');
    expectUnavailable(await post(early.url, '?userId=1', anUpload('a')), 'the queue is away');
    redis = await startRedis({ port: redis.port });
    await untilHealthy(early, 200);
    expect((await post(early.url, '?userId=1', anUpload('a'))).status).toBe(202);
    expect(await early.stop('SIGTERM')).toBe(0);
  });

  test('finishes what it has begun when it is stopped', async () => {
    const held = Promise.withResolvers<void>();
    argus.respond = (res) => void held.promise.then(() => decide(0, 0)(res));
    const reply = post(gateway.url, '?userId=1', anUpload('a'));
    await eventually('Argus is asked', () => argus.asked.length === 1);
    gateway.process.kill('SIGTERM');
    await eventually('the gateway refuses connections', async () => {
      return fetch(`${gateway.url}/healthz`).then(
        () => false,
        () => true,
      );
    });
    held.resolve();
    expect((await reply).status).toBe(202);
    expect(await gateway.ended).toBe(0);
  });
});
