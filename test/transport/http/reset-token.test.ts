/** Who may reset a key: whoever has the admin token, which is never shown to anybody. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exchange, freshKey, get, type Headers, LIMIT_PATH } from '../../support/ask.ts';
import { expectProblem } from '../../support/problem.ts';
import { RIGHT, reset, TOKEN, takeOfFive } from '../../support/reset.ts';
import { scrape } from '../../support/scrape.ts';
import { runService, type Service, startService } from '../../support/service.ts';

const UNAUTHORIZED = 'argus_bad_requests_total{reason="unauthorized"}';

let service: Service;
beforeAll(async () => {
  const env = { ADMIN_TOKEN: TOKEN };
  service = await startService({ flags: ['--threads', '1', '--log-level', 'trace'], env });
});
afterAll(async () => {
  expect(await service.stop()).toBe(0);
  expect(service.output()).not.toContain(TOKEN);
});

async function usedKey(): Promise<string> {
  const key = freshKey();
  expect(await takeOfFive(service, key)).toBe(4);
  return key;
}

describe('the token', () => {
  test.each(['Bearer', 'bearer', 'BEARER', 'bEaReR', 'Bearer  '])(
    'may come after %j',
    async (way) => {
      const headers = { Authorization: `${way} ${TOKEN}` };
      const key = await usedKey();
      const { status, body } = await reset(service, `?key=${key}`, headers);
      expect([status, body]).toEqual([200, '{"reset":true}']);
    },
  );

  const wrong: readonly (readonly [string, Headers])[] = [
    ['missing', {}],
    ['empty', { Authorization: '' }],
    ['only its scheme', { Authorization: 'Bearer' }],
    ['only its scheme and a space', { Authorization: 'Bearer ' }],
    ['without its scheme', { Authorization: TOKEN }],
    ['of another scheme', { Authorization: `Basic ${TOKEN}` }],
    ['for a user', { Authorization: `Basic ${btoa(`:${TOKEN}`)}` }],
    ['of a longer scheme', { Authorization: `XBearer ${TOKEN}` }],
    ['cut', { Authorization: `Bearer ${TOKEN.slice(0, -1)}` }],
    ['longer', { Authorization: `Bearer ${TOKEN}x` }],
    ['in another case', { Authorization: `Bearer ${TOKEN.toLowerCase()}` }],
    ['given twice in one', { Authorization: `Bearer ${TOKEN} ${TOKEN}` }],
    ['after a tab', { Authorization: `Bearer\t${TOKEN}` }],
    ['of 10,000 bytes', { Authorization: `Bearer ${'x'.repeat(10_000)}` }],
    ['in another field', { 'X-Admin-Token': TOKEN }],
    ['for a proxy', { 'Proxy-Authorization': `Bearer ${TOKEN}` }],
  ];
  test.each(wrong)('%s is 401, and nothing is reset', async (_, headers) => {
    const key = await usedKey();
    const before = await scrape(service);
    const answer = await reset(service, `?key=${key}`, headers);
    expectProblem(answer, 401, 'Authorization', 'Bearer', 'ADMIN_TOKEN');
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    // What is wrong with the key is for whoever has the token.
    expectProblem(await reset(service, '', headers), 401);
    const after = await scrape(service);
    expect(after.get(UNAUTHORIZED)).toBe((before.get(UNAUTHORIZED) ?? 0) + 2);
    expect(await takeOfFive(service, key)).toBe(3);
  });

  test('is not taken from the query', async () => {
    const key = await usedKey();
    const token = encodeURIComponent(TOKEN);
    expectProblem(await reset(service, `?key=${key}&access_token=${token}`, {}), 401);
    expect(await takeOfFive(service, key)).toBe(3);
  });

  test.each([undefined, ''])('that is not set (%j) is nobody’s: 403', async (token) => {
    const env = token === undefined ? {} : { ADMIN_TOKEN: token };
    const other = await startService({ flags: ['--threads', '1'], env });
    const key = freshKey();
    expect(await takeOfFive(other, key)).toBe(4);
    for (const headers of [{}, RIGHT, { Authorization: 'Bearer' }, { Authorization: 'Bearer ' }]) {
      const answer = await reset(other, `?key=${key}`, headers);
      expectProblem(answer, 403, 'ADMIN_TOKEN');
      expect(answer.headers['www-authenticate']).toBeUndefined();
    }
    expect((await scrape(other)).get(UNAUTHORIZED)).toBe(4);
    expect(await takeOfFive(other, key)).toBe(3);
    await other.stop();
  });

  test('may come by a flag, even one that begins like a flag', async () => {
    const flags = ['--threads', '1', '--admin-token', '--dashes'];
    const other = await startService({ flags, env: { ADMIN_TOKEN: TOKEN } });
    expectProblem(await reset(other, '?key=a', RIGHT), 401);
    const right = { Authorization: 'Bearer --dashes' };
    expect((await reset(other, '?key=a', right)).body).toBe('{"reset":false}');
    await other.stop();
  });
});

describe('the token is never shown', () => {
  const secret = 'Zq7-secret';

  test('by a service that has it, to whoever asks whatever', async () => {
    const answers = await Promise.all([
      reset(service, '?key=a'),
      reset(service, '?key=%'),
      reset(service, '', RIGHT),
      reset(service, '?key=a', {}),
      reset(service, '?key=a', { Authorization: `Basic ${TOKEN}` }),
      reset(service, '?key=a', { Authorization: `Bearer ${TOKEN}x` }),
      get(service, '/metrics', { headers: RIGHT }),
      get(service, '/openapi.json', { headers: RIGHT }),
      get(service, '/nowhere', { headers: RIGHT }),
      get(service, LIMIT_PATH, { headers: RIGHT }),
      exchange(service, `DELETE ${LIMIT_PATH} HTTP/1.1\r\nAuthorization: ${TOKEN}\r\n: x\r\n\r\n`),
    ]);
    for (const answer of answers) expect(JSON.stringify(answer)).not.toContain(secret);
    // At its most talkative: it has said where it serves.
    expect(service.output()).toContain('serving on');
    expect(service.output()).not.toContain(secret);
  });

  //  what is run, the exit code
  test.each([
    ['--help', ['--help'], { ADMIN_TOKEN: TOKEN }, 0],
    ['--help after it', ['--admin-token', TOKEN, '--help'], {}, 0],
    ['--version', ['--version'], { ADMIN_TOKEN: TOKEN }, 0],
    ['another bad value', ['--port', 'x'], { ADMIN_TOKEN: TOKEN }, 2],
    ['a space in it', [], { ADMIN_TOKEN: `${secret} ${secret}` }, 2],
    ['a line break in it', [], { ADMIN_TOKEN: `${secret}\n` }, 2],
    ['another letter in it', [], { ADMIN_TOKEN: `${secret}é` }, 2],
    ['a space in its flag', ['--admin-token', `${secret} `], {}, 2],
    ['a space in its flag after =', [`--admin-token= ${secret}`], {}, 2],
    ['257 characters', [], { ADMIN_TOKEN: secret.padEnd(257, 'x') }, 2],
  ] as const)('at the start: %s', async (_, flags, env, code) => {
    const run = runService({ flags, env: { ...env } });
    expect(await run.ended).toBe(code);
    expect(run.output()).not.toContain(secret);
    expect(run.output()).not.toContain('Zq7');
    if (code === 2) expect(run.output().trim().split('\n').length).toBe(1);
  });
});
