/**
 * A cost that can never pass, and one that is none: one word everywhere, and never a 500 of ours.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterEach, describe, expect, test } from 'vitest';
import {
  ArgusClient,
  BadQuestionError,
  type OnError,
  type Question,
  type RateLimitOptions,
  rateLimit,
} from '../../src/client/client.ts';
import { faultOfCost } from '../../src/client/question-check.ts';
import { RequestReader } from '../../src/transport/question/request-reader.ts';
import { freePort } from '../support/free-port.ts';
import { type FakeService, PATIENCE_MS, refuse, startFake } from './fake-service.ts';

const LIMIT = { capacity: 10, interval: 1 } as const;

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function fakeOf(...args: Parameters<typeof startFake>): Promise<FakeService> {
  const fake = await startFake(...args);
  cleanups.push(() => fake.stop());
  return fake;
}

function clientOf(url: string, onError: OnError = 'allow'): ArgusClient {
  const client = new ArgusClient({ url, onError, timeoutMs: PATIENCE_MS });
  cleanups.push(() => client.close());
  return client;
}

//  a cost, what is said of it
const BAD_COSTS = [
  [11, '11'],
  [1e300, '1e+300'],
  [-1, '-1; refund() gives back'],
  [1.5, '1.5'],
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, 'Infinity'],
  ['5', '"5"'],
  [null, 'null'],
  [true, 'true'],
] as const;

describe('limit()', () => {
  test.each(BAD_COSTS)('refuses a cost of %j, and asks nobody', async (cost, words) => {
    const fake = await fakeOf();
    const question = { ...LIMIT, key: 'k', cost } as Question;
    const error: unknown = await clientOf(fake.url)
      .limit(question)
      .catch((error) => error);
    expect(error).toBeInstanceOf(BadQuestionError);
    expect(error).toMatchObject({
      field: 'cost',
      detail: `cost must be a whole number from 0 to 10 (the capacity), is ${words}`,
    });
    expect(fake.asked).toEqual([]);
  });

  //  a cost, whether an overdraft may be that
  test.each([
    [0, true],
    [20, true],
    [21, false],
    [-1, false],
    [1.5, false],
  ])('takes an overdraft of %s: %s', async (cost, isTaken) => {
    const fake = await fakeOf();
    const question = { ...LIMIT, key: 'k', cost, overdraft: true } as const;
    const [outcome] = await Promise.allSettled([clientOf(fake.url).limit(question)]);
    expect([outcome?.status, fake.asked.length]).toEqual(
      isTaken ? ['fulfilled', 1] : ['rejected', 0],
    );
    if (isTaken) return;
    const detail = `cost must be a whole number from 0 to 20 (twice the capacity), is ${cost}`;
    expect(outcome).toMatchObject({ reason: { field: 'cost', detail } });
    expect(new RequestReader().readValue(question, 'a question')).toMatchObject(
      cost === -1 ? { ok: true } : { fault: detail.replace('from 0', 'from -10') },
    );
  });

  test.each(['allow', 'deny', 'throw'] as const)(
    'refuses it where the service is away too, and onError is to %s',
    async (onError) => {
      const client = clientOf(`http://127.0.0.1:${await freePort()}`, onError);
      const above = client.limit({ ...LIMIT, key: 'k', cost: 11 });
      await expect(above).rejects.toThrow(BadQuestionError);
    },
  );

  test('does so in the words of the service', () => {
    const reader = new RequestReader();
    for (const [cost] of BAD_COSTS) {
      // JSON knows neither of these.
      if (typeof cost === 'number' && !Number.isFinite(cost)) continue;
      // What gives back has a call of its own.
      if (cost === -1) continue;
      const reading = reader.readValue({ ...LIMIT, key: 'k', cost }, 'a question');
      const fault = faultOfCost(cost, LIMIT.capacity)?.replace('from 0', 'from -10');
      expect(reading).toMatchObject({ field: 'cost', fault });
    }
  });

  test.each([0, 1, 10, -0, undefined])('takes a cost of %s', async (cost) => {
    const fake = await fakeOf();
    expect(await clientOf(fake.url).limit({ ...LIMIT, key: 'k', cost })).toMatchObject({
      allowed: true,
    });
  });

  //  JSON makes null of all of these
  test.each(['capacity', 'interval'])('names a %s that is not a number', async (field) => {
    const fake = await fakeOf();
    for (const value of [Number.NaN, Number.NEGATIVE_INFINITY]) {
      const call = clientOf(fake.url).limit({ ...LIMIT, key: 'k', [field]: value });
      const detail = `${field} must be a whole number from 1, is ${value}`;
      await expect(call).rejects.toMatchObject({ field, detail });
    }
    expect(fake.asked).toEqual([]);
  });

  test('leaves a capacity that is none to the service, whatever the cost', async () => {
    const fake = await fakeOf((res) => refuse(res, 400, 'capacity is wrong', 'capacity'));
    const call = clientOf(fake.url).limit({ ...LIMIT, key: 'k', capacity: 0 });
    await expect(call).rejects.toMatchObject({ field: 'capacity', detail: 'capacity is wrong' });
  });
});

type Options = Partial<RateLimitOptions<express.Request>>;

/** The address of an application that has no error handler of its own. */
async function startApp(client: Options['client'] & object, options: Options): Promise<string> {
  const app = express().set('env', 'test');
  app.use(rateLimit({ client, key: () => 'k', limit: LIMIT, ...options }));
  app.get('/', (_req, res) => {
    res.send('hello');
  });
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const away = async () => `http://127.0.0.1:${await freePort()}`;

describe('the middleware', () => {
  test.each(['allow', 'deny', 'throw'] as const)(
    'answers 429 without Retry-After to a cost above the capacity, where onError is to %s',
    async (onError) => {
      const app = await startApp(clientOf(await away(), onError), { cost: () => 11 });
      const answer = await fetch(app);
      expect(answer.status).toBe(429);
      expect(answer.headers.get('retry-after')).toBe(null);
      expect(answer.headers.get('ratelimit-policy')).toBe('"default";q=10;w=1');
      expect(answer.headers.get('ratelimit')).toBe(null);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(await answer.json()).toEqual({
        type: 'about:blank',
        title: 'Too Many Requests',
        status: 429,
        detail: 'this request costs 11 of a limit of 10, and can never pass',
      });
    },
  );

  test('goes by the limit of the request', async () => {
    const fake = await fakeOf();
    const limit = (req: express.Request) => ({ capacity: req.query['big'] ? 20 : 10, interval: 1 });
    const app = await startApp(clientOf(fake.url), { cost: 11, limit });
    expect((await fetch(app)).status).toBe(429);
    expect((await fetch(`${app}/?big=1`)).status).toBe(200);
  });

  test.each([...BAD_COSTS.slice(2).map(([cost]) => cost), undefined])(
    'hands a cost of %j on as an error that Express answers with 400',
    async (cost) => {
      const fake = await fakeOf();
      const app = await startApp(clientOf(fake.url), { cost: () => cost as number });
      const answer = await fetch(app);
      expect(answer.status).toBe(400);
      expect(await answer.text()).toContain('cost must be a whole number from 0 to 10');
      expect(fake.asked).toEqual([]);
    },
  );

  //  a key that a client may bring about
  test.each(['', 'k'.repeat(257), undefined])('so it does with a bad key: %j', async (key) => {
    const fake = await fakeOf((res) => refuse(res, 400, 'key must be better', 'key'));
    const app = await startApp(clientOf(fake.url), { key: () => key as string });
    const answer = await fetch(app);
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringContaining('key must be better'),
    ]);
  });

  test('tells a denial that says no time to wait a second all the same', async () => {
    const answer = { allowed: false, limit: 10, remaining: 0, retryAfterMs: 0, resetAfterMs: 0 };
    const app = await startApp({ limit: async () => answer }, {});
    expect((await fetch(app)).headers.get('retry-after')).toBe('1');
  });
});
