/**
 * Who may ask what with which token, over HTTP and gRPC: nobody without one, nobody beyond his
 * rights, and nobody about the buckets of another.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bearer, tokenOf } from '../access/terms.ts';
import { exchange, get, type Headers, LIMIT_PATH, members, request } from '../support/ask.ts';
import { HEALTH_CHECK, OK, OVER_LIMIT, RateLimitClient } from '../support/grpc-service.ts';
import { expectProblem } from '../support/problem.ts';
import { RawClient } from '../support/raw-http.ts';
import { RespClient } from '../support/resp-client.ts';
import {
  posted,
  postedBytes,
  question,
  shown,
  startWithTokens,
  TOKENS,
  type TokenService,
} from './tokens-scene.ts';

const LIMITS_PATH = '/api/v1/limits';

let service: TokenService;
beforeAll(async () => {
  service = await startWithTokens();
}, 60_000);
afterAll(async () => {
  expect(await service.stop()).toBe(0);
  for (const { name } of TOKENS) expect(service.output()).not.toContain(tokenOf(name));
  service.clear();
});

describe('without a token, or with one that is none', () => {
  const asking: readonly (readonly [string, string, unknown])[] = [
    ['POST', LIMIT_PATH, question('a:')],
    ['POST', LIMITS_PATH, [question('a:')]],
    ['POST', LIMITS_PATH, { all: [question('a:')] }],
    ['POST', LIMIT_PATH, 'no JSON'],
    ['POST', '/json', { domain: 'shop', descriptors: [] }],
    ['DELETE', `${LIMIT_PATH}?key=a:`, ''],
    ['DELETE', LIMIT_PATH, ''],
  ];
  test.each(asking)('%s %s is 401', async (method, path, body) => {
    const text = JSON.stringify(body);
    const ways: Headers[] = [
      {},
      { Authorization: bearer('gone') },
      { Authorization: tokenOf('all') },
      { Authorization: `Basic ${btoa(`x:${tokenOf('all')}`)}` },
      { 'Argus-Token': tokenOf('all') },
      { 'Proxy-Authorization': bearer('all') },
    ];
    for (const headers of ways) {
      const length = { 'Content-Length': String(text.length) };
      const answer = await exchange(
        service,
        request(method, path, { ...length, ...headers }) + text,
      );
      expectProblem(answer, 401, 'Authorization must be Bearer and a token of the service');
      expect(answer.headers['www-authenticate']).toBe('Bearer');
    }
  });

  test('how the service is, is told to all', async () => {
    for (const path of ['/livez', '/readyz', '/api/v1/health', '/metrics', '/openapi.json']) {
      for (const headers of [{}, { Authorization: bearer('gone') }]) {
        expect((await get(service, path, { headers })).status).toBe(200);
      }
    }
  });

  test('no command is obeyed over the Redis protocol but those by which one says who one is', async () => {
    const client = await RespClient.connect(service.ports.resp);
    const noAuth = '-NOAUTH Authentication required.';
    const commands = ['PING', 'INFO', 'COMMAND', 'MULTI', 'EXEC', 'DEL a:', 'NONE', 'CLIENT ID'];
    commands.push('CL.THROTTLE a: 9 9 60', 'THROTTLE a: 9 9 60', 'ARGUS.TAKE site k');
    for (const one of commands) expect(await client.ask(one)).toBe(noAuth);
    expect(await client.ask('HELLO 3')).toMatch(/^-NOAUTH HELLO must be called/);
    expect(await client.ask('AUTH x')).toMatch(/^-WRONGPASS/);
    expect(await client.ask('PING')).toBe(noAuth);
    expect(await client.ask('RESET')).toBe('+RESET');
    expect(await client.ask('QUIT')).toBe('+OK');
  });

  test('Envoy is told that it is over the limit, at once, and health is told to all', async () => {
    for (const authorization of [undefined, bearer('gone'), tokenOf('all'), '']) {
      const client = new RateLimitClient({ grpcPort: service.ports.grpc }, authorization);
      expect(await client.codeOf('shop', 'k', 'x')).toBe(OVER_LIMIT);
      expect(await client.ask(Buffer.of(0x0a))).toEqual(Buffer.of(0x08, OVER_LIMIT));
      expect(await client.ask(Buffer.of(), {}, HEALTH_CHECK)).toEqual(Buffer.of(0x08, 1));
      client.close();
    }
  });

  test('forward-auth is refused, with an empty answer', async () => {
    const path = '/api/v1/forward/site';
    const ways: Headers[] = [
      {},
      { Authorization: bearer('all') },
      { 'Argus-Token': tokenOf('gone') },
      { 'Argus-Token': bearer('all') },
      { 'Argus-Token': `${tokenOf('gone')}\r\nArgus-Token: ${tokenOf('all')}` },
      { 'Argus-Token': `${tokenOf('all')}\r\nArgus-Token: ${tokenOf('all')}` },
    ];
    for (const headers of ways) {
      const answer = await get(service, path, { headers: { 'X-Key': 'k', ...headers } });
      expect([answer.status, answer.body]).toEqual([401, '']);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
    }
  });
});

describe('a token asks what it is for, and nothing else:', () => {
  //  the token, the key or policy, the cost, the status
  const questions: readonly (readonly [string, object, number])[] = [
    ['all', question('b:'), 200],
    ['all', question('b:', { cost: -1 }), 200],
    ['a', question('a:1'), 200],
    ['a', question('a:1', { cost: -1 }), 200],
    ['a', question('b:1'), 403],
    ['a', question('A:1'), 403],
    ['a', question('b:a:'), 403],
    ['a', question('b:1', { cost: 0 }), 403],
    ['a', { policy: 'site', key: 'a:1' }, 403],
    ['site', { policy: 'site', key: 'b:' }, 200],
    ['site', { policy: 'other', key: 'b:' }, 403],
    ['site', { policy: 'site', key: 'b:', cost: -1 }, 403],
    ['site', question('site'), 403],
    ['shop', question('shop'), 403],
    ['refund', question('b:', { cost: -1 }), 200],
    ['refund', question('b:'), 403],
    ['reset', question('a:1'), 403],
    ['ops', question('a:1'), 403],
  ];
  test.each(questions)('%s, %j: %i', async (name, body, status) => {
    const alone = await posted(service, LIMIT_PATH, body, shown(name));
    expect(alone.status).toBe(status);
    const each = await posted(service, LIMITS_PATH, [body], shown(name));
    if (status === 200) {
      expect(JSON.parse(each.body)).toMatchObject([{ allowed: true }]);
      return;
    }
    expectProblem(alone, 403, 'the token');
    if (each.status === 403) expectProblem(each, 403, 'the right ask or refund');
    else expect(JSON.parse(each.body)).toEqual([{ error: expect.any(Object) as unknown }]);
  });

  test('of a batch what is refused says so in its place, and takes nothing', async () => {
    const asked = [question('a:2'), question('b:2', { capacity: 2 }), { policy: 'site', key: 'x' }];
    const answer = await posted(service, LIMITS_PATH, asked, shown('a'));
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual([
      expect.objectContaining({ allowed: true, remaining: 999 }),
      {
        error: {
          field: 'key',
          detail: 'the token is for keys that begin with "a:", not for "b:2"',
        },
      },
      {
        error: {
          field: 'policy',
          detail: 'the token is for keys that begin with "a:", not for "site"',
        },
      },
    ]);
    const look = await posted(
      service,
      LIMIT_PATH,
      question('b:2', { capacity: 2, cost: 0 }),
      shown('all'),
    );
    expect(members(look)['remaining']).toBe(2);
  });

  test('of all or none one that is refused is a 403 of all, and nothing is taken', async () => {
    const all = [question('a:3'), question('b:3')];
    const answer = await posted(service, LIMITS_PATH, { all }, shown('a'));
    expectProblem(answer, 403, 'all[1]: the token is for keys');
    expect(members(answer)['field']).toBe('all[1].key');
    const look = await posted(service, LIMIT_PATH, question('a:3', { cost: 0 }), shown('a'));
    expect(members(look)['remaining']).toBe(1_000);
    expect((await posted(service, LIMITS_PATH, { all }, shown('all'))).status).toBe(200);
  });

  test('Envoy, over gRPC and as JSON', async () => {
    const codes: (number | undefined)[] = [];
    for (const name of ['all', 'shop', 'a', 'reset', 'ops', 'refund']) {
      const client = new RateLimitClient({ grpcPort: service.ports.grpc }, bearer(name));
      for (const domain of ['shop', 'bank']) codes.push(await client.codeOf(domain, 'k', 'x'));
      client.close();
    }
    const [yes, no] = [OK, OVER_LIMIT];
    expect(codes).toEqual([yes, yes, yes, no, no, no, no, no, no, no, no, no]);
    const json = async (name: string, domain: string) => {
      const descriptors = [{ entries: [{ key: 'k', value: 'x' }] }];
      return (await posted(service, '/json', { domain, descriptors }, shown(name))).status;
    };
    expect(await json('shop', 'shop')).toBe(200);
    expect(await json('shop', 'bank')).toBe(403);
    expect(await json('a', 'shop')).toBe(403);
    expect(await json('refund', 'shop')).toBe(403);
  });

  test('forward-auth', async () => {
    const statusOf = async (name: string, policy: string) => {
      const headers = { 'X-Key': 'k', 'Argus-Token': tokenOf(name), Authorization: 'Basic x' };
      const answer = await get(service, `/api/v1/forward/${policy}/b?x`, { headers });
      expect(answer.body).toBe('');
      return answer.status;
    };
    expect(await statusOf('site', 'site')).toBe(200);
    expect(await statusOf('all', 'other')).toBe(200);
    for (const [name, policy] of [
      ['site', 'other'],
      ['site', 'gone'],
      ['a', 'site'],
      ['refund', 'site'],
      ['reset', 'site'],
    ] as const) {
      expect(await statusOf(name, policy)).toBe(403);
    }
  });

  test('what a connection shows holds for that request alone', async () => {
    const client = await RawClient.connect(service.port);
    const statuses: number[] = [];
    for (const name of ['a', 'all', null, 'a', 'gone', 'site', 'all']) {
      const bytes = postedBytes(LIMIT_PATH, question('b:4'), shown(name));
      const answer = await client.send(bytes).answer();
      statuses.push(answer.status);
    }
    expect(statuses).toEqual([403, 200, 401, 403, 401, 403, 200]);
    // Also where they come in one piece.
    const pieces = ['all', 'a', null, 'all'].map((name) =>
      postedBytes(LIMIT_PATH, question('b:4'), shown(name)),
    );
    client.send(pieces.join(''));
    for (const status of [200, 403, 401, 200]) {
      expect((await client.answer()).status).toBe(status);
    }
    client.destroy();
  });
});
