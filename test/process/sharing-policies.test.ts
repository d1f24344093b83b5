/** Policies of instances that share their limits: what all of them together admit, and change. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshKey, members, post } from '../support/ask.ts';
import { PoliciesFile } from '../support/policies-file.ts';
import { RawClient } from '../support/raw-http.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { RespClient } from '../support/resp-client.ts';
import { frames } from '../support/resp-frames.ts';
import type { RespService } from '../support/resp-service.ts';
import { isMissing } from '../support/resp-tools.ts';
import { startInstances, stopAll, until, untilShared } from './shared-services.ts';

const textOf = (interval: string) => `policies:
  uploads:
    limits:
      - {name: requests, capacity: 5, interval: ${interval}}
      - {name: volume, capacity: 1_000, interval: 1d, cost: 100}
  trial:
    dryRun: true
    limits: [{name: requests, capacity: 2, interval: 1d}]
`;

let redis: RedisServer;
let services: readonly RespService[] = [];
const file = new PoliciesFile(textOf('1d'));

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

/** Asks the instances in turn; what each is told, in a few words. */
async function ask(...questions: readonly object[]): Promise<readonly string[]> {
  const told: string[] = [];
  for (const [i, question] of questions.entries()) {
    const client = await RawClient.connect((services[i % 2] as RespService).port);
    const answer = members(await client.send(post(question)).answer());
    client.destroy();
    const { allowed, remaining, by } = answer;
    told.push(`${allowed === true ? 'yes' : 'no'} ${remaining} ${by}`);
  }
  return told;
}

describe.skipIf(isMissing('redis-server'))('policies over Redis', () => {
  test('all limits are taken or none, whichever instance is asked', async () => {
    const asked = { policy: 'uploads', key: freshKey() };
    const costs = [1, 3, 2, 1, 1, 0].map((cost) => ({ ...asked, cost }));
    expect(await ask(...costs)).toEqual([
      'yes 4 requests',
      'yes 1 requests',
      'no 1 requests',
      'yes 0 requests',
      'no 0 requests',
      'yes 0 requests',
    ]);
  });

  test('what is given back by one can be had from the other, and overdrafts are owed to both', async () => {
    const asked = { policy: 'uploads', key: freshKey() };
    const overdraft = { ...asked, cost: 4, overdraft: true };
    const told = await ask({ ...asked, cost: 5 }, { ...asked, cost: -2 }, overdraft, asked);
    expect(told).toEqual(['yes 0 requests', 'yes 2 requests', 'no 0 requests', 'no 0 requests']);
    expect(await ask({ ...asked, cost: -3 })).toEqual(['yes 1 requests']);
    // Whoever was denied may be for a moment longer.
    await until(async () => (await ask(asked))[0] === 'yes 0 requests');
  });

  test('the Redis protocol asks by them too', async () => {
    const client = await RespClient.connect((services[0] as RespService).respPort);
    const command = `ARGUS.TAKE uploads ${freshKey()} 3`;
    const replies: string[] = [];
    for (let i = 0; i < 2; i++) {
      client.send(frames(command));
      replies.push(await client.reply());
    }
    client.destroy();
    expect(replies.map((reply) => reply.slice(0, 11))).toEqual(['*[:0 :5 :2 ', '*[:1 :5 :2 ']);
    for (const reply of replies) expect(reply).toContain('requests');
  });

  test('a dry run denies nobody', async () => {
    const asked = { policy: 'trial', key: freshKey() };
    const told = await ask(asked, asked, asked);
    expect(told).toEqual(['yes 1 requests', 'yes 0 requests', 'yes 0 requests']);
  });

  test('a limit that is made faster holds for what was used before', async () => {
    const asked = { policy: 'uploads', key: freshKey() };
    expect(await ask({ ...asked, cost: 5 })).toEqual(['yes 0 requests']);
    file.replace(textOf('100ms'));
    await until(async () => (await ask({ ...asked, cost: 0 }))[0] === 'yes 900 volume');
    file.replace(textOf('1d'));
  });
});
