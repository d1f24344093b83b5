/** Questions that are taken all or none: one request, one decision, believed only whole. */
import { describe, expect, test } from 'vitest';
import {
  type AnyQuestion,
  type ArgusClient,
  BadQuestionError,
  type ClientOptions,
  UnavailableError,
} from '../../src/client/client.ts';
import { decisionOn, type FakeService, type Respond, refuse } from './fake-service.ts';
import { started } from './started.ts';

const OWN = { key: 'k1', capacity: 5, interval: 1 } as const;
const BY_POLICY = { policy: 'uploads', key: 'k2' } as const;
const BOTH = [OWN, BY_POLICY];

const { both } = started();
let fake: FakeService;
let client: ArgusClient;

async function start(respond?: Respond, options?: Partial<ClientOptions>): Promise<void> {
  ({ fake, client } = await both(respond, options));
}

test('all go as one request, whatever limits they are about, and with no others', async () => {
  await start();
  const [all, alone] = await Promise.all([client.all(BOTH), client.limit(OWN)]);
  const each = BOTH.map((one) => decisionOn(one));
  expect(all).toEqual({ allowed: true, retryAfterMs: 0, all: each });
  expect(alone).toEqual(each[0]);
  const asked = fake.asked.map(({ path, body }) => [path, JSON.parse(body)]);
  expect(asked).toContainEqual(['/api/v1/limits', { all: BOTH }]);
  expect(asked).toContainEqual(['/api/v1/limit', OWN]);
});

const [YES, ALSO] = BOTH.map((one) => decisionOn(one));
const NO = { ...YES, allowed: false, retryAfterMs: 9 };

describe('an answer', () => {
  //  its status, the answer
  const good = [
    [429, { allowed: false, retryAfterMs: 9, all: [NO, ALSO] }],
    [200, { allowed: false, retryAfterMs: 9, all: [NO, ALSO] }],
    [503, { allowed: false, retryAfterMs: null, all: [NO, ALSO] }],
    // The store had no time for all of them.
    [429, { allowed: false, retryAfterMs: 0, all: [YES, ALSO] }],
  ] as const;
  test.each(good)('with status %i counts: %j', async (status, answer) => {
    await start((res) => res.writeHead(status).end(JSON.stringify(answer)));
    expect(await client.all(BOTH)).toEqual(answer);
  });

  //  what is wrong, the status, the answer
  const strange = [
    [
      'allows with the status of a denial',
      429,
      { allowed: true, retryAfterMs: 0, all: [YES, ALSO] },
    ],
    ['allows what one of them denies', 200, { allowed: true, retryAfterMs: 0, all: [NO, ALSO] }],
    ['allows later', 200, { allowed: true, retryAfterMs: 9, all: [YES, ALSO] }],
    ['is about fewer', 200, { allowed: true, retryAfterMs: 0, all: [YES] }],
    ['is about others', 200, { allowed: true, retryAfterMs: 0, all: [ALSO, YES] }],
    ['is a list', 200, [YES, ALSO]],
    ['is that of one', 200, YES],
    ['has no wait', 200, { allowed: false, all: [NO, ALSO] }],
    ['is a failure', 500, { allowed: false, retryAfterMs: 9, all: [NO, ALSO] }],
  ] as const;
  test.each(strange)('is none where it %s', async (_, status, answer) => {
    await start((res) => res.writeHead(status).end(JSON.stringify(answer)));
    await expect(client.all(BOTH)).rejects.toMatchObject({ reason: 'answer' });
  });
});

describe('a mistake', () => {
  //  what is asked, the field at fault
  const bad = [
    [[OWN, { ...OWN, cost: 6 }], 'all[1].cost'],
    [[OWN, { ...BY_POLICY, capacity: 6 }], 'all[1].capacity'],
    [[null, OWN], 'all[0]'],
    [OWN, undefined],
  ] as const;
  test.each(bad)('in %j rejects all, and nobody is asked', async (questions, field) => {
    await start(undefined, { onError: 'allow' });
    const call = client.all(questions as unknown as AnyQuestion[]);
    await expect(call).rejects.toThrow(BadQuestionError);
    await expect(call).rejects.toMatchObject({ field });
    expect(fake.asked).toEqual([]);
  });

  test('that the service finds rejects all, and they are not asked again', async () => {
    await start((res) => refuse(res, 400, 'all[1]: key must be another', 'key'), {
      onError: 'allow',
    });
    const call = client.all([OWN, OWN]);
    await expect(call).rejects.toMatchObject({ name: 'BadQuestionError', field: 'key' });
    expect(fake.asked).toHaveLength(1);
  });
});

describe('without an answer', () => {
  const error = expect.any(UnavailableError);
  //  onError, what stands in for the answer
  test.each([
    ['allow', { allowed: true, retryAfterMs: 0 }],
    ['deny', { allowed: false, retryAfterMs: 1_000 }],
  ] as const)('%s decides on each, and they are not asked again', async (onError, decision) => {
    await start((res) => res.destroy(), { onError });
    const each = { ...decision, degraded: true, error };
    const answer = await client.all(BOTH);
    expect(answer).toMatchObject({ ...each, all: [{ ...each, limit: 5 }, each] });
    expect(fake.asked).toHaveLength(1);
  });

  test('throw rejects', async () => {
    await start((res) => res.destroy());
    await expect(client.all(BOTH)).rejects.toMatchObject({ reason: 'connection' });
    expect(fake.asked).toHaveLength(1);
  });
});
