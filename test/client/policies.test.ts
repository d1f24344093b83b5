/** Questions that name a policy: how they are sent, and which answers count. */
import { describe, expect, test } from 'vitest';
import {
  type AnyQuestion,
  BadQuestionError,
  type PolicyDecision,
  UnavailableError,
} from '../../src/client/client.ts';
import { freePort } from '../support/free-port.ts';
import { decisionOn, questionsOf } from './fake-service.ts';
import { started } from './started.ts';

const QUESTION = { policy: 'uploads', key: 'k7' } as const;

const { clientOf, both: start } = started();

describe('a question', () => {
  test('goes as it was asked, and brings no limit', async () => {
    const { fake, client } = await start();
    const question = { ...QUESTION, cost: 9, overdraft: true, strict: true } as const;
    expect(await client.limit(question)).toEqual(decisionOn(question));
    expect(fake.asked.map(({ path, body }) => [path, JSON.parse(body)])).toEqual([
      ['/api/v1/limit', question],
    ]);
  });

  test('goes with those of the same tick that bring their limits', async () => {
    const { fake, client } = await start();
    const own = { key: 'k1', capacity: 5, interval: 1 };
    const asked = [client.limit(own), client.limit(QUESTION), client.limit({ ...own, key: 'k2' })];
    expect(await Promise.all(asked)).toEqual(
      [own, QUESTION, { ...own, key: 'k2' }].map((one) => decisionOn(one)),
    );
    expect(fake.asked.map(({ path }) => path)).toEqual(['/api/v1/limits']);
  });

  //  what is asked, the field at fault, what is said of it
  const bad = [
    [{ capacity: 5 }, 'capacity', 'capacity must be left out where policy is there'],
    [{ interval: 5 }, 'interval', 'interval must be left out where policy is there'],
    [{ unit: 's' }, 'unit', 'unit must be left out where policy is there'],
    [{ cost: -1 }, 'cost', 'cost must be a whole number from 0 to the capacity, is -1'],
    [{ cost: Number.NaN }, 'cost', 'cost must be a whole number from 0 to the capacity, is NaN'],
    [{ cost: 0.5, overdraft: true }, 'cost', 'cost must be a whole number from 0'],
  ] as const;
  test.each(bad)('with %j is refused, and nobody is asked', async (more, field, words) => {
    const { fake, client } = await start(undefined, { onError: 'allow' });
    const call = client.limit({ ...QUESTION, ...more } as AnyQuestion);
    await expect(call).rejects.toThrow(BadQuestionError);
    await expect(call).rejects.toMatchObject({ field, detail: expect.stringContaining(words) });
    expect(fake.asked).toEqual([]);
  });

  test.each(['allow', 'deny', 'throw'] as const)(
    'about a policy that the service does not have is bad, where onError is to %s',
    async (onError) => {
      const detail = 'policy must be one of those that the service has, is "uploads"';
      const { client } = await start(
        (res, asked) => {
          const error = { field: 'policy', detail };
          const problem = { type: 'about:blank', title: 'Bad Request', status: 400, ...error };
          const isMany = asked.body.startsWith('[');
          const type = isMany ? 'application/json' : 'application/problem+json';
          res.writeHead(isMany ? 200 : 400, { 'Content-Type': type });
          res.end(JSON.stringify(isMany ? questionsOf(asked).map(() => ({ error })) : problem));
        },
        { onError },
      );
      const refused = { name: 'BadQuestionError', field: 'policy', detail };
      await expect(client.limit(QUESTION)).rejects.toMatchObject(refused);
      const both = await Promise.allSettled([client.limit(QUESTION), client.limit(QUESTION)]);
      expect(both).toMatchObject([{ reason: refused }, { reason: refused }]);
    },
  );
});

const REQUESTS = {
  name: 'requests',
  allowed: false,
  limit: 10,
  remaining: 0,
  retryAfterMs: 700,
  resetAfterMs: 9_700,
};
const VOLUME = {
  name: 'volume',
  allowed: true,
  limit: 500,
  remaining: 400,
  retryAfterMs: 0,
  resetAfterMs: 5,
};
const { name: _, ...NUMBERS } = REQUESTS;
const DENIED = { ...NUMBERS, policy: 'uploads', by: 'requests', limits: [REQUESTS, VOLUME] };
const ALLOWED = {
  ...DENIED,
  allowed: true,
  limit: 500,
  remaining: 400,
  retryAfterMs: 0,
  by: 'volume',
  limits: [VOLUME],
};
const NEVER = { ...DENIED, retryAfterMs: null, limits: [{ ...REQUESTS, retryAfterMs: null }] };
const NO_LIMIT = { limit: null, remaining: null, by: 'override', limits: [] };
const EXEMPT = { ...ALLOWED, ...NO_LIMIT, resetAfterMs: 0 };
const BANNED = { ...DENIED, ...NO_LIMIT, retryAfterMs: null, resetAfterMs: null };
const DRY = { ...DENIED, allowed: true, retryAfterMs: 0, dryRun: true };
const SHARED = {
  ...DENIED,
  degraded: true,
  limits: [
    { ...REQUESTS, degraded: true, source: 'late' },
    { ...VOLUME, source: 'lease' },
  ],
};

/** What becomes of an answer, alone and among many. */
async function outcomesOf(answer: object): Promise<unknown[]> {
  const { client } = await start((res, asked) => {
    res.end(JSON.stringify(asked.body.startsWith('[') ? [answer, answer] : answer));
  });
  const alone = await Promise.allSettled([client.limit(QUESTION)]);
  const both = await Promise.allSettled([client.limit(QUESTION), client.limit(QUESTION)]);
  return [...alone, ...both].map((one) =>
    one.status === 'fulfilled' ? one.value : one.reason.reason,
  );
}

describe('an answer', () => {
  const good = { DENIED, ALLOWED, NEVER, EXEMPT, BANNED, DRY, SHARED };
  test.each(Object.entries(good))('counts: %s', async (_, answer) => {
    expect(await outcomesOf(answer)).toEqual([answer, answer, answer]);
  });

  test('has no more than is known here', async () => {
    const more = { ...DENIED, more: 1, dryRun: false, error: 'x', source: 'store' };
    const limits = [{ ...REQUESTS, more: 1, source: 'moon' }, VOLUME];
    const [decision] = await outcomesOf({ ...more, limits });
    // One with an error is a refusal where it is among many.
    expect(decision).toEqual(DENIED);
  });

  //  what is wrong, the answer
  const strange: readonly (readonly [string, object])[] = [
    ['is about another policy', { ...DENIED, policy: 'other' }],
    ['names no policy', { ...DENIED, policy: undefined }],
    ['says yes while a limit says no', { ...DENIED, allowed: true, retryAfterMs: 0 }],
    ['says no while no limit does', { ...DENIED, limits: [{ ...VOLUME, name: 'requests' }] }],
    ['denies, and at once', { ...DENIED, retryAfterMs: 0 }],
    ['allows, and later', { ...ALLOWED, retryAfterMs: 1 }],
    ['allows, and never', { ...ALLOWED, retryAfterMs: null }],
    ['is a dry run that denies', { ...DENIED, dryRun: true }],
    ['names a limit that it does not have', { ...DENIED, by: 'volumes' }],
    ['names nobody', { ...DENIED, by: null }],
    ['has other numbers than the limit it names', { ...DENIED, remaining: 1 }],
    ['has the numbers of another limit', { ...DENIED, limit: 500 }],
    ['has numbers without a limit', { ...EXEMPT, limit: 5 }],
    ['has no limits, and none that decided', { ...EXEMPT, by: 'requests' }],
    ['has no list of limits', { ...DENIED, limits: undefined }],
    ['has a limit twice', { ...DENIED, limits: [REQUESTS, REQUESTS] }],
    [
      'has a limit with more left than there is',
      { ...DENIED, limits: [{ ...REQUESTS, remaining: 11 }] },
    ],
    ['has a limit that denies at once', { ...DENIED, limits: [{ ...REQUESTS, retryAfterMs: 0 }] }],
    [
      'has a limit in parts of a token',
      { ...DENIED, limits: [REQUESTS, { ...VOLUME, limit: 0.5 }] },
    ],
    ['has a limit without a name', { ...DENIED, limits: [REQUESTS, { ...VOLUME, name: '' }] }],
    [
      'has a name that is a header field',
      { ...DENIED, limits: [REQUESTS, { ...VOLUME, name: 'a"\r\nb: c' }] },
    ],
    ['has a wait in words', { ...DENIED, retryAfterMs: '700' }],
    ['is of a limit that was asked with', decisionOn({ key: 'k7', capacity: 10, interval: 1 })],
  ];
  test.each(strange)('is none where it %s', async (_, answer) => {
    expect(await outcomesOf(answer)).toEqual(['answer', 'answer', 'answer']);
  });

  test('by a policy is none to a question that brought its limit', async () => {
    const { client } = await start((res) => res.end(JSON.stringify(BANNED)));
    const call = client.limit({ key: 'k', capacity: 10, interval: 1 });
    await expect(call).rejects.toMatchObject({ reason: 'answer' });
  });
});

test('without an answer onError decides, and no limit is named', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const of = async (onError: 'allow' | 'deny'): Promise<PolicyDecision> => {
    return clientOf(url, { onError }).limit(QUESTION);
  };
  const none = { limit: null, remaining: null, resetAfterMs: null, by: null, limits: [] };
  const error = expect.any(UnavailableError);
  const standIn = { policy: 'uploads', ...none, degraded: true, error };
  expect(await of('allow')).toEqual({ allowed: true, retryAfterMs: 0, ...standIn });
  expect(await of('deny')).toEqual({ allowed: false, retryAfterMs: 1_000, ...standIn });
});
