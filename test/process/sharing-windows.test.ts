/** Windows of instances that share their limits, over a real Redis, as windows pass by. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshKey, members, post } from '../support/ask.ts';
import { PoliciesFile } from '../support/policies-file.ts';
import { RawClient } from '../support/raw-http.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import type { RespService } from '../support/resp-service.ts';
import { isMissing } from '../support/resp-tools.ts';
import { startInstances, stopAll, untilShared } from './shared-services.ts';

const CAPACITY = 2_000;
const INSTANCES = 2;
const text = `policies:
  burst:
    limits: [{name: each, capacity: ${CAPACITY}, window: 1s}]
  monthly:
    limits:
      - {name: volume, capacity: 50_000_000, calendar: month, timezone: Europe/Berlin}
      - {name: daily, capacity: 3, calendar: day}
`;

let redis: RedisServer;
let services: readonly RespService[] = [];
const file = new PoliciesFile(text);

beforeAll(async () => {
  if (isMissing('redis-server')) return;
  redis = await startRedis();
  services = await startInstances(INSTANCES, redis.url, ['--policies', file.path]);
  await untilShared(services);
});

afterAll(async () => {
  await stopAll(services);
  await redis?.stop();
  file.remove();
});

type Answer = Readonly<Record<string, unknown>>;

async function ask(number: number, question: object): Promise<Answer> {
  const client = await RawClient.connect((services[number] as RespService).port);
  const answer = members(await client.send(post(question)).answer());
  client.destroy();
  return answer;
}

describe.skipIf(isMissing('redis-server'))('windows over Redis', () => {
  test('several limits are taken all or none, and the calendar says when', async () => {
    const asked = { policy: 'monthly', key: freshKey() };
    const told: unknown[] = [];
    for (let i = 0; i < 4; i++) {
      const { allowed, remaining, by } = await ask(i % INSTANCES, asked);
      told.push([allowed, remaining, by]);
    }
    expect(told).toEqual([
      [true, 2, 'daily'],
      [true, 1, 'daily'],
      [true, 0, 'daily'],
      [false, 0, 'daily'],
    ]);
    const { retryAfterMs } = await ask(0, asked);
    expect(retryAfterMs).toBeLessThanOrEqual(86_400_000);
    expect(await ask(1, { ...asked, cost: -1 })).toMatchObject({ allowed: true, remaining: 1 });
  });

  test('no window gives more than its capacity, with leases and as windows pass by', async () => {
    const key = freshKey();
    const fromMs = Date.now();
    let allowed = 0;
    let leased = 0;
    const askers = Array.from({ length: 4 }, async (_, i) => {
      const client = await RawClient.connect((services[i % INSTANCES] as RespService).port);
      while (Date.now() - fromMs < 3_500) {
        for (let n = 0; n < 50; n++) {
          const answer = members(
            await client.send(post({ policy: 'burst', key, cost: 5 })).answer(),
          );
          if (answer['allowed'] === true) allowed += 5;
          if (JSON.stringify(answer).includes('"source":"lease"')) leased += 1;
        }
      }
      client.destroy();
    });
    await Promise.all(askers);
    const windows = Math.floor(Date.now() / 1_000) - Math.floor(fromMs / 1_000) + 1;
    expect(allowed).toBeLessThanOrEqual(windows * CAPACITY);
    expect(allowed).toBeGreaterThan(CAPACITY);
    expect(leased).toBeGreaterThan(0);
  });
});
