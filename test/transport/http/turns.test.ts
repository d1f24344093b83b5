/** Turns over HTTP: who sends much at once is answered in pieces, and others in between. */
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MOST_OUTSTANDING } from '../../../src/transport/http/core/paced-connection.ts';
import { post, request } from '../../support/ask.ts';
import { RawClient } from '../../support/raw-http.ts';
import { startService } from '../../support/service.ts';
import { postMany } from './batch.ts';
import { HeldLimiter } from './held-limiter.ts';
import { HttpHarness } from './http-harness.ts';

const LIVEZ = request('GET', '/livez');
const QUESTION = { key: 'a', capacity: 1_000_000, interval: 1 };

describe('one connection', () => {
  let http: HttpHarness;
  let limiter: HeldLimiter;
  beforeEach(async () => {
    limiter = new HeldLimiter();
    http = await HttpHarness.start(limiter);
  });
  afterEach(async () => {
    await http.close();
  });

  test('that sends a thousand requests in one piece has all answers, in order', async () => {
    const client = await RawClient.connect(http.port);
    const paths = Array.from({ length: 1_000 }, (_, i) => (i % 3 === 0 ? '/livez' : `/${i}`));
    client.send(paths.map((path) => request('GET', path)).join(''));
    for (const path of paths) {
      const { status, body } = await client.answer();
      if (path === '/livez') expect([status, body]).toEqual([200, 'OK']);
      else expect([status, body.includes(`"${path}`)]).toEqual([404, true]);
    }
    client.destroy();
  });

  test('that ends its side behind them has all answers too', async () => {
    const client = await RawClient.connect(http.port);
    client.send(LIVEZ.repeat(1_000)).end();
    expect(await client.answers()).toHaveLength(1_000);
    client.destroy();
  });

  test('is asked no more than some questions whose answers are waited for', async () => {
    const client = await RawClient.connect(http.port);
    // The first is no plain request: all are of node:http.
    client.send(
      LIVEZ +
        post({ ...QUESTION, key: 'held' })
          .toString('latin1')
          .repeat(3 * MOST_OUTSTANDING),
    );
    expect((await client.answer()).status).toBe(200);
    let answered = 0;
    while (answered < 3 * MOST_OUTSTANDING) {
      await http.servesOthers();
      expect(limiter.waiting).toBeGreaterThan(0);
      expect(limiter.waiting).toBeLessThanOrEqual(MOST_OUTSTANDING);
      const waiting = limiter.waiting;
      for (let i = 0; i < waiting; i++) limiter.allow('held');
      for (let i = 0; i < waiting; i++) expect((await client.answer()).status).toBe(200);
      answered += waiting;
    }
    client.destroy();
  });
});

/** Sends without end, and reads what comes, until it is told to stop. */
async function hostile(port: number, bytes: Buffer): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  await new Promise((resolve) => socket.once('connect', resolve));
  const pump = () => {
    while (!socket.destroyed && socket.write(bytes));
  };
  socket.on('error', () => undefined).on('data', () => undefined);
  socket.on('drain', pump);
  pump();
  return socket;
}

function many(bytes: string | Uint8Array, total = 65_536): Buffer {
  const one = Buffer.from(bytes as string);
  return Buffer.concat(Array.from({ length: Math.ceil(total / one.length) }, () => one));
}

const batch = postMany(Array.from({ length: 1_000 }, () => QUESTION));
const inChunks = `${request('POST', '/api/v1/limits', { 'Transfer-Encoding': 'chunked' })}${'1\r\n \r\n'.repeat(100_000)}0\r\n\r\n`;

describe('beside eight connections that send without end', () => {
  test.each([
    ['requests that are not plain', many(LIVEZ)],
    ['requests for nothing', many(request('GET', '/'))],
    ['scrapes', many(request('GET', '/metrics'))],
    ['batches', many(batch)],
    ['bodies in small chunks', Buffer.from(inChunks)],
  ])('%s, an innocent is answered between their pieces', async (_, bytes) => {
    const service = await startService({ flags: ['--threads', '1'] });
    const sockets = await Promise.all(
      Array.from({ length: 8 }, () => hostile(service.port, bytes)),
    );
    const client = await RawClient.connect(service.port);
    const waits: number[] = [];
    for (let i = 0; i < 40; i++) {
      const asked = performance.now();
      expect((await client.send(post(QUESTION)).answer()).status).toBe(200);
      waits.push(performance.now() - asked);
    }
    waits.sort((one, other) => one - other);
    // The machine may be busy with other things: the middle one is what the service makes of it.
    expect(waits[20]).toBeLessThan(100);
    for (const socket of sockets) socket.destroy();
    client.destroy();
    expect(await service.stop()).toBe(0);
  });
});
