/** A whole service answers operators as the OpenAPI document of its admin port says. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { version } from '../../src/config.ts';
import { FREE_FAILURES } from '../../src/transport/access/token-guard.ts';
import { MOST_LISTENERS } from '../../src/transport/http/admin/event-streams.ts';
import { bearer } from '../access/terms.ts';
import { ask, freshKey, get } from '../support/ask.ts';
import { EventClient } from '../support/event-client.ts';
import { freePort } from '../support/free-port.ts';
import { PoliciesFile } from '../support/policies-file.ts';
import { expectProblem } from '../support/problem.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { RIGHT, TOKEN } from '../support/reset.ts';
import { isMissing } from '../support/resp-tools.ts';
import { type Service, startService } from '../support/service.ts';
import { DescribedPort } from '../transport/http/admin/document/described-port.ts';
import { faultsOfClosed } from '../transport/http/openapi-document.ts';
import { until } from './shared-services.ts';
import { startWithTokens } from './tokens-scene.ts';

const POLICIES = `policies:
  api:
    limits: [{name: all, capacity: 5, interval: 1d}]
    overrides: [{keys: [staff], always: allow}]
`;
const REPORTS = [
  ...['/v1/top', '/v1/top?by=allowed', '/v1/keys', '/v1/policies', '/v1/threads'],
  ...['/v1/instances', '/openapi.json'],
];

/** Asks for all that needs no name. */
async function expectReportsDescribed(port: DescribedPort): Promise<void> {
  for (const path of REPORTS) {
    const answer = await port.get(path);
    const route = path.replace(/\?.*/, '');
    expect([path, answer.status, port.faultsOf(answer, 'GET', route)]).toEqual([path, 200, []]);
  }
}

describe('of a service alone', () => {
  const file = new PoliciesFile(POLICIES);
  const snapshots = new PoliciesFile('');
  let service: Service;
  let port: DescribedPort;
  beforeAll(async () => {
    const own = await freePort();
    const flags = ['--threads', '2', '--policies', file.path, '--admin-port', String(own)];
    service = await startService({
      flags: [...flags, '--snapshot', `${snapshots.folder}/snapshot`],
      env: { ADMIN_TOKEN: TOKEN },
    });
    port = await DescribedPort.of(own);
  });
  afterAll(async () => {
    port.hangUp();
    expect(await service.stop()).toBe(0);
    file.remove();
    snapshots.remove();
  });

  test('reports are as it says, before anybody asked and after', async () => {
    expect(port.document.info.version).toBe(version());
    await expectReportsDescribed(port);
    for (const question of [
      { key: 'alice', capacity: 1, interval: 60 },
      { policy: 'api', key: 'alice', cost: 4 },
      { policy: 'api', key: 'staff' },
    ]) {
      for (let i = 0; i < 3; i++) await ask(service, question);
    }
    await expectReportsDescribed(port);
  });

  test('events are as it says, of what happens and of each second', async () => {
    const content = port.document.paths['/v1/events']?.['get']?.responses[200]?.content;
    const events = content?.['text/event-stream']?.['x-events'] ?? {};
    expect(Object.keys(events)).toEqual(['happening', 'now']);
    const client = await EventClient.open(port.port);
    const faults: string[] = [];
    const kinds = new Set<string>();
    file.write('nonsense');
    while (!kinds.has('reload-refused') || !kinds.has('some answers')) {
      await ask(service, { key: 'alice', capacity: 1, interval: 60 });
      const next = await client.next();
      if (next === null) throw new Error('The stream ended');
      const { event, data } = next;
      faults.push(faultsOfClosed(events[event] ?? { not: {} }, data));
      if (event === 'happening') kinds.add(String(data['kind']));
      else kinds.add(data['answerSeconds'] === null ? 'no answers' : 'some answers');
    }
    client.close();
    expect(new Set(faults)).toEqual(new Set(['']));
  });

  test('a stream begins as it says, and one too many is refused so', async () => {
    const head = await get(port, '/v1/events', { method: 'HEAD', headers: RIGHT });
    expect(port.faultsOf(head, 'GET', '/v1/events')).toEqual([]);
    const clients = await Promise.all(
      Array.from({ length: MOST_LISTENERS }, () => EventClient.open(port.port)),
    );
    const refused = await port.get('/v1/events');
    expect(port.faultsOf(refused, 'GET', '/v1/events')).toEqual([]);
    expectProblem(refused, 503, 'as many as may');
    for (const client of clients) client.close();
    const wrong = await port.get('/v1/events?since=1');
    expectProblem(wrong, 400, 'none here');
    expect(port.faultsOf(wrong, 'GET', '/v1/events')).toEqual([]);
  });
});

test('who is not let in is told so as it says', async () => {
  const service = await startWithTokens();
  const port = await DescribedPort.of(service.ports.admin);
  const asked = (token: string) => get(port, '/v1/top', { headers: { Authorization: token } });
  const forbidden = await asked(bearer('all'));
  expectProblem(forbidden, 403, 'admin');
  const answers = [forbidden];
  for (let i = 0; i < FREE_FAILURES + 3; i++) answers.push(await asked(`Bearer wrong-${i}`));
  // One of them is looked at after a while, and no other meanwhile.
  const late = await Promise.all(['a', 'b', 'c'].map((token) => asked(`Bearer ${token}`)));
  expect(late.map(({ status }) => status).toSorted()).toEqual([401, 429, 429]);
  for (const answer of [...answers, ...late]) {
    expect(port.faultsOf(answer, 'GET', '/v1/top')).toEqual([]);
  }
  port.hangUp();
  expect(await service.stop()).toBe(0);
  service.clear();
});

describe.skipIf(isMissing('redis-server'))('of instances that share', () => {
  const file = new PoliciesFile(POLICIES);
  let redis: RedisServer;
  let service: Service;
  let port: DescribedPort;
  beforeAll(async () => {
    redis = await startRedis();
    const own = await freePort();
    const shared = ['--threads', '1', '--redis-url', redis.url, '--policies', file.path];
    service = await startService({
      flags: [...shared, '--admin-port', String(own)],
      env: { ADMIN_TOKEN: TOKEN },
    });
    port = await DescribedPort.of(own);
  });
  afterAll(async () => {
    port?.hangUp();
    await service?.stop('SIGKILL');
    await redis?.stop();
    file.remove();
  });

  /** Explained, and after each act. */
  async function statusesOf(key: string, query = ''): Promise<readonly number[]> {
    const route = '/v1/keys/{key}';
    const explained = await port.get(`/v1/keys/${key}${query}`);
    expect(port.faultsOf(explained, 'GET', route)).toEqual([]);
    const statuses = [explained.status];
    for (const [act, body] of [
      ['refund', { tokens: 1 }],
      ['used', { used: 1 }],
      ['reset', {}],
    ] as const) {
      const acted = await port.post(`/v1/keys/${key}/${act}${query}`, body);
      expect([act, port.faultsOf(acted, 'POST', `${route}/${act}`)]).toEqual([act, []]);
      statuses.push(acted.status);
    }
    await expectReportsDescribed(port);
    return statuses;
  }

  test('a key that was lent, one of a policy, and one that nobody knows', async () => {
    const hot = freshKey();
    await until(async () => {
      const answer = await ask(service, { key: hot, capacity: 1_000_000, interval: 1_000 });
      return answer.body.includes('"source":"lease"');
    });
    expect(await statusesOf(hot)).toEqual([200, 200, 409, 200]);
    await ask(service, { policy: 'api', key: 'bob', cost: 5 });
    expect(await statusesOf('bob', '?policy=api')).toEqual([200, 200, 409, 200]);
    expect(await statusesOf('nobody')).toEqual([200, 409, 409, 200]);
    const tried = await port.post('/v1/try', { policy: 'api', key: 'bob', cost: 7 });
    expect(port.faultsOf(tried, 'POST', '/v1/try')).toEqual([]);
  });

  test('while the store is away, which events tell', async () => {
    const key = freshKey();
    await ask(service, { key, capacity: 5, interval: 1, unit: 'd' });
    const client = await EventClient.open(port.port);
    redis.process.kill('SIGSTOP');
    const content = port.document.paths['/v1/events']?.['get']?.responses[200]?.content;
    const { happening = {} } = content?.['text/event-stream']?.['x-events'] ?? {};
    try {
      const away = await client.happening('store-away');
      expect(faultsOfClosed(happening, away.data)).toBe('');
      for (let i = 0; i < 9; i++) await ask(service, { key, capacity: 5, interval: 1, unit: 'd' });
      expect(await statusesOf(key)).toEqual([200, 409, 409, 503]);
    } finally {
      redis.process.kill('SIGCONT');
    }
    const back = await client.happening('store-back');
    expect(faultsOfClosed(happening, back.data)).toBe('');
    client.close();
  });
});
