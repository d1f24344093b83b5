/** The client before what serves policies over HTTP: what it makes of the service's answers. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ArgusClient } from '../../src/client/client.ts';
import { localLimiter } from '../limiter/limiters.ts';
import { ask, freshKey, members } from '../support/ask.ts';
import { askMany } from '../transport/http/batch.ts';
import { HttpHarness } from '../transport/http/http-harness.ts';
import { PATIENCE_MS } from './fake-service.ts';
import { MIDDLEWARES } from './middleware-apps.ts';

// Of a day, so that no token comes back while a test looks.
const POLICIES = `
policies:
  uploads:
    limits:
      - {name: requests, capacity: 10, interval: 1d, cost: 1}
      - {name: volume, capacity: 1000, interval: 1d}
    overrides:
      - {keys: ["health"], always: allow}
      - {keys: ["banned"], always: deny}
  trial:
    dryRun: true
    limits: [{name: all, capacity: 2, interval: 1d}]
  quick:
    limits: [{name: all, capacity: 1, interval: 50ms}]
`;
const OWN = { capacity: 5, interval: 1, unit: 'd' } as const;

let http: HttpHarness;
let client: ArgusClient;

beforeAll(async () => {
  http = await HttpHarness.start(localLimiter(), {}, POLICIES);
  client = new ArgusClient({ url: `http://127.0.0.1:${http.port}`, timeoutMs: PATIENCE_MS });
});

afterAll(() => {
  client.close();
  return http.close();
});

const uploads = (key = freshKey()) => ({ policy: 'uploads', key });

describe('a question', () => {
  test('is answered with the limit that decided, and with what each says', async () => {
    const question = uploads();
    expect(await client.limit({ ...question, cost: 400 })).toMatchObject({
      allowed: true,
      policy: 'uploads',
      by: 'volume',
      limit: 1_000,
      remaining: 600,
      limits: [
        { name: 'requests', remaining: 9 },
        { name: 'volume', remaining: 600 },
      ],
    });
    const denied = await client.limit({ ...question, cost: 700 });
    expect(denied).toMatchObject({ allowed: false, by: 'volume', remaining: 600 });
    expect(denied.retryAfterMs).toBeGreaterThan(0);
    const never = { allowed: false, by: 'volume', retryAfterMs: null };
    expect(await client.limit({ ...question, cost: 1_001 })).toMatchObject(never);
  });

  test('is answered by an exception, and by a policy that denies nothing yet', async () => {
    const none = { limit: null, remaining: null, by: 'override', limits: [] };
    const [exempt, banned] = [uploads('health'), uploads('banned')];
    expect(await client.limit(exempt)).toMatchObject({ allowed: true, ...none, retryAfterMs: 0 });
    expect(await client.limit(banned)).toMatchObject({
      allowed: false,
      ...none,
      retryAfterMs: null,
    });
    const trial = await client.limit({ policy: 'trial', key: freshKey(), cost: 3 });
    expect(trial).toMatchObject({ allowed: true, dryRun: true, limits: [{ allowed: false }] });
  });

  test('goes in one request with others, each answered to its caller', async () => {
    const [first, second, third] = await Promise.allSettled([
      client.limit({ ...uploads(), strict: true }),
      client.limit({ ...OWN, key: freshKey() }),
      client.limit({ policy: 'gone', key: 'k' }),
    ]);
    expect(first).toMatchObject({ value: { by: 'requests', limits: [{ source: 'local' }, {}] } });
    expect(second).toMatchObject({ value: { limit: 5, remaining: 4 } });
    expect(third).toMatchObject({ reason: { name: 'BadQuestionError', field: 'policy' } });
  });

  test('with a policy and a limit is refused by both in the same words', async () => {
    const question = { ...uploads(), capacity: 5 };
    const { detail, field } = members(await ask(http, question));
    await expect(client.limit(question as never)).rejects.toMatchObject({ detail, field });
  });

  test('waits its turn', async () => {
    const question = { policy: 'quick', key: freshKey() };
    const order: number[] = [];
    const calls = [0, 1, 2].map((place) => client.acquire(question).then(() => order.push(place)));
    await Promise.all(calls);
    expect(order).toEqual([0, 1, 2]);
    const banned = client.acquire(uploads('banned'));
    await expect(banned).rejects.toMatchObject({ name: 'NotAcquiredError', reason: 'never' });
  });
});

describe('all or none', () => {
  test('of limits and policies', async () => {
    const [own, byPolicy] = [
      { ...OWN, key: freshKey() },
      { ...uploads(), cost: 1_000 },
    ];
    const each = [{ remaining: 4 }, { by: 'volume', remaining: 0 }];
    expect(await client.all([own, byPolicy])).toMatchObject({ allowed: true, all: each });
    const denied = await client.all([own, byPolicy]);
    expect(denied).toMatchObject({ allowed: false, all: [{ allowed: true }, { allowed: false }] });
    expect(await client.limit({ ...own, cost: 0 })).toMatchObject({ remaining: 4 });
    const banned = await client.all([own, uploads('banned')]);
    expect(banned).toMatchObject({ allowed: false, retryAfterMs: null });
  });

  test('names the one that is bad in the words of the service', async () => {
    const all = [uploads(), { ...OWN, key: freshKey(), cost: 6 }];
    const answer = await askMany(http, { all });
    const { field } = members(answer);
    await expect(client.all(all)).rejects.toMatchObject({ field });
    expect(field).toBe('all[1].cost');
  });

  test('of one key twice is a bad question', async () => {
    const question = uploads();
    const twice = { name: 'BadQuestionError', field: 'all[1].key' };
    await expect(client.all([question, question])).rejects.toMatchObject(twice);
  });
});

//  what is asked, what is left of it at first
test.each([
  [() => uploads(), 1_000],
  [() => ({ capacity: 1_000, interval: 1, unit: 'd', key: freshKey() }) as const, 1_000],
])('%# what was asked with an estimate is settled with the difference', async (asked, most) => {
  const question = asked();
  const left = async () => {
    const decision = await client.limit({ ...question, cost: 0 });
    const { limits } = decision as { limits?: readonly { name: string; remaining: number }[] };
    return limits?.find(({ name }) => name === 'volume')?.remaining ?? decision.remaining;
  };
  await client.limit({ ...question, cost: 400 });
  expect(await client.settle(question, 400, 100)).toMatchObject({ decision: { allowed: true } });
  expect(await left()).toBe(most - 100);
  expect(await client.settle(question, 0, 950)).toMatchObject({ decision: { allowed: false } });
  expect(await left()).toBe(0);
  // It was overdrawn by 50.
  await client.refund(question, 80);
  expect(await left()).toBe(30);
  expect(await client.settle(question, 0, 1e9)).toMatchObject({ answered: true });
  await client.refund(question, 1_000);
  expect(await left()).toBe(0);
  await client.refund(question, 7);
  expect(await left()).toBe(7);
});

describe.each(MIDDLEWARES)('%s', (_, get) => {
  const FIELDS = ['ratelimit-policy', 'ratelimit', 'retry-after'];

  test('has the fields of the service, but for the times that an answer does not say', async () => {
    const key = freshKey();
    for (const cost of [1, 990, 10, 2_000]) {
      const service = await ask(http, { policy: 'uploads', key: `${key} too`, cost });
      const got = await get({ client, policy: 'uploads', key: () => key, cost });
      expect(got.status).toBe(service.status);
      const untimed = (field = '') => field.replaceAll(/;[wt]=\d+/g, '');
      for (const name of FIELDS) {
        expect([name, untimed(got.fields[name])]).toEqual([name, untimed(service.headers[name])]);
      }
    }
  });

  test('hands on that there is no such policy', async () => {
    const got = await get({ client, policy: 'gone', key: () => 'k' });
    expect(got).toMatchObject({ status: 500, passed: false, error: { field: 'policy' } });
  });
});
