/** What all middlewares have in common: by a limit or by a policy, allowed, denied or neither. */
import { describe, expect, test } from 'vitest';
import {
  type AnyDecision,
  type AnyQuestion,
  BadQuestionError,
  UnavailableError,
} from '../../src/client/client.ts';
import { MIDDLEWARES, type Options } from './middleware-apps.ts';

const LIMIT = { capacity: 10, interval: 10 } as const;
const OWN = { allowed: true, limit: 10, remaining: 7, retryAfterMs: 0, resetAfterMs: 3_000 };
const OWN_FIELDS = { 'ratelimit-policy': '"default";q=10;w=10', ratelimit: '"default";r=7;t=1' };

const REQUESTS = { name: 'requests', ...OWN };
const VOLUME = { ...REQUESTS, name: 'volume', limit: 500, remaining: 20 };
const POLICY = { ...OWN, policy: 'uploads', by: 'volume', limit: 500, remaining: 20 };
const ALLOWED = { ...POLICY, limits: [REQUESTS, VOLUME] };
const WAIT = { allowed: false, retryAfterMs: 7_200 };
const DENIED = { ...POLICY, ...WAIT, limits: [REQUESTS, { ...VOLUME, ...WAIT }] };
const NEVER = {
  ...DENIED,
  retryAfterMs: null,
  limits: [{ ...VOLUME, ...WAIT, retryAfterMs: null }],
};
const NONE = { limit: null, remaining: null, by: 'override', limits: [] };
const EXEMPT = { ...ALLOWED, ...NONE, resetAfterMs: 0 };
const BANNED = { ...DENIED, ...NONE, retryAfterMs: null, resetAfterMs: null };
const DRY = { ...DENIED, allowed: true, retryAfterMs: 0, dryRun: true } as const;
const HUGE = { ...ALLOWED, limits: [{ ...REQUESTS, limit: 1e15 }, VOLUME] };

const POLICY_FIELDS = {
  'ratelimit-policy': '"requests";q=10, "volume";q=500',
  ratelimit: '"requests";r=7, "volume";r=20',
};
const DENIED_FIELDS = { ...POLICY_FIELDS, ratelimit: '"requests";r=7, "volume";r=20;t=8' };

const error = new UnavailableError('timeout', 'x');
const unanswered = { ...NONE, by: null, resetAfterMs: null, degraded: true, error } as const;

interface Client {
  readonly asked: AnyQuestion[];
  limit(question: AnyQuestion): Promise<AnyDecision>;
}

function clientThat(answer: AnyDecision | Error): Client {
  const asked: AnyQuestion[] = [];
  const limit = async (question: AnyQuestion) => {
    asked.push(question);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { asked, limit };
}

const key = () => 'k';

describe.each(MIDDLEWARES)('%s', (_, get) => {
  //  what the service says, the fields
  const passing = [
    ['by a limit', { limit: LIMIT }, OWN, OWN_FIELDS],
    ['by a policy', { policy: 'uploads' }, ALLOWED, POLICY_FIELDS],
    ['in a dry run that would deny', { policy: 'uploads' }, DRY, DENIED_FIELDS],
    ['by an override', { policy: 'uploads' }, EXEMPT, {}],
    ['by onError', { policy: 'uploads' }, { ...EXEMPT, ...unanswered }, {}],
    [
      'by a policy with a limit that no field can name',
      { policy: 'uploads' },
      HUGE,
      {
        'ratelimit-policy': '"volume";q=500',
        ratelimit: '"volume";r=20',
      },
    ],
  ] as const;
  test.each(passing)('lets through what is allowed %s', async (_, by, decision, fields) => {
    const client = clientThat(decision);
    const got = await get({ client, key, ...by } as Options);
    expect(got).toMatchObject({ status: 200, body: 'hello', passed: true, error: null });
    expect(got.fields).toEqual(fields);
  });

  const after = 'try again in 8 s';
  const ownDenial = { ...OWN, ...WAIT, remaining: 0, resetAfterMs: 10_000 };
  //  what the service says, the fields, the detail
  const denying = [
    [
      'a limit',
      { limit: LIMIT },
      ownDenial,
      {
        'ratelimit-policy': '"default";q=10;w=10',
        ratelimit: '"default";r=0;t=1',
        'retry-after': '8',
      },
      `too little of the limit of 10 is left; ${after}`,
    ],
    [
      'a policy',
      { policy: 'uploads' },
      DENIED,
      { ...DENIED_FIELDS, 'retry-after': '8' },
      `too little of the limit "volume" of 500 is left; ${after}`,
    ],
    [
      'a policy for ever',
      { policy: 'uploads' },
      NEVER,
      {
        'ratelimit-policy': '"volume";q=500',
        ratelimit: '"volume";r=20',
      },
      'this request costs 1 of a limit of 500, and can never pass',
    ],
    ['an override', { policy: 'uploads' }, BANNED, {}, 'this is denied in any case'],
  ] as const;
  test.each(denying)(
    'answers 429 to what is denied by %s',
    async (_, by, decision, fields, detail) => {
      const client = clientThat(decision);
      const got = await get({ client, key, ...by } as Options);
      expect(got).toMatchObject({ status: 429, passed: false, type: 'application/problem+json' });
      expect(got.fields).toEqual(fields);
      const problem = { type: 'about:blank', title: 'Too Many Requests', status: 429, detail };
      expect(JSON.parse(got.body)).toEqual(problem);
    },
  );

  test('answers 503 where onError denies', async () => {
    const decision = { ...BANNED, ...unanswered, retryAfterMs: 1_000 };
    const got = await get({ client: clientThat(decision), key, policy: 'uploads' });
    expect(got).toMatchObject({ status: 503, passed: false, fields: { 'retry-after': '1' } });
    expect(JSON.parse(got.body)).toMatchObject({ title: 'Service Unavailable' });
  });

  //  what the client throws
  test.each([
    new BadQuestionError('policy must be one of those that the service has', 'policy'),
    error,
  ])('hands on what the client throws, and lets nothing through: %s', async (thrown) => {
    for (const by of [{ limit: LIMIT }, { policy: 'uploads' }]) {
      const got = await get({ client: clientThat(thrown), key, ...by } as Options);
      expect(got).toMatchObject({ status: 500, passed: false, fields: {} });
      expect(got.error).toBe(thrown);
    }
  });

  test.each([-1, 0.5, Number.NaN, '5', undefined])('hands on a cost of %j', async (cost) => {
    const client = clientThat(ALLOWED);
    const of = () => cost as number;
    const got = await get({ client, key, policy: 'uploads', cost: of });
    expect(got).toMatchObject({ passed: false, error: { field: 'cost', status: 400 } });
    expect(client.asked).toEqual([]);
  });

  test('asks with what the request says', async () => {
    const client = clientThat(ALLOWED);
    const header = (name: string) => (req: { readonly headers: object }) => {
      const { headers } = req;
      return headers instanceof Headers
        ? (headers.get(name) ?? '')
        : ((headers as Record<string, string>)[name] ?? '');
    };
    const cost = (req: { readonly headers: object }) => Number(header('x-cost')(req));
    const options = { client, key: header('x-user'), policy: header('x-plan'), cost };
    await get(options, { 'X-User': 'alice', 'X-Plan': 'gold', 'X-Cost': '9' });
    expect(client.asked).toEqual([{ policy: 'gold', key: 'alice', cost: 9 }]);
  });

  test('sends a cost of 1 where none is given, and any to a policy', async () => {
    const client = clientThat(ALLOWED);
    await get({ client, key, policy: 'uploads' });
    await get({ client, key, policy: 'uploads', cost: 1_000_000 });
    expect(client.asked.map(({ cost }) => cost)).toEqual([1, 1_000_000]);
  });

  test('asks nobody about what is skipped', async () => {
    const client = clientThat(DENIED);
    const got = await get({ client, key, policy: 'uploads', skip: () => true });
    expect(got).toMatchObject({ status: 200, passed: true, fields: {} });
    expect(client.asked).toEqual([]);
  });

  test.each([{ limit: LIMIT, policy: 'uploads' }, {}])('takes no %j for its limit', async (by) => {
    const options = { client: clientThat(OWN), key, ...by } as unknown as Options;
    await expect(get(options)).rejects.toThrow(TypeError);
  });
});
