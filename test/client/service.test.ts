/** The client before the real service, however that is set to answer. */
import { afterEach, describe, expect, test } from 'vitest';
import { ArgusClient, BadQuestionError } from '../../src/client/client.ts';
import { ask, freshKey } from '../support/ask.ts';
import { type Service, startService } from '../support/service.ts';
import { PATIENCE_MS } from './fake-service.ts';

let service: Service;
let client: ArgusClient;

async function start(...flags: string[]): Promise<void> {
  service = await startService({ flags: ['--threads', '1', '--max-keys', '10000', ...flags] });
  client = new ArgusClient({ url: service.url, timeoutMs: PATIENCE_MS });
}

afterEach(async () => {
  client.close();
  await service.stop();
});

const LIMIT = { capacity: 2, interval: 1, unit: 'd' } as const;

describe('a call alone', () => {
  //  flags
  const ways = [
    [],
    ['--denied-status', '503'],
    ['--default-answer', 'text', '--denied-status', '200'],
    ['--http-lane', 'off'],
  ];
  test.each(ways.map((flags) => [flags.join(' '), flags] as const))(
    'is decided by a service with flags "%s"',
    async (_, flags) => {
      await start(...flags);
      const question = { ...LIMIT, key: freshKey() };
      expect(await client.limit({ ...question, cost: 2 })).toEqual({
        allowed: true,
        limit: 2,
        remaining: 0,
        retryAfterMs: 0,
        resetAfterMs: 86_400_000,
      });
      const denied = await client.limit(question);
      expect(denied).toMatchObject({ allowed: false, limit: 2, remaining: 0 });
      expect(denied.retryAfterMs).toBeGreaterThan(43_000_000);
    },
  );

  test('is refused with what the service says of the question', async () => {
    await start();
    const wrong = { ...LIMIT, key: freshKey(), interval: 0 };
    const answer = await ask(service, wrong);
    const { detail, field } = JSON.parse(answer.body) as { detail: string; field: string };
    expect([answer.status, field]).toEqual([400, 'interval']);
    const call = client.limit(wrong);
    await expect(call).rejects.toThrow(BadQuestionError);
    await expect(call).rejects.toMatchObject({ field, detail });
  });
});

describe('calls of one tick', () => {
  test('are decided in order, over the buckets of the calls alone, and refused one by one', async () => {
    await start();
    const question = { ...LIMIT, key: freshKey() };
    await client.limit(question);
    const wrong = { ...question, capacity: 0 };
    const [first, second, third, other] = await Promise.allSettled([
      client.limit(question),
      client.limit(wrong),
      client.limit(question),
      client.limit({ ...question, key: freshKey() }),
    ]);
    expect(first).toMatchObject({ value: { allowed: true, remaining: 0 } });
    expect(second).toMatchObject({ reason: { name: 'BadQuestionError', field: 'capacity' } });
    expect(third).toMatchObject({ value: { allowed: false } });
    expect(other).toMatchObject({ value: { allowed: true, remaining: 1 } });
  });

  test('may be thousands, with the longest keys there are', async () => {
    await start();
    const prefix = '\u0001'.repeat(250);
    const keys = Array.from({ length: 2_500 }, (_, i) => `${prefix}${i}`);
    const decisions = await Promise.all(keys.map((key) => client.limit({ ...LIMIT, key })));
    expect(decisions.filter(({ allowed, remaining }) => allowed && remaining === 1)).toHaveLength(
      keys.length,
    );
  });

  test('may have a key that is too long among them', async () => {
    await start();
    const question = { ...LIMIT, key: freshKey() };
    for (const characters of [257, 2_000, 100_000]) {
      const long = { ...question, key: 'k'.repeat(characters) };
      const [bad, good] = await Promise.allSettled([
        client.limit(long),
        client.limit({ ...question, cost: 0 }),
      ]);
      expect(bad).toMatchObject({ reason: { name: 'BadQuestionError' } });
      expect(good).toMatchObject({ value: { remaining: 2 } });
    }
  });
});
