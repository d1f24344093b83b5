/**
 * Who may do what with which token: resets, the Redis protocol, the port of operators; and that who
 * is refused is counted.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tokenOf } from '../access/terms.ts';
import { get, type Headers, LIMIT_PATH } from '../support/ask.ts';
import { RateLimitClient } from '../support/grpc-service.ts';
import { expectProblem } from '../support/problem.ts';
import { RIGHT } from '../support/reset.ts';
import { RespClient } from '../support/resp-client.ts';
import { scrape } from '../support/scrape.ts';
import {
  posted,
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
  service.clear();
});

describe('resets', () => {
  const resetBy = (headers: Headers, key: string) =>
    get(service, `${LIMIT_PATH}?key=${key}`, { method: 'DELETE', headers });

  test('are for who has that right, for those keys, and for the ADMIN_TOKEN', async () => {
    await posted(service, LIMITS_PATH, [question('a:5'), question('b:5')], shown('all'));
    for (const name of ['all', 'a', 'site', 'ops']) {
      expectProblem(await resetBy(shown(name), 'a:5'), 403, 'the right reset');
    }
    expectProblem(await resetBy(shown('reset'), 'b:5'), 403, 'keys that begin with "a:"');
    expect((await resetBy(shown('reset'), 'a:5')).body).toBe('{"reset":true}');
    expect((await resetBy(RIGHT, 'b:5')).body).toBe('{"reset":true}');
    expect((await posted(service, LIMIT_PATH, question('b:5'), RIGHT)).status).toBe(200);
  });
});

describe('over the Redis protocol', () => {
  test('AUTH holds from there on, also in the midst of a pipeline, whatever the user', async () => {
    const client = await RespClient.connect(service.ports.resp);
    const ask = 'CL.THROTTLE b:6 9 9 60\r\n';
    client.send(
      `${ask}AUTH ${tokenOf('a')}\r\n${ask}CL.THROTTLE a:6 9 9 60\r\n` +
        `AUTH me ${tokenOf('all')}\r\n${ask}AUTH wrong\r\n${ask}RESET\r\n${ask}`,
    );
    const replies: string[] = [];
    for (let i = 0; i < 10; i++) replies.push(await client.reply());
    expect(replies).toEqual([
      '-NOAUTH Authentication required.',
      '+OK',
      '-NOPERM the token is for keys that begin with "a:", not for "b:6"',
      expect.stringContaining(':0'),
      '+OK',
      expect.stringContaining(':0'),
      expect.stringMatching(/^-WRONGPASS/),
      expect.stringContaining(':0'),
      '+RESET',
      '-NOAUTH Authentication required.',
    ]);
    client.destroy();
  });

  //  the token, the command, how the reply begins
  test.each([
    ['all', 'CL.THROTTLE b: 9 9 60 -1', '*5'],
    ['site', 'ARGUS.TAKE site k', '*6'],
    ['site', 'ARGUS.TAKE other k', '-NOPERM the token is for the policies "site", not for "other"'],
    ['site', 'ARGUS.TAKE site k -1', '-NOPERM the token must have the right refund, has ask'],
    ['site', 'THROTTLE site 9 9 60', '-NOPERM'],
    ['shop', 'CL.THROTTLE shop 9 9 60', '-NOPERM'],
    ['a', 'CL.THROTTLE b: 9 9 60 100', '-NOPERM'],
    ['refund', 'CL.THROTTLE b: 9 9 60', '-NOPERM the token must have the right ask, has refund'],
    ['refund', 'CL.THROTTLE b: 9 9 60 -1', '*5'],
    ['reset', 'CL.THROTTLE a: 9 9 60', '-NOPERM'],
    ['reset', 'DEL a:7', ':0'],
    ['reset', 'DEL a:7 b:7', '-NOPERM the token is for keys that begin with "a:", not for "b:7"'],
    ['all', 'DEL a:7', '-NOPERM the token must have the right reset, has ask, refund'],
    ['ops', 'PING', '+PONG'],
  ])('%s: %s', async (name, command, reply) => {
    const client = await RespClient.connect(service.ports.resp);
    const hello = await client.ask(`HELLO 2 AUTH default ${tokenOf(name)}`);
    expect(hello).toContain('argus');
    client.send(`${command}\r\n`);
    let raw = '';
    client.socket.on('data', (bytes: Buffer) => {
      raw += bytes.toString('latin1');
    });
    await client.reply();
    expect(raw.startsWith(reply)).toBe(true);
    client.destroy();
  });
});

describe('operators', () => {
  const admin = (headers: Headers, path = '/v1/threads') =>
    get({ port: service.ports.admin }, path, { headers });

  test('are who has the right admin, or the ADMIN_TOKEN, and nobody else', async () => {
    expect((await admin(shown('ops'))).status).toBe(200);
    expect((await admin(RIGHT)).status).toBe(200);
    for (const path of ['/v1/threads', '/v1/top', '/v1/keys', '/v1/none']) {
      expectProblem(await admin({}, path), 401);
      expectProblem(await admin(shown('gone'), path), 401);
      expectProblem(await admin({ 'Argus-Token': tokenOf('ops') }, path), 401);
      for (const name of ['all', 'a', 'reset', 'refund']) {
        expectProblem(await admin(shown(name), path), 403, 'the right admin');
      }
    }
  });

  test('are not answered where decisions are', async () => {
    for (const path of ['/v1/threads', '/v1/top', '/v1/instances']) {
      for (const headers of [shown('ops'), RIGHT, {}]) {
        expectProblem(await get(service, path, { headers }), 404);
      }
    }
  });
});

test('who is refused is counted by protocol and reason, and never by key', async () => {
  for (const name of [null, 'gone', 'reset']) {
    await posted(service, LIMIT_PATH, question('a:1'), shown(name));
    await get({ port: service.ports.admin }, '/v1/threads', { headers: shown(name) });
    const authorization = shown(name)['Authorization'];
    const client = new RateLimitClient({ grpcPort: service.ports.grpc }, authorization);
    await client.codeOf('shop', 'k', 'x');
    client.close();
    const resp = await RespClient.connect(service.ports.resp);
    if (name !== null) await resp.ask(`AUTH ${tokenOf(name)}`);
    await resp.ask('CL.THROTTLE a:1 9 9 60');
    resp.destroy();
  }
  const samples = await scrape(service);
  const count = (protocol: string, reason: string) =>
    samples.get(`argus_access_refused_total{protocol="${protocol}",reason="${reason}"}`) ?? 0;
  for (const protocol of ['http', 'resp', 'grpc', 'admin']) {
    for (const reason of ['no_token', 'wrong_token', 'forbidden']) {
      expect([protocol, reason, count(protocol, reason) > 0]).toEqual([protocol, reason, true]);
    }
  }
  const names = [...samples.keys()].filter((name) => name.startsWith('argus_access_refused'));
  expect(names).toHaveLength(12);
  expect(samples.get('argus_tokens')).toBe(TOKENS.length);
  expect(samples.get('argus_bad_requests_total{reason="forbidden"}')).toBeGreaterThan(3);
});
