/** One gateway of the object-storage example, before a real Redis and an Argus that stands in. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { type ExampleQueue, isIncomplete, openQueue } from './example-queue.ts';
import { DECISION, decide, type FakeArgus, startFakeArgus } from './fake-argus.ts';
import {
  anUpload,
  eventually,
  expectProblem,
  expectUnavailable,
  type Gateway,
  post,
  startGateway,
} from './running-example.ts';

describe.skipIf(isIncomplete('redis-server'))('a gateway', () => {
  let redis: RedisServer;
  let argus: FakeArgus;
  let gateway: Gateway;
  let queue: ExampleQueue;

  beforeAll(async () => {
    redis = await startRedis();
    argus = await startFakeArgus();
    queue = await openQueue(redis.url);
    gateway = await startGateway({
      REDIS_URL: redis.url,
      ARGUS_URL: argus.url,
      QUEUE_LENGTH: '5',
      TIMEOUT_MS: '5000',
      ALLOW: 'vip, both',
      DENY: 'both,banned',
    });
  });

  beforeEach(async () => {
    await queue.obliterate({ force: true });
    argus.asked.length = 0;
    argus.respond = decide(0, 0);
  });

  afterAll(async () => {
    await queue.close();
    await gateway.stop('SIGKILL');
    await argus.stop();
    await redis.stop();
  });

  test('asks about both limits in one call, and puts what passes into the queue', async () => {
    const { status, body } = await post(gateway.url, '?userId=1', anUpload('a'));
    expect(status).toBe(202);
    expect(argus.asked.map((text) => JSON.parse(text) as unknown)).toEqual([
      {
        all: [
          { key: 'requests:1', capacity: 10, interval: 10, unit: 's', cost: 1 },
          { key: 'volume:1', capacity: 50_000_000, interval: 30, unit: 'd', cost: 1_000_000 },
        ],
      },
    ]);
    const [job] = await queue.getWaiting();
    expect(job?.id).toBe(body['id']);
    expect(job?.data).toEqual({ ...anUpload('a'), id: body['id'], userId: '1' });
  });

  //  wait for requests and for volume, the limit that is named, Retry-After
  test.each([
    [300, 0, 'requests', '1'],
    [0, 51_840_001, 'volume', '51841'],
    [900, 5_000, 'volume', '5'],
    [5_000, 900, 'requests', '5'],
  ])('names the limit to wait for: %i ms and %i ms', async (requestsMs, volumeMs, limit, after) => {
    argus.respond = decide(requestsMs, volumeMs);
    const reply = await post(gateway.url, '?userId=1', anUpload('a'));
    const retryAfterMs = Math.max(requestsMs, volumeMs);
    const decision = { ...DECISION, allowed: false, remaining: 0, retryAfterMs };
    expectProblem(reply, 429, { limit, decision });
    expect(reply.headers.get('retry-after')).toBe(after);
    expect(await queue.count()).toBe(0);
  });

  //  user, status, questions asked
  test.each([
    ['vip', 202, 0],
    ['banned', 403, 0],
    ['both', 403, 0],
    ['vip2', 202, 1],
  ])('user %s is answered %i after %i questions', async (user, status, questions) => {
    const reply = await post(gateway.url, `?userId=${user}`, anUpload('a'));
    expect([reply.status, argus.asked.length]).toEqual([status, questions]);
    expect(await queue.count()).toBe(status === 202 ? 1 : 0);
  });

  const NAME = '1 to 64 letters, digits, - or _';
  const good = anUpload('a');
  //  query, body, status, what the detail says: field, what is wanted, value
  const bad: readonly (readonly [string, unknown, number, string])[] = [
    ['', good, 400, `userId must be ${NAME}, is missing`],
    ['?userId=', good, 400, `userId must be ${NAME}, is ""`],
    ['?userid=1', good, 400, `userId must be ${NAME}, is missing`],
    ['?userId=1&userId=2', good, 400, `userId must be ${NAME}, is ["1","2"]`],
    ['?userId=a:b', good, 400, `userId must be ${NAME}, is "a:b"`],
    ['?userId=%00', good, 400, `userId must be ${NAME}, is "\\u0000"`],
    ['?userId=%ff', good, 400, `userId must be ${NAME}, is `],
    [`?userId=${'u'.repeat(65)}`, good, 400, `userId must be ${NAME}, is "uuu`],
    ['?userId=1', { ...good, objectId: '..' }, 400, `objectId must be ${NAME}, is ".."`],
    ['?userId=1', { ...good, objectId: 5 }, 400, `objectId must be ${NAME}, is 5`],
    ['?userId=1', { ...good, objectId: 'a\n' }, 400, `objectId must be ${NAME}, is "a\\n"`],
    [
      '?userId=1',
      { ...good, bucketName: '../etc' },
      400,
      `bucketName must be ${NAME}, is "../etc"`,
    ],
    ['?userId=1', { ...good, bucketName: '' }, 400, `bucketName must be ${NAME}, is ""`],
    ['?userId=1', { ...good, bucketName: null }, 400, `bucketName must be ${NAME}, is null`],
    ['?userId=1', { ...good, fileName: 'a/b' }, 400, 'fileName must be 1 to 255 characters'],
    ['?userId=1', { ...good, fileName: 'a\0' }, 400, 'is "a\\u0000"'],
    ['?userId=1', { ...good, fileName: '\ud800' }, 400, 'is "\\ud800"'],
    ['?userId=1', { ...good, fileName: 'n'.repeat(256) }, 400, 'fileName must be 1 to 255'],
    ['?userId=1', { ...good, sizeInByte: -1 }, 400, 'must be a whole number from 0, is -1'],
    ['?userId=1', { ...good, sizeInByte: 1.5 }, 400, 'must be a whole number from 0, is 1.5'],
    ['?userId=1', { ...good, sizeInByte: '1' }, 400, 'must be a whole number from 0, is "1"'],
    ['?userId=1', { ...good, sizeInByte: 1e300 }, 400, 'must be a whole number from 0, is 1e+300'],
    ['?userId=1', { ...good, sizeInByte: 50_000_001 }, 413, 'sizeInByte must be at most 50000000'],
    [
      '?userId=vip',
      { ...good, sizeInByte: 50_000_001 },
      413,
      'sizeInByte must be at most 50000000',
    ],
    ['?userId=1', { ...good, size: 1 }, 400, '"size" is not a field; the fields are objectId, '],
    ['?userId=1', { ...good, userId: '2' }, 400, '"userId" is not a field'],
    ['?userId=1', `{"__proto__":1,${JSON.stringify(good).slice(1)}`, 400, '"__proto__" is not a'],
    ['?userId=1', {}, 400, `objectId must be ${NAME}, is missing`],
    ['?userId=1', [good], 400, 'the body must be a JSON object, is [{'],
    ['?userId=1', 'null', 400, 'the body must be a JSON object, is null'],
    ['?userId=1', '', 400, `objectId must be ${NAME}, is missing`],
    ['?userId=1', '{"objectId":', 400, 'JSON'],
    ['?userId=1', 'x'.repeat(20_000), 413, 'too large'],
  ];
  test('refuses bad input with the field, the value and what is wanted, and charges nothing', async () => {
    for (const [query, body, status, words] of bad) {
      const reply = await post(gateway.url, query, body);
      expectProblem(reply, status, { detail: expect.stringContaining(words) });
      expect(reply.body['field']).toEqual(expect.any(String));
      expect(String(reply.body['detail']).length).toBeLessThan(300);
    }
    expect(argus.asked).toEqual([]);
    expect(await queue.count()).toBe(0);
  });

  test('knows one path and one method, and refuses encoded bodies', async () => {
    //  method, path, header, status
    const requests = [
      ['GET', '/object-storage?userId=1', {}, 405],
      ['GET', '/', {}, 404],
      ['GET', '/%ff', {}, 404],
      ['POST', '/object-storage?userId=1', { 'Content-Encoding': 'gzip' }, 415],
    ] as const;
    for (const [method, path, headers, status] of requests) {
      const body = method === 'POST' ? '{}' : null;
      const reply = await fetch(gateway.url + path, { method, headers, body });
      expect([path, reply.status]).toEqual([path, status]);
      expect(await reply.json()).toMatchObject({ status });
    }
  });

  describe('with a queue of five', () => {
    test('refuses what would be the sixth with 503, and charges nothing for it', async () => {
      const other = await startGateway({
        REDIS_URL: redis.url,
        ARGUS_URL: argus.url,
        QUEUE_LENGTH: '5',
        TIMEOUT_MS: '5000',
      });
      const both = [gateway.url, other.url];
      const replies = await Promise.all(
        Array.from({ length: 60 }, (_, i) =>
          post(both[i % 2] as string, `?userId=${i}`, anUpload(`o${i}`)),
        ),
      );
      const refused = replies.filter(({ status }) => status !== 202);
      expect(refused).toHaveLength(55);
      for (const reply of refused) expectUnavailable(reply, 'the queue is full');
      expect([await queue.count(), argus.asked.length]).toEqual([5, 5]);
      expect(await other.stop('SIGTERM')).toBe(0);
    });

    test('a denial leaves its place', async () => {
      argus.respond = decide(1_000, 0);
      for (let i = 0; i < 12; i++) {
        expect((await post(gateway.url, '?userId=1', anUpload('a'))).status).toBe(429);
      }
    });

    //  when the places of a gateway that is gone end, from now, and what the next request gets
    test.each([
      [60_000, 503],
      [-60_000, 202],
    ])('places that end in %i ms make it %i', async (endInMs, status) => {
      const client = new Redis(redis.url);
      for (const id of ['a', 'b', 'c', 'd', 'e']) {
        await client.zadd(queue.toKey('places'), Date.now() + endInMs, id);
      }
      expect((await post(gateway.url, '?userId=1', anUpload('a'))).status).toBe(status);
      await client.del(queue.toKey('places'));
      await client.quit();
    });

    test('its status says how long it is', async () => {
      await post(gateway.url, '?userId=1', anUpload('a'));
      await eventually('the queue holds one object and no place', async () => {
        const reply = await fetch(`${gateway.url}/status`);
        const counts = { wait: 1, active: 0, delayed: 0, completed: 0, failed: 0 };
        const wanted = JSON.stringify({ ...counts, places: 0, most: 5 });
        return (await reply.text()) === wanted;
      });
    });
  });
});
