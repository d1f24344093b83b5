/**
 * A decision counts only in an answer that the service gives decisions with, and about what was
 * asked.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { ArgusClient, BadQuestionError, type OnError } from '../../src/client/client.ts';
import { type FakeService, PATIENCE_MS, type Respond, startFake } from './fake-service.ts';

const QUESTION = { key: 'k', capacity: 5, interval: 1 } as const;
const NUMBERS = { limit: 5, remaining: 4, resetAfterMs: 200 };
const ALLOWED = { allowed: true, ...NUMBERS, retryAfterMs: 0 };
const DENIED = { allowed: false, ...NUMBERS, remaining: 0, retryAfterMs: 9 };

const PROBLEM_TYPE = 'application/problem+json';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function clientOf(respond: Respond, onError: OnError = 'throw'): Promise<ArgusClient> {
  const fake: FakeService = await startFake(respond);
  const client = new ArgusClient({ url: fake.url, timeoutMs: PATIENCE_MS, onError });
  cleanups.push(
    () => fake.stop(),
    () => client.close(),
  );
  return client;
}

/** What comes of a call alone, and of two that go together, which get the same answer. */
async function outcomesOf(
  status: number,
  answer: unknown,
  type = 'application/json',
): Promise<unknown[]> {
  const client = await clientOf((res, { body }) => {
    const isMany = body.startsWith('[') && type !== PROBLEM_TYPE;
    const value = isMany ? [answer, answer] : answer;
    res.writeHead(status, { 'Content-Type': type }).end(JSON.stringify(value));
  });
  const settled = await Promise.allSettled([client.limit(QUESTION)]);
  settled.push(...(await Promise.allSettled([1, 2].map(() => client.limit(QUESTION)))));
  return settled.map((one) =>
    one.status === 'fulfilled' ? one.value.allowed : (one.reason.reason ?? one.reason.name),
  );
}

const none = ['answer', 'answer', 'answer'];

describe('a decision', () => {
  test('is one with status 200, alone and in a batch', async () => {
    expect(await outcomesOf(200, ALLOWED)).toEqual([true, true, true]);
    expect(await outcomesOf(200, DENIED)).toEqual([false, false, false]);
  });

  test.each([403, 429, 503])('with status %i is a denial or nothing', async (status) => {
    expect(await outcomesOf(status, DENIED)).toEqual([false, 'answer', 'answer']);
    expect(await outcomesOf(status, ALLOWED)).toEqual(none);
  });

  test.each([
    201, 202, 203, 206, 301, 302, 307, 308, 400, 401, 404, 405, 408, 409, 415, 431, 500, 502, 504,
  ])('with status %i is none, allowed or denied', async (status) => {
    expect(await outcomesOf(status, ALLOWED)).toEqual(none);
    expect(await outcomesOf(status, DENIED)).toEqual(none);
  });

  test.each(['application/json; charset=utf-8', 'Application/JSON ;charset=utf-8'])(
    'has the type of one: %s',
    async (type) => {
      expect(await outcomesOf(200, ALLOWED, type)).toEqual([true, true, true]);
    },
  );

  test.each(['text/html', 'text/plain', 'application/problem+json', 'application/jsonp', ''])(
    'does not have the type: %s',
    async (type) => {
      expect(await outcomesOf(200, ALLOWED, type)).toEqual(none);
    },
  );

  //  what is wrong, a decision
  const strange = [
    ['about another limit', { ...ALLOWED, limit: 6 }],
    ['with more left than there is', { ...ALLOWED, remaining: 6 }],
    ['that allows, and later', { ...ALLOWED, retryAfterMs: 1 }],
    ['that denies, and at once', { ...DENIED, retryAfterMs: 0 }],
    ['in parts of a token', { ...ALLOWED, remaining: 0.5 }],
    ['beyond what can be counted', { ...DENIED, retryAfterMs: 2 ** 53 }],
  ] as const;
  test.each(strange)('is none %s', async (_, answer) => {
    expect(await outcomesOf(200, answer)).toEqual(none);
  });
});

describe('a refusal', () => {
  const problem = { type: 'about:blank', title: 'x', detail: 'oh', field: 'key' };
  const refused = ['BadQuestionError', 'BadQuestionError', 'BadQuestionError'];

  test.each([400, 413])('is one with status %i', async (status) => {
    expect(await outcomesOf(status, { ...problem, status }, PROBLEM_TYPE)).toEqual(refused);
  });

  test.each([401, 404, 405, 408, 415, 417, 429, 431, 500, 503])(
    'with status %i is no answer: it is not the question that is wrong',
    async (status) => {
      expect(await outcomesOf(status, { ...problem, status }, PROBLEM_TYPE)).toEqual(none);
    },
  );

  test('with status 403 is one where it names the field that the token is not for', async () => {
    const { field: _, ...unnamed } = problem;
    const [alone] = await outcomesOf(403, { ...problem, status: 403 }, PROBLEM_TYPE);
    expect(alone).toBe('BadQuestionError');
    expect(await outcomesOf(403, { ...unnamed, status: 403 }, PROBLEM_TYPE)).toEqual(none);
    expect(await outcomesOf(403, { ...problem, status: 403 })).toEqual(none);
  });

  test('of 400 is in the words of the service, or is none', async () => {
    const isNone = async (value: object, type: string) =>
      expect(await outcomesOf(400, value, type)).toEqual(none);
    await isNone({ ...problem, status: 400 }, 'application/json');
    await isNone({ ...problem, status: 404 }, PROBLEM_TYPE);
    await isNone({ ...problem, status: 400, detail: 5 }, PROBLEM_TYPE);
  });

  test('of 413 is one in whatever words: a proxy may take less than the service', async () => {
    expect(await outcomesOf(413, '<html>', 'text/html')).toEqual(refused);
  });

  test.each(['allow', 'deny', 'throw'] as const)(
    'rejects each call of a batch, where onError is to %s',
    async (onError) => {
      const client = await clientOf((res) => {
        res.writeHead(400, { 'Content-Type': PROBLEM_TYPE });
        res.end(JSON.stringify({ ...problem, status: 400 }));
      }, onError);
      const settled = await Promise.allSettled([1, 2, 3, 4, 5].map(() => client.limit(QUESTION)));
      for (const one of settled) {
        expect(one).toMatchObject({ status: 'rejected', reason: { detail: 'oh', field: 'key' } });
        expect((one as PromiseRejectedResult).reason).toBeInstanceOf(BadQuestionError);
      }
    },
  );
});
