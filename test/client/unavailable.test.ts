/** The hook is told of each call that had no answer; nothing that it does reaches the caller. */
import { afterEach, expect, test } from 'vitest';
import {
  ArgusClient,
  type ClientOptions,
  type Unanswered,
  UnavailableError,
} from '../../src/client/client.ts';
import { type FakeService, PATIENCE_MS, refuse, startFake } from './fake-service.ts';

const OWN = { key: 'k1', capacity: 5, interval: 1 } as const;
const BY_POLICY = { policy: 'uploads', key: 'k2' } as const;

let fake: FakeService;
let client: ArgusClient;

async function start(options: Partial<ClientOptions>): Promise<void> {
  fake = await startFake((res, { body }) => {
    if (body.includes('"cost":3')) refuse(res, 400, 'cost is bad', 'cost');
    else res.writeHead(502).end();
  });
  client = new ArgusClient({ url: fake.url, timeoutMs: PATIENCE_MS, ...options });
}

afterEach(async () => {
  client.close();
  await fake.stop();
});

test.each(['allow', 'deny'] as const)(
  '%s: it gets the decision that the caller gets',
  async (onError) => {
    const told: Unanswered[] = [];
    await start({ onError, onUnavailable: (one) => told.push(one) });
    const decisions = [
      await client.limit(OWN),
      await client.limit(BY_POLICY),
      await client.all([OWN, BY_POLICY]),
    ];
    expect(told).toEqual([
      { call: 'limit', questions: [OWN], decision: decisions[0], error: decisions[0]?.error },
      { call: 'limit', questions: [BY_POLICY], decision: decisions[1], error: decisions[1]?.error },
      {
        call: 'all',
        questions: [OWN, BY_POLICY],
        decision: decisions[2],
        error: decisions[2]?.error,
      },
    ]);
    expect(told[0]?.error).toBeInstanceOf(UnavailableError);
  },
);

test('throw: it is told what was thrown', async () => {
  const told: Unanswered[] = [];
  await start({ onUnavailable: (one) => told.push(one) });
  const both = await Promise.allSettled([client.limit(OWN), client.limit(BY_POLICY)]);
  expect(told).toEqual(
    [OWN, BY_POLICY].map((question, i) => ({
      call: 'limit',
      questions: [question],
      decision: null,
      error: (both[i] as PromiseRejectedResult).reason,
    })),
  );
});

test('it is told nothing of a bad question, which was no outage', async () => {
  const told: Unanswered[] = [];
  await start({ onError: 'allow', onUnavailable: (one) => told.push(one) });
  await expect(client.limit({ ...OWN, cost: 3 })).rejects.toThrow('cost is bad');
  await expect(client.limit({ ...OWN, cost: 9 })).rejects.toThrow('cost must be');
  expect(told).toEqual([]);
});

const rejections: unknown[] = [];
const note = (reason: unknown) => rejections.push(reason);

//  what it does
test.each<[string, () => unknown]>([
  [
    'throws',
    () => {
      throw new Error('oh');
    },
  ],
  ['rejects', () => Promise.reject(new Error('oh'))],
  ['never returns', () => new Promise(() => {})],
])('a hook that %s changes no decision', async (_, onUnavailable) => {
  process.on('unhandledRejection', note);
  await start({ onError: 'allow', onUnavailable });
  expect(await client.limit(OWN)).toMatchObject({ allowed: true, degraded: true });
  expect(await client.all([OWN])).toMatchObject({ allowed: true, degraded: true });
  expect(await client.refund(OWN, 1)).toMatchObject({ answered: false });
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', note);
  expect(rejections).toEqual([]);
});

test('what is no function is refused at once', () => {
  const onUnavailable = 'log' as unknown as () => void;
  expect(() => new ArgusClient({ url: fake.url, onUnavailable })).toThrow(
    'onUnavailable must be a function, is log',
  );
});
