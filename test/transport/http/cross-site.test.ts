/** Web pages of other sites spend no tokens, unless ALLOW_ORIGINS names them. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readCommand } from '../../../src/config.ts';
import { ask, get, type Headers, LIMIT_PATH, request } from '../../support/ask.ts';
import { expectProblem } from '../../support/problem.ts';
import { type Answer, RawClient } from '../../support/raw-http.ts';
import { LIMITS_PATH } from './batch.ts';
import { HeldLimiter } from './held-limiter.ts';
import { HttpHarness } from './http-harness.ts';

const QUESTION = '{"key":"a","capacity":5,"interval":60}';
const ALLOWED = ' https://app.example ,http://localhost:3000';
const FOREIGN = 'Origin must be of the host ';
const CROSS_SITE = 'Sec-Fetch-Site must not be cross-site unless Origin is one of ALLOW_ORIGINS';

let limiter: HeldLimiter;
let http: HttpHarness;

async function asked(path: string, method: string, headers: Headers): Promise<Answer> {
  const client = await RawClient.connect(http.port);
  const length = String(QUESTION.length + 2);
  const body = path === LIMITS_PATH ? `[${QUESTION}]` : ` ${QUESTION} `;
  client.send(request(method, path, { 'Content-Length': length, ...headers }) + body);
  const answer = await client.answer({ bodyless: method === 'HEAD' });
  client.destroy();
  return answer;
}

describe.each(['on', 'off'] as const)('with the lane %s', (httpLane) => {
  beforeEach(async () => {
    limiter = new HeldLimiter();
    http = await HttpHarness.start(limiter, { httpLane, allowOrigins: ALLOWED });
  });
  afterEach(async () => {
    await http.close();
  });

  //  what a browser sends, what is said of it
  const refused: readonly (readonly [Headers, string])[] = [
    [{ Origin: 'http://evil.example' }, `${FOREIGN}"argus.test" or one of ALLOW_ORIGINS, is `],
    [{ Origin: 'http://evil.example' }, 'is "http://evil.example"'],
    [{ Origin: 'null' }, 'is "null"'],
    [{ Origin: '' }, FOREIGN],
    [{ Origin: 'http://argus.test:8080' }, FOREIGN],
    [{ Origin: 'http://argus.test.evil.example' }, FOREIGN],
    [{ Origin: 'http://evil.example/argus.test' }, FOREIGN],
    [{ Origin: 'http://argus.test@evil.example' }, FOREIGN],
    [{ Origin: 'http://argus.test, http://evil.example' }, FOREIGN],
    [{ Origin: 'argus.test' }, FOREIGN],
    [{ Origin: 'http://app.example' }, FOREIGN],
    [{ Origin: 'https://app.example:444' }, FOREIGN],
    [{ Origin: 'http://localhost' }, FOREIGN],
    [{ Origin: 'http://[::1]:3000', Host: '127.0.0.1:3000' }, FOREIGN],
    [{ Origin: 'http://evil.example', 'Sec-Fetch-Site': 'same-origin' }, FOREIGN],
    [{ 'Sec-Fetch-Site': 'cross-site' }, CROSS_SITE],
    [{ 'Sec-Fetch-Site': 'cross-site' }, 'is "cross-site"'],
    [{ 'Sec-Fetch-Site': 'Cross-Site' }, CROSS_SITE],
    [{ 'Sec-Fetch-Site': 'none, cross-site' }, CROSS_SITE],
    [{ 'Sec-Fetch-Site': 'cross-site', Origin: 'http://argus.test' }, CROSS_SITE],
  ];
  test.each(refused)('%j is refused on both paths, whatever the method', async (headers, words) => {
    for (const path of [LIMIT_PATH, LIMITS_PATH]) {
      for (const method of ['POST', 'DELETE', 'OPTIONS', 'PUT', 'GET']) {
        const answer = await asked(path, method, headers);
        expectProblem(answer, 403, words);
        expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
      }
      expect((await asked(path, 'HEAD', headers)).status).toBe(403);
    }
    expect(limiter.asked).toEqual([]);
    expect(http.counted).toMatchObject({ allowed: 0, denied: 0, refused: { cross_site: 12 } });
  });

  //  how else the path may be written
  test.each([
    `${LIMIT_PATH}?`,
    `${LIMIT_PATH}#x`,
    `http://argus.test${LIMIT_PATH}`,
    `ftp://argus.test${LIMITS_PATH}`,
    `${LIMITS_PATH}?a=b`,
  ])('as %s too', async (path) => {
    const answer = await asked(path, 'POST', { Origin: 'http://evil.example' });
    expect([403, 404]).toContain(answer.status);
    expect(limiter.asked).toEqual([]);
  });

  //  what is let through
  test.each<Headers>([
    {},
    { Origin: 'http://argus.test' },
    { Origin: 'https://argus.test' },
    { Origin: 'HTTP://ARGUS.test:80' },
    { Origin: 'http://argus.test', Host: 'argus.test:80' },
    { Origin: 'https://argus.test:8443', Host: 'argus.test:8443' },
    { Origin: 'http://[::1]:8123', Host: '[::1]:8123' },
    { Origin: 'http://argus.test', 'Sec-Fetch-Site': 'same-origin' },
    { 'Sec-Fetch-Site': 'same-site' },
    { 'Sec-Fetch-Site': 'none' },
    { Origin: 'https://app.example', 'Sec-Fetch-Site': 'cross-site' },
    { Origin: 'https://APP.example:443', 'Sec-Fetch-Site': 'cross-site' },
    { Origin: 'http://localhost:3000', 'Sec-Fetch-Site': 'same-site' },
  ])('%j is let through', async (headers) => {
    expect((await ask(http, QUESTION, headers)).status).toBe(200);
    expect((await asked(LIMITS_PATH, 'POST', headers)).status).toBe(200);
    expect(limiter.asked).toHaveLength(2);
  });

  test('a page that is allowed may ask first, and read the answer', async () => {
    const origin = 'https://app.example';
    const answer = await ask(http, QUESTION, { Origin: origin });
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'RateLimit, RateLimit-Policy, Retry-After',
      vary: 'Origin',
      'content-type': 'application/json',
    });
    const preflight = await get(http, LIMIT_PATH, {
      method: 'OPTIONS',
      headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'Content-Type',
      vary: 'Origin',
    });
    expectProblem(await ask(http, '{', { Origin: origin }), 400);
  });

  test('a page of our own is sent nothing more than others', async () => {
    const answer = await ask(http, QUESTION, { Origin: 'http://argus.test' });
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    expect(answer.headers).not.toHaveProperty('vary');
  });

  test('other paths do not look at either field', async () => {
    const headers = { Origin: 'http://evil.example', 'Sec-Fetch-Site': 'cross-site' };
    for (const path of ['/livez', '/readyz', '/metrics', '/openapi.json', '/api/v1/health']) {
      expect([path, (await get(http, path, { headers })).status]).toEqual([path, 200]);
    }
    const forward = await get(http, '/api/v1/forward/x', { headers });
    // As without them: there is no such policy.
    expect([forward.status, forward.body]).toEqual([403, '']);
  });

  test('without a Host, as before HTTP/1.1, every page is foreign', async () => {
    const client = await RawClient.connect(http.port);
    client.send(`POST ${LIMIT_PATH} HTTP/1.0\r\nOrigin: http://argus.test\r\n\r\n`);
    expectProblem(await client.answer(), 403, 'Origin must be of the host missing');
    client.destroy();
  });

  test('the body of what is refused is taken, and the connection goes on', async () => {
    const client = await RawClient.connect(http.port);
    const length = String(QUESTION.length);
    const refused = { Origin: 'null', 'Content-Length': length };
    client.send(request('POST', LIMIT_PATH, refused) + QUESTION);
    expectProblem(await client.answer(), 403);
    client.send(request('POST', LIMIT_PATH, { 'Content-Length': length }) + QUESTION);
    expect((await client.answer()).status).toBe(200);
    client.destroy();
  });
});

describe('ALLOW_ORIGINS', () => {
  //  what is none
  test.each([
    '*',
    'null',
    'app.example',
    'https://app.example/',
    'https://app.example/path',
    'https://*.app.example',
    'https://user@app.example',
    'https://app.example:port',
    'https://app.example:99999',
    'https://a.example https://b.example',
    'https://app.example,',
    'https://',
  ])('may not be %s', (text) => {
    const wanted =
      'must be origins of web pages with commas between them, each scheme://host[:port] and no more';
    const wrong = JSON.stringify(text.split(',').at(-1));
    expect(readCommand(['--allow-origins', text], {})).toEqual({
      kind: 'error',
      line: `--allow-origins ${wanted}, is ${JSON.stringify(text)}: ${wrong} is none`,
    });
  });

  test.each(['https://app.example', ALLOWED, 'capacitor://localhost', 'http://[::1]:3000'])(
    'may be %s',
    (text) => {
      const command = readCommand([], { ALLOW_ORIGINS: text });
      expect(command).toMatchObject({ kind: 'serve', config: { allowOrigins: text } });
    },
  );
});
