/**
 * Clients of the Redis protocol that hold much: well-behaved ones finish, and others have a bound.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MOST_QUEUED_BYTES } from '../../../src/transport/resp/commands/transaction.ts';
import { ask, freshKey } from '../../support/ask.ts';
import { RespClient } from '../../support/resp-client.ts';
import { frame, frames } from '../../support/resp-frames.ts';
import { askResp, type RespService, startResp } from '../../support/resp-service.ts';
import { scrape } from '../../support/scrape.ts';

const MOST_BYTES = 16 * 1_024 * 1_024;
/** Of the argument that a command carries. */
const CARRIED = 10_000;
const COMMANDS = 90;
/** Together about half as much again as there is room for. */
const CLIENTS = (1.5 * MOST_BYTES) / MOST_QUEUED_BYTES;
/** So many wait above half of it, and within all of it, for as long as it takes. */
const WAITING = 10;
const CLOSED = 'argus_clients_closed_total{reason="memory"}';
const PATIENCE_MS = 15_000;

let service: RespService;
beforeAll(async () => {
  const most = ['--max-client-bytes', String(MOST_BYTES)];
  service = await startResp({ flags: ['--threads', '1', ...most] });
});
afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

const one = () => ({ key: freshKey(), capacity: 5, interval: 60 });

async function held(): Promise<number> {
  return (await scrape(service)).get('argus_client_bytes') ?? Number.NaN;
}

async function holdsAtMost(bytes: number): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while ((await held()) > bytes) {
    if (Date.now() > deadline) throw new Error(`Clients hold more than ${bytes} bytes`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('transactions for which there is no room at once are all executed', async () => {
  const echo = frame('ECHO', 'x'.repeat(CARRIED));
  const bytes = frames('MULTI', ...Array<Buffer>(COMMANDS).fill(echo), 'EXEC');
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, () => RespClient.connect(service.respPort)),
  );
  // All but the end of EXEC, so that none can finish before the others come.
  const waiting = clients.slice(0, WAITING);
  for (const client of waiting) client.send(bytes.subarray(0, -2));
  while ((await held()) <= WAITING * bytes.length);
  expect((await ask(service, one())).status).toBe(200);
  expect(await askResp(service, 'PING')).toBe('+PONG');
  for (const client of waiting) client.send(bytes.subarray(-2));
  for (const client of clients.slice(WAITING)) client.send(bytes);
  await Promise.all(
    clients.map(async (client) => {
      expect(await client.reply()).toBe('+OK');
      for (let i = 0; i < COMMANDS; i++) expect(await client.reply()).toBe('+QUEUED');
      expect((await client.reply()).length).toBeGreaterThan(COMMANDS * CARRIED);
      client.destroy();
    }),
  );
  await holdsAtMost(0);
  expect((await scrape(service)).get(CLOSED)).toBe(0);
});

test('half commands have a bound: who holds most is closed, and all others are served', async () => {
  const half = frame('ECHO', ...Array<string>(4).fill('x'.repeat(15_000))).subarray(0, -2);
  const count = (1.5 * MOST_BYTES) / half.length;
  const clients: RespClient[] = [];
  for (let i = 0; i < count; i++) {
    clients.push((await RespClient.connect(service.respPort)).send(half));
  }
  const deadline = Date.now() + PATIENCE_MS;
  while (((await scrape(service)).get(CLOSED) ?? 0) < count / 6) {
    if (Date.now() > deadline) throw new Error('Nobody is closed');
  }
  expect(await held()).toBeLessThanOrEqual(MOST_BYTES);
  expect((await ask(service, one())).status).toBe(200);
  expect(await askResp(service, 'PING')).toBe('+PONG');
  expect(service.output()).toContain('more than MAX_CLIENT_BYTES, 16777216');
  for (const client of clients) client.destroy();
  await holdsAtMost(0);
});

test('answers that nobody reads are counted', async () => {
  const echo = frame('ECHO', 'x'.repeat(16_000));
  const client = await RespClient.connect(service.respPort);
  client.socket.pause();
  client.send(Buffer.concat(Array<Buffer>(1_000).fill(echo)));
  const deadline = Date.now() + PATIENCE_MS;
  while ((await held()) < 65_536) {
    if (Date.now() > deadline) throw new Error('They are not counted');
  }
  client.socket.resume();
  await holdsAtMost(0);
  client.destroy();
});
