/** Which paths there are, what each may be asked, and the headers that change how it is asked. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ask,
  exchange,
  freshKey,
  get,
  LIMIT_PATH,
  members,
  post,
  request,
} from '../../support/ask.ts';
import { expectProblem } from '../../support/problem.ts';
import { RawClient } from '../../support/raw-http.ts';
import { type Service, startService } from '../../support/service.ts';

const READ_PATHS = [
  '/api/v1/health',
  '/livez',
  '/readyz',
  '/metrics',
  '/openapi.json',
  '/policies.schema.json',
];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'QUERY'];

let service: Service;
beforeAll(async () => {
  service = await startService({ flags: ['--threads', '2'] });
});
afterAll(async () => {
  await service.stop();
});

function question(): object {
  return { key: freshKey(), capacity: 5, interval: 60 };
}

describe('the paths', () => {
  test.each(['/api/v1/health', '/livez', '/readyz'])('%s answers OK', async (path) => {
    const answer = await get(service, path);
    expect([answer.status, answer.body]).toEqual([200, 'OK']);
    expect(answer.headers['content-type']).toMatch(/^text\/plain(; charset=utf-8)?$/);
  });

  test('/metrics answers in the text format of Prometheus', async () => {
    const answer = await get(service, '/metrics');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.body).toContain('# TYPE argus_decisions_total counter');
  });

  test('/policies.schema.json answers the schema that is in the repository', async () => {
    const answer = await get(service, '/policies.schema.json');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/schema+json');
    const file = new URL('../../../docs/run/policies.schema.json', import.meta.url);
    expect(answer.body).toBe(readFileSync(file, 'utf8'));
  });

  test.each(['foo://bar', 'http://[::1'])('%s is nowhere', async (target) => {
    const client = await RawClient.connect(service.port);
    expectProblem(await client.send(request('GET', target)).answer(), 404);
    client.destroy();
  });

  const elsewhere = [
    '/',
    '/api',
    '/api/v1',
    '/api/v1/',
    '/API/v1/limit',
    '/api/v1/Limit',
    '/api/v1/limit/',
    '//api/v1/limit',
    '/api//v1/limit',
    '/api/v1//limit',
    '/api/v1/./limit',
    '/api/v1/x/../limit',
    '/api/v1/%6cimit',
    '/api/v1/limit%20',
    '/api/v1/limit%00',
    '/api/v1/limit;a=b',
    '/api/v1/limits/',
    '/api/v1/Limits',
    '/api/v1/limit/s',
    '/openapi',
    '/openapi.json/',
    '/api/v2/limit',
    '/api/v1/health/',
    '/Livez',
    '/livez/',
    '/readyz/',
    '/metrics/',
    '/METRICS',
    '/favicon.ico',
    '/%',
    '/%ff',
    '/%c0%80',
    '/__proto__',
    `/${'x'.repeat(8_000)}`,
  ];
  test.each(elsewhere)('match exactly: %s is 404, whatever the method', async (path) => {
    expectProblem(await get(service, path), 404);
    expectProblem(await get(service, path, { method: 'DELETE' }), 404);
    expectProblem(
      await exchange(service, post(question()).toString().replace(LIMIT_PATH, path)),
      404,
    );
  });

  test('a 404 names the path', async () => {
    expectProblem(await get(service, '/api/v1/limitss'), 404, '/api/v1/limitss');
  });

  test('may have a query, which changes nothing', async () => {
    for (const query of ['?', '?a=b', '?cost=100', '??/x']) {
      const bytes = post(question())
        .toString()
        .replace(LIMIT_PATH, LIMIT_PATH + query);
      expect(members(await exchange(service, bytes))).toMatchObject({ remaining: 4 });
      for (const path of READ_PATHS) expect((await get(service, path + query)).status).toBe(200);
    }
  });

  test('may come in absolute form', async () => {
    const target = `http://127.0.0.1:${service.port}`;
    expect((await get(service, `${target}/livez`)).body).toBe('OK');
    const bytes = post(question())
      .toString()
      .replace(LIMIT_PATH, target + LIMIT_PATH);
    expect(members(await exchange(service, bytes))).toMatchObject({ remaining: 4 });
    expectProblem(await get(service, `${target}/nowhere`), 404);
  });
});

describe('the methods', () => {
  const allowed = [
    [LIMIT_PATH, ['POST', 'DELETE']],
    ['/api/v1/limits', ['POST']],
    ...READ_PATHS.map((path) => [path, ['GET', 'HEAD']] as const),
  ] as const;

  test.each(allowed)('of %s are %j and OPTIONS; others are 405 with Allow', async (path, known) => {
    const allow = [...known, 'OPTIONS'].join(', ');
    for (const method of METHODS.filter((name) => !known.some((one) => one === name))) {
      const answer = await get(service, path, { method });
      // Without a body, because HEAD never has one.
      expect({ method, status: answer.status, allow: answer.headers['allow'] }).toEqual({
        method,
        status: 405,
        allow,
      });
      if (method !== 'HEAD') expectProblem(answer, 405, method, allow);
    }
  });

  test.each(allowed)('OPTIONS of %s is 204 with Allow', async (path, known) => {
    const answer = await get(service, path, { method: 'OPTIONS' });
    expect([answer.status, answer.body]).toEqual([204, '']);
    expect(answer.headers['allow']).toBe([...known, 'OPTIONS'].join(', '));
  });

  test('OPTIONS elsewhere is 404', async () => {
    expectProblem(await get(service, '/nowhere', { method: 'OPTIONS' }), 404);
  });

  test.each(READ_PATHS)('HEAD of %s is GET without the body', async (path) => {
    const head = await get(service, path, { method: 'HEAD' });
    const whole = await get(service, path);
    expect([head.status, head.body]).toEqual([whole.status, '']);
    expect(head.headers['content-type']).toBe(whole.headers['content-type']);
    // The totals have grown by a digit at most.
    const lengths = [head, whole].map(({ headers }) => Number(headers['content-length']));
    expect(Math.abs((lengths[0] ?? 0) - (lengths[1] ?? 0))).toBeLessThan(100);
  });

  test('HEAD has no body on the wire: the next answer follows at once', async () => {
    const client = await RawClient.connect(service.port);
    client.send(request('HEAD', '/livez') + request('HEAD', '/nowhere') + request('GET', '/livez'));
    expect((await client.answer({ bodyless: true })).status).toBe(200);
    expect((await client.answer({ bodyless: true })).status).toBe(404);
    expect((await client.answer()).body).toBe('OK');
    client.destroy();
  });

  test('GET with a body is answered, and the body is not taken for a request', async () => {
    const client = await RawClient.connect(service.port);
    const body = request('GET', '/nowhere');
    client.send(request('GET', '/livez', { 'Content-Length': String(body.length) }) + body);
    client.send(request('GET', '/readyz'));
    expect((await client.answer()).body).toBe('OK');
    expect((await client.answer()).body).toBe('OK');
    client.destroy();
  });
});

describe('Content-Encoding', () => {
  test.each(['gzip', 'br', 'deflate', 'x', 'gzip, gzip'])('%s is 415', async (coding) => {
    const answer = await ask(service, question(), { 'Content-Encoding': coding });
    expectProblem(answer, 415, 'Content-Encoding', coding);
  });

  test('is refused before the body is judged, and the connection is kept', async () => {
    const client = await RawClient.connect(service.port);
    const bytes = post(Buffer.from([0x1f, 0x8b, 0xff]), { 'Content-Encoding': 'gzip' });
    expectProblem(await client.send(bytes).answer(), 415);
    expect((await client.send(post(question())).answer()).status).toBe(200);
    client.destroy();
  });
});

describe('Expect', () => {
  test('100-continue is answered before the body is sent', async () => {
    const client = await RawClient.connect(service.port);
    const body = JSON.stringify(question());
    const headers = { Expect: '100-continue', 'Content-Length': String(body.length) };
    client.send(request('POST', LIMIT_PATH, headers));
    expect((await client.answer()).status).toBe(100);
    expect(members(await client.send(body).answer())).toMatchObject({ remaining: 4 });
    client.destroy();
  });

  test('100-continue with a body that is too long is refused at once', async () => {
    const headers = { Expect: '100-continue', 'Content-Length': '20000' };
    expectProblem(await exchange(service, request('POST', LIMIT_PATH, headers)), 413);
  });

  test('100-continue elsewhere is answered as it would be without', async () => {
    const headers = { Expect: '100-continue', 'Content-Length': '2' };
    const client = await RawClient.connect(service.port);
    let answer = await client.send(request('POST', '/nowhere', headers)).answer();
    if (answer.status === 100) answer = await client.send('{}').answer();
    expectProblem(answer, 404);
    client.destroy();
  });

  test.each(['200-ok', '101-continue', ''])('%j is 417', async (expectation) => {
    const bytes = request('POST', LIMIT_PATH, { Expect: expectation, 'Content-Length': '2' });
    expectProblem(await exchange(service, `${bytes}{}`), 417, 'Expect');
  });
});

describe('Upgrade', () => {
  test.each(['websocket', 'h2c'])('to %s is ignored', async (protocol) => {
    const headers = { Connection: 'Upgrade', Upgrade: protocol };
    expect((await get(service, '/livez', { headers })).body).toBe('OK');
    expect(members(await ask(service, question(), headers))).toMatchObject({ remaining: 4 });
  });
});
