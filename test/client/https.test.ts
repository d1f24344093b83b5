/** A service behind https: asked over kept connections, and only if its certificate is trusted. */
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ArgusClient, type ClientOptions } from '../../src/client/client.ts';
import { CERTIFICATE } from '../support/certificate.ts';
import { type FakeService, PATIENCE_MS, type Respond, startFake } from './fake-service.ts';

const TRUSTED = getCACertificates('default');
const QUESTION = { key: 'k7', capacity: 10, interval: 1 };

let fake: FakeService;
let client: ArgusClient;
async function start(respond?: Respond, options: Partial<ClientOptions> = {}): Promise<void> {
  fake = await startFake(respond, 'https');
  client = new ArgusClient({ url: fake.url, timeoutMs: PATIENCE_MS, ...options });
}

beforeEach(() => setDefaultCACertificates([...TRUSTED, CERTIFICATE]));
afterEach(async () => {
  client.close();
  await fake.stop();
  setDefaultCACertificates(TRUSTED);
});

test('decisions come over one connection that is kept', async () => {
  await start();
  for (let i = 0; i < 20; i++) expect((await client.limit(QUESTION)).remaining).toBe(7);
  expect(fake.sockets).toHaveLength(1);
});

test('a service whose certificate nobody vouches for is not asked', async () => {
  setDefaultCACertificates(TRUSTED);
  await start();
  const cause = { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' };
  await expect(client.limit(QUESTION)).rejects.toMatchObject({ reason: 'connection', cause });
  expect(fake.asked).toEqual([]);
});

test('a redirect is followed nowhere', async () => {
  await start((res) => res.writeHead(307, { Location: '/elsewhere' }).end());
  await expect(client.limit(QUESTION)).rejects.toMatchObject({ reason: 'answer' });
  expect(fake.asked).toHaveLength(1);
});

test('a connection that breaks while it is asked is not tried again', async () => {
  await start((res) => res.destroy());
  await expect(client.limit(QUESTION)).rejects.toMatchObject({ reason: 'connection' });
  expect(fake.asked).toHaveLength(1);
});

test('the deadline counts the handshake and the answer', async () => {
  await start(() => {}, { timeoutMs: 300 });
  await expect(client.limit(QUESTION)).rejects.toMatchObject({ reason: 'timeout' });
});
