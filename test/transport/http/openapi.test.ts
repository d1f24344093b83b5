/** The OpenAPI document says what the service answers. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { version } from '../../../src/config.ts';
import { FREE_FAILURES } from '../../../src/transport/access/token-guard.ts';
import { RequestReader } from '../../../src/transport/question/request-reader.ts';
import { ask, exchange, freshKey, get, LIMIT_PATH, request } from '../../support/ask.ts';
import type { Answer } from '../../support/raw-http.ts';
import { TOKEN as RESET_TOKEN, reset } from '../../support/reset.ts';
import { scrape } from '../../support/scrape.ts';
import { type Service, startService } from '../../support/service.ts';
import { askMany, itemsOf, LIMITS_PATH } from './batch.ts';
import { HeldLimiter } from './held-limiter.ts';
import { HttpHarness } from './http-harness.ts';
import {
  bodyExamples,
  type Document,
  faultsOf,
  faultsOfAnswer,
  readDocument,
  responseTo,
} from './openapi-document.ts';

const TOKEN = 'a-token';

let service: Service;
let document: Document;
beforeAll(async () => {
  service = await startService({ flags: ['--threads', '1'], env: { ADMIN_TOKEN: TOKEN } });
  document = await readDocument((await get(service, '/openapi.json')).body);
});
afterAll(async () => {
  await service.stop();
});

describe('the document', () => {
  test('is served as JSON, and says which version it describes', async () => {
    const answer = await get(service, '/openapi.json');
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json']);
    expect(document.info.version).toBe(version());
  });

  test('is of OpenAPI 3.1, and what is none is refused', async () => {
    const { body } = await get(service, '/openapi.json');
    expect(JSON.parse(body)).toMatchObject({ openapi: '3.1.0' });
    await expect(readDocument(body.replace('"responses"', '"answers"'))).rejects.toThrow();
  });

  test('says where the service is: where the document came from', async () => {
    const { body } = await get(service, '/openapi.json');
    const { servers } = JSON.parse(body) as { servers: readonly { url: string }[] };
    const urls = servers.map(({ url }) => new URL(url, `${service.url}/openapi.json`).href);
    expect(urls).toEqual([`${service.url}/`]);
  });

  test('has examples that fit their schemas', () => {
    const examples = [...bodyExamples(document)];
    expect(examples.length).toBeGreaterThan(20);
    for (const [where, schema, value] of examples) {
      expect([where, faultsOf(schema, value)]).toEqual([where, '']);
    }
  });

  test('has examples of questions that the service takes', () => {
    const media = document.paths[LIMIT_PATH]?.['post']?.requestBody?.content['application/json'];
    const questions = Object.values(media?.examples ?? {}).map(({ value }) => value);
    expect(questions.length).toBeGreaterThan(0);
    for (const question of questions) {
      const bytes = Buffer.from(JSON.stringify(question));
      expect(new RequestReader().readBytes(bytes)).toMatchObject({ ok: true });
    }
  });

  test('gives each operation a name of its own', () => {
    const names = Object.values(document.paths).flatMap((operations) =>
      Object.values(operations).map(({ operationId }) => operationId),
    );
    expect(new Set(names).size).toBe(names.length);
  });
});

function question(): object {
  return { key: freshKey(), capacity: 1, interval: 60 };
}

/** The second answer to the same question: a denial. */
async function denial(of: Service = service, headers = {}): Promise<Answer> {
  const spent = question();
  await ask(of, spent, headers);
  return ask(of, spent, headers);
}

/** The second answer to the same questions, to be taken all or none. */
async function noneTaken(of: Service): Promise<Answer> {
  const all = [question(), question()];
  await askMany(of, { all });
  return askMany(of, { all });
}

function deletion(token: string, query = '?key=a'): Promise<Answer> {
  const headers = { Authorization: `Bearer ${token}` };
  return get(service, LIMIT_PATH + query, { method: 'DELETE', headers });
}

const text = { Accept: 'text/plain' };
const packed = { 'Content-Encoding': 'gzip' };
const odd = { Expect: 'x', 'Content-Length': '0' };
const head = (method: string, path: string, headers: Record<string, string>) => () =>
  exchange(service, request(method, path, headers));

//  method, path, what, its status, how to get it
const answers: readonly (readonly [string, string, string, number, () => Promise<Answer>])[] = [
  ['POST', LIMIT_PATH, 'allowed', 200, () => ask(service, question())],
  ['POST', LIMIT_PATH, 'allowed in ms', 200, () => ask(service, { ...question(), unit: 'ms' })],
  ['POST', LIMIT_PATH, 'a look', 200, () => ask(service, { ...question(), cost: 0 })],
  ['POST', LIMIT_PATH, 'allowed, as text', 200, () => ask(service, question(), text)],
  ['POST', LIMIT_PATH, 'strict', 200, () => ask(service, { ...question(), strict: true })],
  ['POST', LIMIT_PATH, 'denied', 429, () => denial()],
  ['POST', LIMIT_PATH, 'denied, as text', 429, () => denial(service, text)],
  ['POST', LIMIT_PATH, 'a bad field', 400, () => ask(service, { ...question(), cost: 2 })],
  ['POST', LIMIT_PATH, 'no JSON', 400, () => ask(service, '{')],
  ['POST', LIMIT_PATH, 'too large', 413, () => ask(service, ' '.repeat(16_385))],
  ['POST', LIMIT_PATH, 'packed', 415, () => ask(service, question(), packed)],
  ['POST', LIMIT_PATH, 'expecting', 417, head('POST', LIMIT_PATH, odd)],
  ['POST', LIMIT_PATH, 'long', 431, head('POST', LIMIT_PATH, { X: 'x'.repeat(20_000) })],
  ['POST', LIMITS_PATH, 'allowed', 200, () => askMany(service, [question()])],
  ['POST', LIMITS_PATH, 'an error', 200, () => askMany(service, [question(), {}, 5, { a: 1 }])],
  ['POST', LIMITS_PATH, 'none', 400, () => askMany(service, [])],
  ['POST', LIMITS_PATH, 'all taken', 200, () => askMany(service, { all: [question()] })],
  ['POST', LIMITS_PATH, 'none taken', 429, () => noneTaken(service)],
  ['POST', LIMITS_PATH, 'all, one bad', 400, () => askMany(service, { all: [question(), {}] })],
  ['POST', LIMITS_PATH, 'too large', 413, () => askMany(service, ' '.repeat(524_289))],
  ['POST', LIMITS_PATH, 'packed', 415, () => askMany(service, [], packed)],
  ['DELETE', LIMIT_PATH, 'reset', 200, () => deletion(TOKEN)],
  ['DELETE', LIMIT_PATH, 'no key', 400, () => deletion(TOKEN, '')],
  ['DELETE', LIMIT_PATH, 'another token', 401, () => deletion('b')],
  ['GET', '/api/v1/health', 'up', 200, () => get(service, '/api/v1/health')],
  ['GET', '/livez', 'up', 200, () => get(service, '/livez')],
  ['GET', '/livez', 'no HTTP', 400, () => exchange(service, 'GET /livez HTTP/1.1\r\n\r\n')],
  ['GET', '/livez', 'a body', 413, head('GET', '/livez', { 'Content-Length': '20000' })],
  ['GET', '/livez', 'expecting', 417, head('GET', '/livez', odd)],
  ['GET', '/readyz', 'ready', 200, () => get(service, '/readyz')],
  ['GET', '/metrics', 'all', 200, () => get(service, '/metrics')],
  ['GET', '/openapi.json', 'this', 200, () => get(service, '/openapi.json')],
  ['GET', '/policies.schema.json', 'all', 200, () => get(service, '/policies.schema.json')],
];

describe('a reset, in the document', () => {
  const operationIn = (of: Document) => of.paths[LIMIT_PATH]?.['delete'];

  test('wants the token of a service that has one: without it is 401', async () => {
    expect(operationIn(document)).toMatchObject({ security: [{ token: [] }] });
    // 403 is for web pages of other sites, and for nobody else.
    const { Foreign = {} } = document.components.responses;
    expect(operationIn(document)?.responses[403]).toEqual(Foreign);
    const answer = await get(service, `${LIMIT_PATH}?key=a`, { method: 'DELETE' });
    expect(answer.status).toBe(401);
    expect(faultsOfAnswer(answer, responseTo(document, 'DELETE', LIMIT_PATH, 401))).toEqual([]);
  });

  test('wants nothing of a service that has none: whatever is sent, it is 403', async () => {
    const other = await startService({ flags: ['--threads', '1'] });
    const itsOwn = await readDocument((await get(other, '/openapi.json')).body);
    expect(operationIn(itsOwn)).not.toHaveProperty('security');
    expect(Object.keys(operationIn(itsOwn)?.responses ?? {})).not.toContain('401');
    for (const headers of [{}, { Authorization: 'Bearer x' }]) {
      const answer = await get(other, `${LIMIT_PATH}?key=a`, { method: 'DELETE', headers });
      expect(answer.status).toBe(403);
      expect(faultsOfAnswer(answer, responseTo(itsOwn, 'DELETE', LIMIT_PATH, 403))).toEqual([]);
    }
    await other.stop();
  });
});

describe('an answer is as the document says', () => {
  test.each(answers)('%s %s, %s: %d', async (method, path, _, status, answering) => {
    const answer = await answering();
    expect(answer.status).toBe(status);
    expect(faultsOfAnswer(answer, responseTo(document, method, path, status))).toEqual([]);
  });

  test('where there is nothing, and where a method is not taken', async () => {
    const { NotFound = {}, MethodNotAllowed = {} } = document.components.responses;
    expect(faultsOfAnswer(await get(service, '/nowhere'), NotFound)).toEqual([]);
    expect(faultsOfAnswer(await get(service, LIMIT_PATH), MethodNotAllowed)).toEqual([]);
  });

  test('where a page of another site asks', async () => {
    const headers = { Origin: 'https://elsewhere.example' };
    const answers = [
      ['POST', LIMIT_PATH, await ask(service, question(), headers)],
      ['POST', LIMITS_PATH, await get(service, LIMITS_PATH, { method: 'POST', headers })],
      ['DELETE', LIMIT_PATH, await get(service, LIMIT_PATH, { method: 'DELETE', headers })],
    ] as const;
    for (const [method, path, answer] of answers) {
      expect(answer.status).toBe(403);
      expect(faultsOfAnswer(answer, responseTo(document, method, path, 403))).toEqual([]);
    }
  });

  test('where tokens are guessed', async () => {
    const other = await startService({ env: { ADMIN_TOKEN: TOKEN, THREADS: '1' } });
    const guess = (token: string) => {
      const headers = { Authorization: `Bearer ${token}` };
      return get(other, `${LIMIT_PATH}?key=a`, { method: 'DELETE', headers });
    };
    const startMs = performance.now();
    for (let i = 0; i < FREE_FAILURES + 3; i++)
      expect((await guess(`in-turn-${i}`)).status).toBe(401);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(50 + 100 + 200);
    const answers = await Promise.all(['a', 'b', 'c'].map(guess));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([401, 429, 429]);
    const refused = answers.find(({ status }) => status === 429) as Answer;
    expect(refused.headers['retry-after']).toBe('1');
    expect(faultsOfAnswer(refused, responseTo(document, 'DELETE', LIMIT_PATH, 429))).toEqual([]);
    const failures = (await scrape(other)).get('argus_auth_failures_total{protocol="http"}');
    expect(failures).toBe(FREE_FAILURES + 6);
    const told = 'A wrong ADMIN_TOKEN came from 127.0.0.1, over http';
    expect(other.output().split(told)).toHaveLength(2);
    await other.stop();
  });

  test.each([200, 403, 503])('where DENIED_STATUS is %d', async (status) => {
    const other = await startService({ env: { DENIED_STATUS: String(status), THREADS: '1' } });
    const described = responseTo(document, 'POST', LIMIT_PATH, status);
    for (const headers of [{}, text]) {
      const answer = await denial(other, headers);
      expect(answer.status).toBe(status);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      expect(faultsOfAnswer(answer, described)).toEqual([]);
    }
    const all = await noneTaken(other);
    expect(all.status).toBe(status);
    expect(faultsOfAnswer(all, responseTo(document, 'POST', LIMITS_PATH, status))).toEqual([]);
    await other.stop();
  });

  test('where the store is away', async () => {
    const limiter = new HeldLimiter();
    limiter.health = { isReady: false, words: 'the store is away: denying' };
    const http = await HttpHarness.start(limiter, { adminToken: RESET_TOKEN });
    const ready = await get(http, '/readyz');
    expect(faultsOfAnswer(ready, responseTo(document, 'GET', '/readyz', 503))).toEqual([]);
    limiter.health = { isReady: true, words: 'the store is away: deciding locally' };
    const degraded = await get(http, '/readyz');
    expect(faultsOfAnswer(degraded, responseTo(document, 'GET', '/readyz', 200))).toEqual([]);
    const away = reset(http, '?key=held');
    await limiter.waitsFor('held');
    limiter.tellReset('held', null);
    expect(faultsOfAnswer(await away, responseTo(document, 'DELETE', LIMIT_PATH, 503))).toEqual([]);
    const fallback = ask(http, { ...question(), key: 'held' });
    await limiter.waitsFor('held');
    limiter.allow('held', { degraded: true, source: 'fallback' });
    const described = responseTo(document, 'POST', LIMIT_PATH, 200);
    expect(faultsOfAnswer(await fallback, described)).toEqual([]);
    await http.close();
  });

  test('where the table is full, the client is slow, or the service is draining', async () => {
    const times = ['--headers-timeout-ms', '500', '--request-timeout-ms', '500'];
    const small = ['--threads', '1', '--max-keys', '1', '--drain-delay-ms', '3000'];
    const other = await startService({ flags: [...small, ...times] });
    const described = responseTo(document, 'POST', LIMIT_PATH, 200);
    const many = Array.from({ length: 20 }, () => ({ ...question(), capacity: 1_000 }));
    const items = await askMany(other, many);
    expect(itemsOf(items).some(({ degraded }) => degraded)).toBe(true);
    const batch = responseTo(document, 'POST', LIMITS_PATH, 200);
    expect(faultsOfAnswer(items, batch)).toEqual([]);
    const full = await ask(other, many[0] ?? {});
    expect(faultsOfAnswer(full, described)).toEqual([]);
    const slow = await exchange(other, request('POST', LIMIT_PATH, { 'Content-Length': '5' }));
    expect(faultsOfAnswer(slow, responseTo(document, 'POST', LIMIT_PATH, 408))).toEqual([]);
    other.process.kill('SIGTERM');
    let ready = await get(other, '/readyz');
    while (ready.status === 200) ready = await get(other, '/readyz');
    expect(faultsOfAnswer(ready, responseTo(document, 'GET', '/readyz', 503))).toEqual([]);
    await other.ended;
  });
});
