/** Clients that keep the service waiting: told so, closed, and never in the way of others. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, freshKey, LIMIT_PATH, post, request } from '../../support/ask.ts';
import { expectProblem } from '../../support/problem.ts';
import { RawClient } from '../../support/raw-http.ts';
import { scrape } from '../../support/scrape.ts';
import { type Service, startService } from '../../support/service.ts';

const LIMIT = `POST ${LIMIT_PATH} HTTP/1.1\r\nHost: a\r\n`;

/** Waits a second for headers, and an hour for a request. */
let forHeaders: Service;
/** Waits a second for both. */
let service: Service;
beforeAll(async () => {
  const times = ['--headers-timeout-ms', '1000', '--request-timeout-ms'];
  forHeaders = await startService({ flags: ['--threads', '1', ...times, '3600000'] });
  service = await startService({ flags: ['--threads', '2', ...times, '1000'] });
});
afterAll(async () => {
  for (const one of [forHeaders, service]) {
    expect((await ask(one, question())).status).toBe(200);
    expect(await one.stop()).toBe(0);
  }
});

function question(): object {
  return { key: freshKey(), capacity: 5, interval: 60 };
}

describe.concurrent('a client gets 408, and its connection ends, when it', () => {
  test.each([
    ['sends nothing', ''],
    ['sends half a request line', 'POST /api/v1'],
    ['sends half its headers', `${LIMIT}X-Slow: `],
  ])('%s', async (_, bytes) => {
    const client = await RawClient.connect(forHeaders.port);
    const answer = await client.send(bytes).answer();
    expectProblem(answer, 408);
    expect(answer.headers['connection']).toBe('close');
    await client.closed();
    client.destroy();
  });

  test.each([
    ['sends no body', `${LIMIT}Content-Length: 50\r\n\r\n`],
    ['sends half its body', `${LIMIT}Content-Length: 50\r\n\r\n{"key":`],
    ['sends no chunk', `${LIMIT}Transfer-Encoding: chunked\r\n\r\n`],
    ['sends half a chunk', `${LIMIT}Transfer-Encoding: chunked\r\n\r\n50\r\n{"key":`],
    [
      'sends no body although told to',
      `${LIMIT}Expect: 100-continue\r\nContent-Length: 50\r\n\r\n`,
    ],
  ])('%s', async (_, bytes) => {
    const client = await RawClient.connect(service.port);
    let answer = await client.send(bytes).answer();
    if (answer.status === 100) answer = await client.answer();
    expectProblem(answer, 408);
    expect(answer.headers['connection']).toBe('close');
    await client.closed();
    client.destroy();
  });

  test('sends half a body that nobody reads: it had its answer, and gets no other', async () => {
    const client = await RawClient.connect(service.port);
    client.send('POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{');
    const answers = await client.answers();
    expect(answers.map(({ status }) => status)).toEqual([404]);
    client.destroy();
  });

  test('stalls in a later request', async () => {
    const client = await RawClient.connect(service.port);
    expect((await client.send(post(question())).answer()).status).toBe(200);
    expectProblem(await client.send('POST /api/v1').answer(), 408);
    await client.closed();
    client.destroy();
  });

  test('sends a byte now and then: the request as a whole has one deadline', async () => {
    const client = await RawClient.connect(service.port);
    client.send(`${LIMIT}Content-Length: 5000\r\n\r\n`);
    const drip = setInterval(() => client.send(' '), 50);
    expectProblem(await client.answer(), 408);
    clearInterval(drip);
    client.destroy();
  });

  test('is one of many, and others are answered meanwhile by every thread', async () => {
    const slow = await Promise.all(
      Array.from({ length: 20 }, () => RawClient.connect(service.port)),
    );
    for (const client of slow) client.send(`${LIMIT}Content-Length: 50\r\n\r\n{`);
    for (let i = 0; i < 20; i++) expect((await ask(service, question())).status).toBe(200);
    for (const client of slow) expectProblem(await client.answer(), 408);
    for (const client of slow) client.destroy();
  });

  test('but not when it is idle between two requests', async () => {
    const client = await RawClient.connect(service.port);
    expect((await client.send(post(question())).answer()).status).toBe(200);
    // Longer than the deadlines.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect((await client.send(post(question())).answer()).status).toBe(200);
    client.destroy();
  });
});

describe.concurrent('a client that does not read its answers loses its connection', () => {
  test.each([
    ['whatever follows', ''],
    ['a CONNECT after them', 'CONNECT a.test:443 HTTP/1.1\r\nHost: a\r\n\r\n'],
  ])('%s', async (_, last) => {
    const one = await startService({
      flags: ['--threads', '1', '--headers-timeout-ms', '300', '--request-timeout-ms', '300'],
    });
    const open = async () => (await scrape(one)).get('process_open_fds') as number;
    const before = await open();
    const deaf = connect({ port: one.port, host: '127.0.0.1' }).pause();
    await once(deaf, 'connect');
    deaf.on('error', () => undefined);
    deaf.write(`${request('GET', '/metrics').repeat(1_500)}${last}`);
    // It has been accepted by then, and may be gone already.
    await sleep(500);
    while ((await open()) > before) await sleep(100);
    deaf.destroy();
    expect(await one.stop()).toBe(0);
  });
});

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
