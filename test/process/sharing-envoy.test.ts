/** Rules of Envoy of instances that share their limits: what all of them together admit. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exchange, freshKey, request } from '../support/ask.ts';
import { PoliciesFile } from '../support/policies-file.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import type { RespService } from '../support/resp-service.ts';
import { isMissing } from '../support/resp-tools.ts';
import { startInstances, stopAll, until, untilShared } from './shared-services.ts';

const RULES = `domain: d
descriptors:
  - {key: window, rate_limit: {unit: year, requests_per_unit: 10}}
  - {key: bucket, rate_limit: {unit: year, requests_per_unit: 10, algorithm: token_bucket}}
  - {key: large, rate_limit: {unit: year, requests_per_unit: 1000}}
  - {key: owed, rate_limit: {unit: year, requests_per_unit: 10, overdraft: true}}
`;

let redis: RedisServer;
let services: readonly RespService[] = [];
const file = new PoliciesFile(RULES);

beforeAll(async () => {
  if (isMissing('redis-server')) return;
  redis = await startRedis();
  services = await startInstances(2, redis.url, ['--policies', file.path]);
  await untilShared(services);
});

afterAll(async () => {
  await stopAll(services);
  await redis?.stop();
  file.remove();
});

type Asked = readonly (readonly [key: string, hits?: number, isNegativeHits?: boolean])[];

/** `200 5 OK` of the first descriptor, asked of one of the instances. */
async function ask(instance: number, value: string, asked: Asked): Promise<string> {
  const descriptors = asked.map(([key, hitsAddend, isNegativeHits]) => ({
    entries: [{ key, value }],
    hitsAddend,
    isNegativeHits,
  }));
  const body = JSON.stringify({ domain: 'd', descriptors });
  const head = { 'Content-Length': String(body.length) };
  const sent = request('POST', '/json', head) + body;
  const answer = await exchange(services[instance % 2] as RespService, sent);
  const [{ limitRemaining = 0, code }] = JSON.parse(answer.body).statuses;
  return `${answer.status} ${limitRemaining} ${code}`;
}

describe.skipIf(isMissing('redis-server'))('rules of Envoy over Redis', () => {
  test.each(['window', 'bucket', 'large'])('together no more pass by %s than may', async (key) => {
    const value = freshKey();
    const most = key === 'large' ? 1_000 : 10;
    const hits = most / 10;
    const statuses = await Promise.all(
      Array.from({ length: 40 }, (_, i) => ask(i, value, [[key, hits]])),
    );
    const passed = statuses.filter((status) => status.startsWith('200')).length;
    expect(passed).toBeLessThanOrEqual(10);
    // A lease of the other may hold a part of a large one for a moment.
    expect(passed).toBeGreaterThanOrEqual(key === 'large' ? 8 : 10);
  });

  test('what one descriptor is denied is not taken from another', async () => {
    const value = freshKey();
    expect(await ask(0, value, [['window', 10]])).toBe('200 0 OK');
    const both = [['bucket'], ['window']] as const;
    expect(await ask(1, value, both)).toBe('429 10 OK');
    // What was leased to be taken goes back.
    await until(async () => (await ask(0, value, [['bucket', 10]])) === '200 0 OK');
  });

  test('what leads to one bucket is taken once', async () => {
    const value = freshKey();
    const twice = (one: number, other: number) =>
      [
        ['bucket', one],
        ['bucket', other],
      ] as const;
    expect(await ask(0, value, twice(3, 4))).toBe('200 6 OK');
    expect(await ask(1, value, twice(6, 2))).toBe('200 0 OK');
  });

  test('looks, what is given back, and what is taken in any case', async () => {
    const value = freshKey();
    expect(await ask(0, value, [['owed', 0]])).toBe('200 10 OK');
    expect(await ask(1, value, [['owed', 13]])).toBe('429 0 OVER_LIMIT');
    await until(
      async () => (await ask(0, value, [['owed', 0], ['window']])) === '429 0 OVER_LIMIT',
    );
    expect(await ask(1, value, [['window', 0]])).toBe('200 10 OK');
    await ask(0, value, [['owed', 5, true]]);
    await until(async () => (await ask(1, value, [['owed', 0]])) === '200 2 OK');
  });
});
