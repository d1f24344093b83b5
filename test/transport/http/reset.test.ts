/** Resetting a key: its bucket is full at once, for every thread; the key must be well formed. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, exchange, freshKey, LIMIT_PATH, members, request } from '../../support/ask.ts';
import { expectProblem } from '../../support/problem.ts';
import { type Answer, RawClient } from '../../support/raw-http.ts';
import { RIGHT, reset, TOKEN, takeOfFive } from '../../support/reset.ts';
import { scrape, total } from '../../support/scrape.ts';
import { type Service, startService } from '../../support/service.ts';
import { askMany, itemsOf } from './batch.ts';

let service: Service;
beforeAll(async () => {
  service = await startService({ flags: ['--threads', '2'], env: { ADMIN_TOKEN: TOKEN } });
});
afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

function take(key: string): Promise<unknown> {
  return takeOfFive(service, key);
}

/** A key that has a bucket with four tokens of five. */
async function usedKey(): Promise<string> {
  const key = freshKey();
  expect(await take(key)).toBe(4);
  return key;
}

function expectReset(answer: Answer, wasReset: boolean): void {
  const { status, headers, body } = answer;
  expect([status, body]).toEqual([200, JSON.stringify({ reset: wasReset })]);
  expect(headers['content-type']).toBe('application/json');
}

describe('a reset', () => {
  test('fills the bucket: the next question finds it full', async () => {
    const key = await usedKey();
    for (const left of [3, 2, 1, 0, 0]) expect(await take(key)).toBe(left);
    expectReset(await reset(service, `?key=${key}`), true);
    const look = await ask(service, { key, capacity: 5, interval: 1, unit: 'd', cost: 0 });
    expect(members(look)).toMatchObject({ remaining: 5, resetAfterMs: 0 });
    expect(await take(key)).toBe(4);
  });

  test('is seen by a batch', async () => {
    const one = { key: await usedKey(), capacity: 5, interval: 1, unit: 'd' };
    expectReset(await reset(service, `?key=${one.key}`), true);
    const items = itemsOf(await askMany(service, [one, one]));
    expect(items.map(({ remaining }) => remaining)).toEqual([4, 3]);
  });

  test('touches no other key', async () => {
    const [key, other] = [await usedKey(), await usedKey()];
    expectReset(await reset(service, `?key=${key}`), true);
    expect(await take(other)).toBe(3);
  });

  test('of a key that has no bucket says so, and makes none', async () => {
    const before = await scrape(service);
    for (let i = 0; i < 10; i++) expectReset(await reset(service, `?key=never-${i}`), false);
    const after = await scrape(service);
    expect(after.get('argus_keys')).toBeLessThanOrEqual(before.get('argus_keys') ?? 0);
  });

  test('is no decision', async () => {
    const key = await usedKey();
    const before = await scrape(service);
    expectReset(await reset(service, `?key=${key}`), true);
    const after = await scrape(service);
    for (const name of ['argus_decisions_total', 'argus_bad_requests_total']) {
      expect(total(after, name)).toBe(total(before, name));
    }
  });

  test('is seen by every thread, whichever made it', async () => {
    const key = await usedKey();
    for (let round = 0; round < 20; round++) {
      // Each over a connection of its own: they spread over the threads.
      await Promise.all(Array.from({ length: 6 }, () => take(key)));
      expect(await take(key)).toBe(0);
      expectReset(await reset(service, `?key=${key}`), true);
      const left = await Promise.all(Array.from({ length: 5 }, () => take(key)));
      expect(left.toSorted()).toEqual([0, 1, 2, 3, 4]);
    }
  });

  test('has its body ignored, and the connection kept', async () => {
    const [key, other] = [await usedKey(), await usedKey()];
    const client = await RawClient.connect(service.port);
    const body = JSON.stringify({ key: other });
    const headers = { ...RIGHT, 'Content-Length': String(body.length) };
    client.send(request('DELETE', `${LIMIT_PATH}?key=${key}`, headers) + body);
    expectReset(await client.answer(), true);
    expect((await client.send(request('GET', '/livez')).answer()).body).toBe('OK');
    client.destroy();
    expect(await take(other)).toBe(3);
  });

  test('may come in absolute form', async () => {
    const target = `http://127.0.0.1:${service.port}${LIMIT_PATH}?key=${await usedKey()}`;
    expectReset(await exchange(service, request('DELETE', target, RIGHT)), true);
  });
});

describe('the key', () => {
  //  the key, as it is asked for
  test.each([
    ['a b', '?key=a+b'],
    ['a b c', '?key=a%20b+c'],
    ['a+b', '?key=a%2Bb'],
    ['a%2Bb', '?key=a%252Bb'],
    ['a=b&key=c#d?e', '?key=a%3Db%26key%3Dc%23d%3fe'],
    ['a/b?c:d@e', '?key=a/b?c:d@e'],
    ['user:🦚:é', '?key=user:%F0%9F%A6%9a:%c3%a9'],
    ['nul\0', '?key=nul%00'],
    ['\ufeff', '?key=%EF%BB%BF'],
    ['\ufffd', '?key=%EF%BF%BD'],
    ['__proto__', '?key=__proto__'],
    ['é'.repeat(128), `?key=${'%C3%A9'.repeat(128)}`],
  ])('%j is %s', async (key, query) => {
    expect(await take(key)).toBe(4);
    expectReset(await reset(service, query), true);
    expect(await take(key)).toBe(4);
    expectReset(await reset(service, query), true);
  });

  const badKeys: readonly (readonly [string, ...string[]])[] = [
    ['', 'key='],
    ['?', 'key='],
    ['?key', 'key='],
    ['?key&a', 'key='],
    ['?=a', 'key='],
    ['?Key=a', 'key='],
    ['?%6bey=a', 'key='],
    ['??key=a', 'key='],
    ['?key=a&key=a', 'key='],
    ['?key=a&key=b', 'key='],
    ['?key=a&cost=1', 'key='],
    ['?cost=1&key=a', 'key='],
    ['?key=a&', 'key='],
    ['?&key=a', 'key='],
    ['?key=a=b', 'key='],
    ['?key=a#b', 'key='],
    ['#?key=a', 'key='],
    ['?key[]=a', 'key='],
    ['?key=', '1 to 256', 'has 0'],
    [`?key=${'k'.repeat(257)}`, '1 to 256', 'has 257'],
    [`?key=${'%C3%A9'.repeat(129)}`, '1 to 256', 'has 258'],
    [`?key=${'k'.repeat(8_000)}`, '1 to 256', 'has 8000'],
    ['?key=%', 'percent-encoded'],
    ['?key=a%2', 'percent-encoded'],
    ['?key=%zz', 'percent-encoded'],
    ['?key=%u0041', 'percent-encoded'],
    ['?key=%ff', 'UTF-8'],
    ['?key=%c3', 'UTF-8'],
    ['?key=%c0%80', 'UTF-8'],
    ['?key=%ed%a0%80', 'UTF-8'],
    ['?key=%F8%88%80%80%80', 'UTF-8'],
  ];
  test.each(badKeys)('is refused in %j', async (query, ...words) => {
    const answer = await reset(service, query);
    expectProblem(answer, 400, ...words);
    expect(members(answer)['field']).toBe('key');
  });

  test('is not bytes that are not encoded', async () => {
    const bytes = Buffer.from(request('DELETE', `${LIMIT_PATH}?key=é`, RIGHT));
    expectProblem(await exchange(service, bytes), 400);
  });

  test('may be any that can be asked about', async () => {
    const keys = fc
      .string({ unit: 'binary', maxLength: 60 })
      .map((key) => `any:${key}`)
      .filter((key) => Buffer.byteLength(key) <= 256);
    await fc.assert(
      fc.asyncProperty(keys, async (key) => {
        expectReset(await reset(service, `?key=${encodeURIComponent(key)}`), false);
        expect(await take(key)).toBe(4);
        expectReset(await reset(service, `?key=${encodeURIComponent(key)}`), true);
      }),
      // A key that was reset may be forgotten or not.
      { numRuns: 50, skipEqualValues: true },
    );
  });

  test('is found or refused in any query, and nothing worse', async () => {
    const piece = fc.constantFrom(...['key', '=', '&', '+', '%', '%f0', '%41', '#', '?', 'a', '/']);
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
        const { status } = await reset(service, `?${pieces.join('')}`);
        expect([200, 400]).toContain(status);
      }),
      { numRuns: 200 },
    );
  });
});
