/** In which words, and with which status, an answer comes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, freshKey, get, type Headers, members, post } from '../../support/ask.ts';
import { expectProblem } from '../../support/problem.ts';
import { type Answer, RawClient } from '../../support/raw-http.ts';
import { type Service, startService } from '../../support/service.ts';

interface Both {
  readonly allowed: Answer;
  readonly denied: Answer;
}

/** An allowed and a denied answer, asked for with these headers. */
async function askBoth(service: Service, headers: Headers = {}): Promise<Both> {
  const question = { key: freshKey(), capacity: 1, interval: 1, unit: 'd' };
  const allowed = await ask(service, question, headers);
  return { allowed, denied: await ask(service, question, headers) };
}

function formOf({ allowed, denied }: Both): string {
  const types = [allowed, denied].map(({ headers }) => headers['content-type'] ?? '');
  const bodies = `${allowed.body} ${denied.body}`;
  if (bodies === 'OK LIMITED') {
    for (const type of types) expect(type).toMatch(/^text\/plain(; charset=utf-8)?$/);
    return 'text';
  }
  expect(types).toEqual(['application/json', 'application/json']);
  expect(members(allowed)).toMatchObject({ allowed: true });
  expect(members(denied)).toMatchObject({ allowed: false });
  return 'json';
}

//  Accept, the answer: asked for by name, so the default does not count
const ranked = [
  ['application/json', 'json'],
  ['application/json;q=0.5', 'json'],
  ['application/json;q=0.5, text/plain;q=0.4', 'json'],
  ['application/json, text/plain;q=0.999', 'json'],
  ['APPLICATION/JSON', 'json'],
  ['text/plain', 'text'],
  ['TEXT/Plain', 'text'],
  ['text/plain;charset=utf-8', 'text'],
  ['text/plain;q=0.001', 'text'],
  ['text/plain; q=0.5', 'text'],
  ['text/plain ;Q=0.5 , application/json ; q=0.4', 'text'],
  ['text/html, text/plain;q=0.9, application/json;q=0.8', 'text'],
  ['text/plain, application/json;q=0', 'text'],
  ['text/plain, */*;q=0.1', 'text'],
  ['text/plain;q=0.9, application/*;q=0.8', 'text'],
  ['text/plain;q=0.5, application/json;q=0.1, */*', 'text'],
  ['text/plain;q=0.5, application/*;q=0.1, */*', 'text'],
  ['text/plain;q=0.4, application/json;q=0.5, */*;q=0.1', 'json'],
  ['text/plain;q=0, application/json', 'json'],
  ['text/plain;q=0, application/json;q=0.001', 'json'],
] as const;

//  Accept that leaves it to the default
const open = [
  // Ties.
  'text/plain, application/json',
  'application/json;q=0.5, text/plain;q=0.5',
  'text/plain, */*',
  'text/plain;q=0.5, application/*;q=0.5',
  'text/plain;q=0, application/json;q=0',
  // Wildcards.
  'text/plain;q=0.4, */*;q=0.5',
  'text/plain;q=0.9, application/*',
  'application/json;q=0.1, */*',
  '*/*',
  '*/*;q=0.1',
  'text/*',
  // Nothing that we have.
  '',
  'text/html',
  'image/png, text/html;q=0.5',
  // Garbage.
  ';;;,,,===',
  'text',
  'text/',
  '/plain',
  'textplain',
  'text/plaintext',
  'xtext/plain',
  `${','.repeat(4_000)}`,
  `${'*/*;q=1,'.repeat(1_000)}`,
];

describe('by default', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({ flags: ['--threads', '2'] });
  });
  afterAll(async () => {
    await service.stop();
  });

  test('an answer is JSON, and a denial 429, without Accept', async () => {
    const both = await askBoth(service);
    expect(formOf(both)).toBe('json');
    expect([both.allowed.status, both.denied.status]).toEqual([200, 429]);
  });

  test.each(ranked)('Accept: %s gives %s', async (accept, form) => {
    expect(formOf(await askBoth(service, { Accept: accept }))).toBe(form);
  });

  test.each(open)('Accept: %s gives JSON', async (accept) => {
    expect(formOf(await askBoth(service, { Accept: accept }))).toBe('json');
  });

  test('a text answer has the same status and header fields', async () => {
    const { allowed, denied } = await askBoth(service, { Accept: 'text/plain' });
    expect([allowed.status, denied.status]).toEqual([200, 429]);
    expect(allowed.headers).toMatchObject({
      'ratelimit-policy': '"default";q=1;w=86400',
      ratelimit: '"default";r=0;t=86400',
      'content-length': '2',
    });
    expect(denied.headers).toMatchObject({
      'ratelimit-policy': '"default";q=1;w=86400',
      'retry-after': expect.stringMatching(/^86[34]\d\d$/),
      'content-length': '7',
    });
  });

  test('Accept given in two lines counts as one', async () => {
    const client = await RawClient.connect(service.port);
    const body = { key: freshKey(), capacity: 1, interval: 1 };
    const lines = 'Accept: application/json;q=0.1\r\nAccept: text/plain\r\n\r\n';
    const bytes = post(body).toString().replace('\r\n\r\n', `\r\n${lines}`);
    expect((await client.send(bytes).answer()).body).toBe('OK');
    client.destroy();
  });

  test('an error is a problem whatever was asked for', async () => {
    for (const Accept of ['text/plain', 'text/html', 'image/png;q=0.1']) {
      expectProblem(await ask(service, '{}', { Accept }), 400, 'key');
      expectProblem(await get(service, '/nowhere', { headers: { Accept } }), 404);
    }
  });
});

describe('DEFAULT_ANSWER=text', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({ flags: ['--threads', '2', '--default-answer', 'text'] });
  });
  afterAll(async () => {
    await service.stop();
  });

  test('an answer is text, and a denial 429, without Accept', async () => {
    const both = await askBoth(service);
    expect(formOf(both)).toBe('text');
    expect([both.allowed.status, both.denied.status]).toEqual([200, 429]);
  });

  test.each(ranked)('Accept: %s still gives %s', async (accept, form) => {
    expect(formOf(await askBoth(service, { Accept: accept }))).toBe(form);
  });

  test.each(open)('Accept: %s gives text', async (accept) => {
    expect(formOf(await askBoth(service, { Accept: accept }))).toBe('text');
  });
});

describe.each([200, 403, 429, 503])('DENIED_STATUS=%d', (denied) => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({ env: { DENIED_STATUS: String(denied), THREADS: '1' } });
  });
  afterAll(async () => {
    await service.stop();
  });

  test('is the status of a denial, with Retry-After, in JSON and in text', async () => {
    for (const accept of ['application/json', 'text/plain']) {
      const both = await askBoth(service, { Accept: accept });
      expect(formOf(both)).toBe(accept === 'text/plain' ? 'text' : 'json');
      expect([both.allowed.status, both.denied.status]).toEqual([200, denied]);
      expect(both.allowed.headers).not.toHaveProperty('retry-after');
      expect(both.denied.headers['retry-after']).toMatch(/^86[34]\d\d$/);
    }
  });

  test('is not the status of a bad question', async () => {
    expectProblem(await ask(service, { key: 'a', capacity: 0, interval: 1 }), 400, 'capacity');
  });
});

test('DEFAULT_ANSWER=text DENIED_STATUS=200 answers as argus-db does', async () => {
  const env = { DEFAULT_ANSWER: 'text', DENIED_STATUS: '200', THREADS: '1' };
  const service = await startService({ env });
  const { allowed, denied } = await askBoth(service, { 'Content-Type': 'application/json' });
  expect([allowed.status, allowed.body]).toEqual([200, 'OK']);
  expect([denied.status, denied.body]).toEqual([200, 'LIMITED']);
  const health = await get(service, '/api/v1/health');
  expect([health.status, health.body]).toEqual([200, 'OK']);
  await service.stop();
});
