/** Tokens that are given back or settled: sent alone, once, and never in vain without a word. */
import { describe, expect, test } from 'vitest';
import {
  type AnyQuestion,
  type ArgusClient,
  BadQuestionError,
  type ClientOptions,
  type Unanswered,
  UnavailableError,
} from '../../src/client/client.ts';
import {
  decideAll,
  decisionOn,
  type FakeService,
  PATIENCE_MS,
  questionsOf,
  type Respond,
  refuse,
} from './fake-service.ts';
import { started } from './started.ts';

const OWN = { key: 'k1', capacity: 100, interval: 1 } as const;
const BY_POLICY = { policy: 'tokens', key: 'k1' } as const;

const { both } = started();
let fake: FakeService;
let client: ArgusClient;

async function start(respond?: Respond, options?: Partial<ClientOptions>): Promise<void> {
  ({ fake, client } = await both(respond, options));
}

describe.each([OWN, BY_POLICY])('%j', (question) => {
  test('is refunded by a negative cost', async () => {
    await start();
    const settlement = await client.refund(question, 30);
    expect(settlement).toEqual({ answered: true, decision: decisionOn(question) });
    expect(fake.asked.map(({ path }) => path)).toEqual(['/api/v1/limit']);
    expect(fake.asked.flatMap(questionsOf)).toEqual([{ ...question, cost: -30 }]);
  });

  //  estimate, actual, what is sent
  test.each([
    [50, 80, { cost: 30, overdraft: true }],
    [80, 50, { cost: -30 }],
    [0, 5, { cost: 5, overdraft: true }],
    [5, 0, { cost: -5 }],
  ])('that was asked with %i and cost %i is settled by %j', async (estimate, actual, sent) => {
    await start();
    // Whatever it was asked with.
    const asked = { ...question, cost: estimate, overdraft: true };
    expect(await client.settle(asked, estimate, actual)).toMatchObject({ answered: true });
    expect(fake.asked.flatMap(questionsOf)).toEqual([{ ...question, ...sent }]);
  });

  test('needs nothing sent where there is no difference', async () => {
    await start();
    const nothing = { answered: true, decision: null };
    expect(await client.settle(question, 7, 7)).toEqual(nothing);
    expect(await client.refund(question, 0)).toEqual(nothing);
    expect(fake.asked).toEqual([]);
  });

  test('goes alone, though others are asked in the same tick', async () => {
    await start();
    const calls = [client.limit(question), client.refund(question, 1), client.limit(question)];
    await Promise.all([...calls, client.settle(question, 1, 3)]);
    const sent = fake.asked.map((asked) => questionsOf(asked).map(({ cost }) => cost));
    expect(sent.toSorted((one, other) => one.length - other.length)).toEqual([
      expect.toSatisfy(([cost]) => cost === -1 || cost === 2),
      expect.toSatisfy(([cost]) => cost === -1 || cost === 2),
      [undefined, undefined],
    ]);
  });
});

test('an overdraft that was not there is an answer', async () => {
  const decision = { ...decisionOn(OWN), allowed: false, retryAfterMs: 5 };
  await start((res) => res.writeHead(429).end(JSON.stringify(decision)));
  expect(await client.settle(OWN, 1, 90)).toEqual({ answered: true, decision });
});

test('a settlement takes no more than what empties an overdrawn bucket: more changes nothing', async () => {
  await start();
  await client.settle(OWN, 10, 5_000);
  const { MAX_SAFE_INTEGER: most } = Number;
  await client.settle({ ...OWN, capacity: most }, 0, most);
  await client.settle(BY_POLICY, 10, 5_000);
  expect(fake.asked.flatMap(questionsOf).map(({ cost }) => cost)).toEqual([200, most, 4_990]);
});

describe('a mistake', () => {
  //  what is called
  const calls: readonly (readonly [string, (client: ArgusClient) => Promise<unknown>])[] = [
    ['refund(-1)', (client) => client.refund(OWN, -1)],
    ['refund(NaN)', (client) => client.refund(BY_POLICY, Number.NaN)],
    ['refund(0.5)', (client) => client.refund(OWN, 0.5)],
    ['settle(-1, 0)', (client) => client.settle(OWN, -1, 0)],
    ['settle(0, "5")', (client) => client.settle(OWN, 0, '5' as unknown as number)],
    ['settle(0, 2 ** 53)', (client) => client.settle(OWN, 0, 2 ** 53)],
    ['no question', (client) => client.refund(null as unknown as AnyQuestion, 1)],
    ['a policy and a limit', (client) => client.refund({ ...OWN, ...BY_POLICY } as never, 1)],
    ['no capacity', (client) => client.settle({ ...OWN, capacity: Number.NaN }, 0, 0)],
    ['no JSON', (client) => client.refund({ ...OWN, capacity: 1n } as never, 1)],
  ];
  test.each(calls)('%s rejects, and nothing is sent', async (_, call) => {
    await start();
    await expect(call(client)).rejects.toThrow(BadQuestionError);
    expect(fake.asked).toEqual([]);
  });

  test('that the service finds rejects, and is not sent again', async () => {
    await start((res) => refuse(res, 400, 'cost must be from -100', 'cost'));
    await expect(client.refund(OWN, 101)).rejects.toMatchObject({ field: 'cost' });
    expect(fake.asked).toHaveLength(1);
  });
});

describe('without an answer', () => {
  //  what the service does once it was asked, why there is no answer
  const ways: readonly (readonly [string, Respond, string])[] = [
    ['says nothing', () => {}, 'timeout'],
    ['breaks the connection', (res) => res.socket?.resetAndDestroy(), 'connection'],
    [
      'closes it in an answer',
      (res) => res.writeHead(200).write('{', () => res.destroy()),
      'connection',
    ],
    ['answers with a page', (res) => res.writeHead(502).end('<html>'), 'answer'],
    ['answers with a batch', (res) => res.end('[]'), 'answer'],
    ['moves', (res) => res.writeHead(307, { Location: '/elsewhere' }).end(), 'answer'],
  ];
  describe.each(ways)('as the service %s', (_, respond, reason) => {
    test.each(['allow', 'deny', 'throw'] as const)(
      'that is the value, it is sent once, and the hook is told, where onError is to %s',
      async (onError) => {
        const told: Unanswered[] = [];
        await start((res, asked) => (fake.asked.length === 1 ? decideAll : respond)(res, asked), {
          onError,
          timeoutMs: reason === 'timeout' ? 500 : PATIENCE_MS,
          onUnavailable: (one) => told.push(one),
        });
        // So that it goes over a connection that was kept.
        await client.limit(OWN).catch(() => {});
        told.length = 0;
        const refunded = await client.refund(OWN, 3);
        const settled = await client.settle(BY_POLICY, 3, 5);
        const unanswered = { answered: false, error: expect.any(UnavailableError) };
        expect([refunded, settled]).toEqual([unanswered, unanswered]);
        expect([refunded, settled]).toMatchObject([{ error: { reason } }, { error: { reason } }]);
        const sent = fake.asked.slice(1).flatMap(questionsOf);
        expect(sent.map(({ cost }) => cost)).toEqual([-3, 2]);
        expect(told).toMatchObject([
          { call: 'refund', questions: [{ ...OWN, cost: -3 }], decision: null, error: { reason } },
          { call: 'settle', questions: [{ ...BY_POLICY, cost: 2 }], decision: null },
        ]);
      },
    );
  });

  test('as the client is closed', async () => {
    await start();
    client.close();
    expect(await client.refund(OWN, 1)).toMatchObject({
      answered: false,
      error: { reason: 'closed' },
    });
    expect(fake.asked).toEqual([]);
  });
});
