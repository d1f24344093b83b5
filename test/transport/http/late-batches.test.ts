/** Batches and resets that are decided late: each is one answer, in its place. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { members, post, request } from '../../support/ask.ts';
import { expectProblem } from '../../support/problem.ts';
import { RawClient } from '../../support/raw-http.ts';
import { RIGHT, reset, TOKEN } from '../../support/reset.ts';
import { askMany, itemsOf, LIMITS_PATH, postMany } from './batch.ts';
import { HeldLimiter } from './held-limiter.ts';
import { HttpHarness } from './http-harness.ts';

let limiter: HeldLimiter;
let http: HttpHarness;
beforeEach(async () => {
  limiter = new HeldLimiter();
  http = await HttpHarness.start(limiter, { adminToken: TOKEN });
});
afterEach(async () => {
  await http.close();
});

const question = (key: string, capacity = 5) => ({ key, capacity, interval: 60 });

describe('a batch', () => {
  test('is asked at once, and answered in order when the last decision is there', async () => {
    const keys = ['now-1', 'held-2', 'now-3', 'held-4'];
    const asked = [...keys.map((key, i) => question(key, i + 1)), { key: '' }];
    const answer = askMany(http, asked);
    await limiter.waitsFor('held-2', 'held-4');
    expect(limiter.asked.map(({ key }) => key)).toEqual(keys);
    limiter.deny('held-4');
    await http.servesOthers();
    expect(http.counted.denied).toBe(1);
    limiter.allow('held-2');
    const items = itemsOf(await answer);
    expect(items.map(({ limit }) => limit)).toEqual([1, 2, 3, 4, undefined]);
    expect(items.map(({ allowed }) => allowed)).toEqual([true, true, true, false, undefined]);
    expect(items[4]?.error?.field).toBe('key');
    expect(http.counted).toEqual({ allowed: 3, denied: 1, answered: 1, refused: { bad_field: 1 } });
  });

  test('is one answer, in its place among others', async () => {
    const client = await RawClient.connect(http.port);
    const batch = postMany([question('held-1', 1), question('now', 2)]);
    client.send(Buffer.concat([batch, post(question('now', 3)), batch]));
    await limiter.waitsFor('held-1');
    limiter.allow('held-1');
    await limiter.waitsFor('held-1');
    expect(itemsOf(await client.answer()).map(({ limit }) => limit)).toEqual([1, 2]);
    expect(members(await client.answer())).toMatchObject({ limit: 3 });
    limiter.allow('held-1');
    expect(itemsOf(await client.answer()).map(({ limit }) => limit)).toEqual([1, 2]);
    expect(http.counted.answered).toBe(3);
    client.destroy();
  });

  test('has what is nonsense behind it answered last', async () => {
    const client = await RawClient.connect(http.port);
    client.send(Buffer.concat([postMany([question('held')]), Buffer.from('NONSENSE\r\n\r\n')]));
    await limiter.waitsFor('held');
    await http.servesOthers();
    limiter.allow('held');
    expect((await client.answers()).map(({ status }) => status)).toEqual([200, 400]);
    client.destroy();
  });

  test('taken all or none is answered late too, and counted once', async () => {
    const answer = askMany(http, { all: [question('now'), question('held')] });
    await limiter.waitsFor('held');
    expect(http.counted.answered).toBe(0);
    limiter.decideAll('held', true);
    expect(members(await answer)).toMatchObject({ allowed: true, retryAfterMs: 0 });
    expect(http.counted).toEqual({ allowed: 1, denied: 0, answered: 1, refused: {} });
  });
});

describe('a reset', () => {
  test.each([true, false])('that takes a while says how it went: %s', async (wasReset) => {
    const answer = reset(http, '?key=held');
    await limiter.waitsFor('held');
    limiter.tellReset('held', wasReset);
    expect(members(await answer)).toEqual({ reset: wasReset });
  });

  test('that cannot reach the store is a 503, and says that nothing was reset', async () => {
    const answer = reset(http, '?key=held');
    await limiter.waitsFor('held');
    limiter.tellReset('held', null);
    expectProblem(await answer, 503, 'store', 'away', 'nothing was reset');
    expect(http.counted.refused).toEqual({});
  });

  test('is answered in its place', async () => {
    const client = await RawClient.connect(http.port);
    const one = request('DELETE', '/api/v1/limit?key=held', RIGHT);
    client.send(one + request('GET', '/livez') + request('GET', LIMITS_PATH));
    await limiter.waitsFor('held');
    await http.servesOthers();
    limiter.tellReset('held', true);
    expect(members(await client.answer())).toEqual({ reset: true });
    expect((await client.answer()).body).toBe('OK');
    expectProblem(await client.answer(), 405);
    client.destroy();
  });
});
