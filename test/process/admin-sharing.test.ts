/** Buckets that instances share, for operators: what one instance knows of them, and may do. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, exchange, freshKey, get, members, request } from '../support/ask.ts';
import { freePort } from '../support/free-port.ts';
import { PoliciesFile } from '../support/policies-file.ts';
import { expectProblem } from '../support/problem.ts';
import type { Answer } from '../support/raw-http.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { RIGHT, TOKEN } from '../support/reset.ts';
import { type RespService, startResp } from '../support/resp-service.ts';
import { isMissing } from '../support/resp-tools.ts';
import { stopAll, until, untilAway, untilShared } from './shared-services.ts';

const POLICIES = `policies:
  api:
    limits: [{name: all, capacity: 5, interval: 1d}]
`;

describe.skipIf(isMissing('redis-server'))('keys of instances that share', () => {
  const file = new PoliciesFile(POLICIES);
  let redis: RedisServer;
  let ports: readonly [number, number];
  let services: readonly [RespService, RespService];
  beforeAll(async () => {
    redis = await startRedis();
    ports = [await freePort(), await freePort()];
    const start = (port: number) => {
      const shared = ['--threads', '1', '--redis-url', redis.url, '--policies', file.path];
      const flags = [...shared, '--admin-port', String(port)];
      return startResp({ flags, env: { ADMIN_TOKEN: TOKEN } });
    };
    services = [await start(ports[0]), await start(ports[1])];
    await untilShared(services);
  });
  afterAll(async () => {
    await stopAll(services ?? []);
    await redis?.stop();
    file.remove();
  });

  function of(key: string, cost = 1) {
    return { key, capacity: 5, interval: 1, unit: 'd', cost };
  }

  async function left(instance: 0 | 1, key: string): Promise<unknown> {
    return members(await ask(services[instance], { ...of(key, 0), strict: true }))['remaining'];
  }

  function explained(instance: 0 | 1, key: string, query = ''): Promise<Answer> {
    return get({ port: ports[instance] }, `/v1/keys/${key}${query}`, { headers: RIGHT });
  }

  function posted(instance: 0 | 1, path: string, body: object): Promise<Answer> {
    const text = JSON.stringify(body);
    const head = { ...RIGHT, 'Content-Type': 'application/json' };
    const bytes = request('POST', path, { ...head, 'Content-Length': String(text.length) }) + text;
    return exchange({ port: ports[instance] }, bytes);
  }

  /** Asked for so often that the instance has been lent tokens of it. */
  async function leased(instance: 0 | 1, key: string): Promise<void> {
    const question = { key, capacity: 1_000_000, interval: 1_000 };
    await until(async () => {
      const { source } = members(await ask(services[instance], question));
      return source === 'lease';
    });
  }

  test('an instance tells what the last exchange has told it, and what it was lent', async () => {
    const key = freshKey();
    await leased(0, key);
    const told = members(await explained(0, key));
    expect(told).toMatchObject({ shared: true, key, bucket: { capacity: 1_000_000 } });
    expect(told).toMatchObject({ goesBy: { kind: 'request' }, owed: 0 });
    expect(told['lease']).toMatchObject({ tokens: expect.any(Number) });
    // The other has never asked about it.
    expect(members(await explained(1, key))).toMatchObject({ shared: true, bucket: null });
  });

  test('a reset is that of all instances, as is a refund of what one has been lent', async () => {
    const key = freshKey();
    await ask(services[0], of(key, 4));
    expect(await left(1, key)).toBe(1);
    expect(members(await posted(0, `/v1/keys/${key}/reset`, {}))).toMatchObject({ done: true });
    expect(await left(1, key)).toBe(5);
    const hot = freshKey();
    await leased(0, hot);
    const refund = await posted(0, `/v1/keys/${hot}/refund`, { tokens: 2 });
    expect(members(refund)).toMatchObject({ done: true, key: hot });
  });

  test('a policy says the limit of its key wherever it is asked', async () => {
    const key = freshKey();
    await ask(services[1], { policy: 'api', key, cost: 5 });
    const path = `/v1/keys/${key}/refund?policy=api`;
    expect((await posted(0, path, { tokens: 3 })).status).toBe(200);
    const asked = { policy: 'api', key, cost: 0, strict: true };
    expect(members(await ask(services[1], asked))).toMatchObject({ remaining: 3 });
  });

  test('what cannot be done to a shared bucket is said', async () => {
    const key = freshKey();
    await ask(services[0], of(key, 4));
    expectProblem(await posted(0, `/v1/keys/${key}/used`, { used: 1 }), 409, 'shared');
    const unknown = await posted(1, `/v1/keys/${freshKey()}/refund`, { tokens: 1 });
    expectProblem(unknown, 409, 'does not know the limit');
    expect(await left(0, key)).toBe(1);
  });

  test('while the store is away nothing is changed, and that is said', async () => {
    const key = freshKey();
    await ask(services[0], of(key, 4));
    redis.process.kill('SIGSTOP');
    try {
      await untilAway(services[0]);
      const answer = await posted(0, `/v1/keys/${key}/reset`, {});
      expectProblem(answer, 503, 'nothing was changed');
      expect(answer.headers['retry-after']).toBe('1');
    } finally {
      redis.process.kill('SIGCONT');
    }
    await untilShared(services);
    await until(async () => (await left(0, key)) === 1);
  });
});
