/** The middleware in Express, before a real service, whose own header fields it must set. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler } from 'express';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  ArgusClient,
  BadQuestionError,
  type Decision,
  type Limit,
  type OnError,
  type Question,
  type RateLimitOptions,
  rateLimit,
  UnavailableError,
} from '../../src/client/client.ts';
import { ask, freshKey } from '../support/ask.ts';
import { freePort } from '../support/free-port.ts';
import type { Answer } from '../support/raw-http.ts';
import { type Service, startService } from '../support/service.ts';
import { PATIENCE_MS } from './fake-service.ts';

let service: Service;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  service = await startService({ flags: ['--threads', '1', '--max-keys', '1000'] });
});

afterAll(async () => {
  await service.stop();
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function clientOf({ url = service.url, onError = 'throw' }: { url?: string; onError?: OnError }) {
  const client = new ArgusClient({ url, onError, timeoutMs: PATIENCE_MS });
  cleanups.push(() => client.close());
  return client;
}

interface App {
  readonly url: string;
  /** What came to the error handler. */
  readonly errors: readonly unknown[];
  /** How many requests were let through. */
  readonly passed: () => number;
}

type Options = Partial<RateLimitOptions<express.Request>>;

/** An application with one limit, for one key unless it is told otherwise. */
async function startApp(options: Options): Promise<App> {
  const app = express();
  const errors: unknown[] = [];
  let passed = 0;
  const key = freshKey();
  const limit: Limit = { capacity: 2, interval: 1, unit: 'h' };
  app.use(rateLimit({ client: clientOf({}), key: () => key, limit, ...options }));
  app.get('/{*path}', (_req, res) => {
    passed++;
    res.send('hello');
  });
  const report: ErrorRequestHandler = (error: unknown, _req, res, _next) => {
    errors.push(error);
    res.status(500).send('sorry');
  };
  app.use(report);
  const server: Server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, errors, passed: () => passed };
}

interface Got {
  readonly status: number;
  readonly body: string;
  readonly type: string | null;
  readonly fields: Readonly<Record<string, string | null>>;
}

const FIELDS = ['ratelimit-policy', 'ratelimit', 'retry-after'];
const NO_FIELDS = Object.fromEntries(FIELDS.map((name) => [name, null]));

async function get(url: string): Promise<Got> {
  const answer = await fetch(url);
  const fields = Object.fromEntries(FIELDS.map((name) => [name, answer.headers.get(name)]));
  const type = answer.headers.get('content-type');
  return { status: answer.status, body: await answer.text(), type, fields };
}

/** What is left, by the field RateLimit. */
function leftIn({ fields }: Got): number {
  return Number(/;r=(\d+)/.exec(fields['ratelimit'] ?? '')?.[1]);
}

describe('a request', () => {
  test('is let through until it is denied', async () => {
    const { url, passed } = await startApp({});
    const got = [await get(url), await get(url), await get(url)];
    expect(got.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(got.map(leftIn)).toEqual([1, 0, 0]);
    expect(passed()).toBe(2);
  });

  test('has no fields for a capacity that has more digits than a field may have', async () => {
    const limit: Limit = { capacity: 1_000_000_000_000_000, interval: 1 };
    const { url } = await startApp({ limit });
    expect((await get(url)).fields).toEqual(NO_FIELDS);
  });

  test('has the fields that the service gives with the same decision', async () => {
    const answers: Answer[] = [];
    const client = {
      limit: async (question: Question) => {
        const answer = await ask(service, question);
        answers.push(answer);
        return JSON.parse(answer.body) as Decision;
      },
    };
    const { url } = await startApp({ client });
    for (let i = 0; i < 4; i++) {
      const { status, fields } = await get(url);
      const { status: wanted, headers } = answers[i] as Answer;
      expect(status).toBe(wanted);
      for (const name of FIELDS) expect(fields[name]).toBe(headers[name] ?? null);
    }
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429, 429]);
  });

  test('that is denied gets problem details', async () => {
    const { url } = await startApp({ limit: { capacity: 1, interval: 1, unit: 'h' } });
    await get(url);
    const { status, type, body, fields } = await get(url);
    expect([status, type]).toEqual([429, 'application/problem+json']);
    expect(fields['retry-after']).toMatch(/^3[56]\d\d$/);
    expect(JSON.parse(body)).toEqual({
      type: 'about:blank',
      title: 'Too Many Requests',
      status: 429,
      detail: `too little of the limit of 1 is left; try again in ${fields['retry-after']} s`,
    });
  });

  test('takes from the bucket of its key', async () => {
    const limit: Limit = { capacity: 1, interval: 1, unit: 'h' };
    const prefix = freshKey();
    const { url } = await startApp({ limit, key: (req) => `${prefix} ${req.path}` });
    const paths = ['/a', '/b', '/a', '/b'];
    const statuses: number[] = [];
    for (const path of paths) statuses.push((await get(url + path)).status);
    expect(statuses).toEqual([200, 200, 429, 429]);
  });

  test('takes its cost', async () => {
    const limit: Limit = { capacity: 10, interval: 1, unit: 'h' };
    const { url } = await startApp({ limit, cost: (req) => (req.path === '/big' ? 8 : 1) });
    expect(leftIn(await get(`${url}/big`))).toBe(2);
    expect((await get(`${url}/big`)).status).toBe(429);
    expect(leftIn(await get(`${url}/small`))).toBe(1);
  });

  test('takes a cost that is the same for all', async () => {
    const { url } = await startApp({ limit: { capacity: 10, interval: 1, unit: 'h' }, cost: 4 });
    expect(leftIn(await get(url))).toBe(6);
  });

  test('is under the limit that the request says', async () => {
    const prefix = freshKey();
    const { url } = await startApp({
      key: (req) => prefix + req.path,
      limit: (req) => ({ capacity: req.path === '/gold' ? 100 : 5, interval: 10 }),
    });
    expect((await get(`${url}/gold`)).fields['ratelimit-policy']).toBe('"default";q=100;w=10');
    expect((await get(`${url}/other`)).fields['ratelimit-policy']).toBe('"default";q=5;w=10');
  });

  test('that is skipped takes nothing and gets no fields', async () => {
    const { url } = await startApp({ skip: (req) => req.path === '/health' });
    for (let i = 0; i < 5; i++) {
      expect(await get(`${url}/health`)).toMatchObject({ status: 200, fields: NO_FIELDS });
    }
    expect(leftIn(await get(url))).toBe(1);
  });
});

describe('where the service is away', () => {
  const away = async (onError: OnError) =>
    clientOf({ url: `http://127.0.0.1:${await freePort()}`, onError });

  test('allow lets a request through, and tells of the policy only', async () => {
    const { url } = await startApp({ client: await away('allow') });
    expect(await get(url)).toMatchObject({
      status: 200,
      fields: { ...NO_FIELDS, 'ratelimit-policy': '"default";q=2;w=3600' },
    });
  });

  test('deny answers 503: it is not the caller who asked too often', async () => {
    const { url, passed } = await startApp({ client: await away('deny') });
    const { status, fields, body } = await get(url);
    expect([status, fields['retry-after'], fields['ratelimit']]).toEqual([503, '1', null]);
    expect(JSON.parse(body)).toMatchObject({ status: 503, title: 'Service Unavailable' });
    expect(passed()).toBe(0);
  });

  test('throw hands the error to the error handler', async () => {
    const { url, errors, passed } = await startApp({ client: await away('throw') });
    expect(await get(url)).toMatchObject({ status: 500, body: 'sorry', fields: NO_FIELDS });
    expect(errors).toEqual([expect.any(UnavailableError)]);
    expect(passed()).toBe(0);
  });
});

describe('a mistake', () => {
  test('in the question goes to the error handler, whatever onError says', async () => {
    const { url, errors, passed } = await startApp({
      client: clientOf({ onError: 'allow' }),
      key: (req) => req.get('X-User') as string,
    });
    expect((await get(url)).status).toBe(500);
    expect(errors).toEqual([expect.any(BadQuestionError)]);
    expect(errors[0]).toMatchObject({ field: 'key' });
    expect(passed()).toBe(0);
  });

  test.each(['key', 'limit', 'cost', 'skip'])('in %s() goes to the error handler', async (name) => {
    const error = new Error('oh');
    const fail = () => {
      throw error;
    };
    const { url, errors, passed } = await startApp({ [name]: fail });
    expect((await get(url)).status).toBe(500);
    expect([errors, passed()]).toEqual([[error], 0]);
  });
});

describe('a request that was answered meanwhile', () => {
  const decision = { limit: 1, remaining: 0, resetAfterMs: 1_000 };
  const allowed: Decision = { ...decision, allowed: true, retryAfterMs: 0 };
  const denied: Decision = { ...decision, allowed: false, retryAfterMs: 1_000 };

  test.each([allowed, denied])('is left as it is', async (answer) => {
    const app = express();
    const errors: unknown[] = [];
    app.use((_req, res, next) => {
      res.status(202).send('sooner');
      next();
    });
    const client = { limit: async () => answer };
    app.use(rateLimit({ client, key: () => 'k', limit: { capacity: 1, interval: 1 } }));
    app.use((_req, _res) => {});
    const report: ErrorRequestHandler = (error: unknown, _req, _res, _next) => {
      errors.push(error);
    };
    app.use(report);
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const got = await get(`http://127.0.0.1:${port}`);
    expect([got.status, got.body]).toEqual([202, 'sooner']);
    expect(errors).toEqual([]);
  });
});
