/** A running service over TLS, with an authority that nobody but its clients know. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ArgusClient, type ClientTls } from '../../src/client/client.ts';
import { freshKey } from '../support/ask.ts';
import { runService, type Service, startService } from '../support/service.ts';
import { TlsFiles } from '../support/tls-files.ts';
import { PATIENCE_MS } from './fake-service.ts';

const files = new TlsFiles();
/** Vouches for clients. */
const authority = new TlsFiles();
const identity = authority.issue('/CN=a client');
const { ca } = files;

let service: Service;
let strict: Service;
beforeAll(async () => {
  const flags = ['--threads', '1', ...files.flags];
  service = await startService({ flags: [...flags, '--host', '0.0.0.0'] });
  strict = await startService({ flags: [...flags, '--tls-client-ca-file', authority.caFile] });
});
afterAll(async () => {
  expect(await service.stop()).toBe(0);
  expect(await strict.stop()).toBe(0);
  files.remove();
  authority.remove();
});

async function ask(of: Service, tls: ClientTls | undefined, host = 'localhost'): Promise<boolean> {
  const url = `https://${host}:${of.port}`;
  const client = new ArgusClient({ url, timeoutMs: PATIENCE_MS, tls });
  try {
    return (await client.limit({ key: freshKey(), capacity: 1, interval: 1 })).allowed;
  } finally {
    client.close();
  }
}

test('is asked by who trusts its authority', async () => {
  expect(await ask(service, { ca })).toBe(true);
  expect(await ask(service, { ca: authority.ca + ca })).toBe(true);
});

test('is not asked by who does not, or who looks for another name', async () => {
  const reason = 'connection';
  const unknown = { reason, cause: { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' } };
  await expect(ask(service, undefined)).rejects.toMatchObject(unknown);
  await expect(ask(service, { ca: authority.ca })).rejects.toMatchObject(unknown);
  const other = { reason, cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } };
  await expect(ask(service, { ca }, '127.0.0.2')).rejects.toMatchObject(other);
});

test('cannot be told to trust whomever by what is beside ca, cert and key', async () => {
  const tls = { ca: authority.ca, rejectUnauthorized: false };
  await expect(ask(service, tls)).rejects.toMatchObject({ reason: 'connection' });
});

test('is asked with a certificate where it wants one, and by nobody without', async () => {
  expect(await ask(strict, { ca, ...identity })).toBe(true);
  await expect(ask(strict, { ca })).rejects.toMatchObject({ reason: 'connection' });
});

test('is asked by who was started with its authority', async () => {
  const script = new URL('./ask-once.ts', import.meta.url).pathname;
  const env = { NODE_EXTRA_CA_CERTS: files.caFile };
  const run = runService({ script, env, flags: [`https://localhost:${service.port}`] });
  expect([await run.ended, run.output()]).toEqual([0, 'true\n']);
});

//  what, tls, what is said
const half = identity.cert.slice(0, 200);
test.each([
  ['no PEM', { ca: 'ca.crt' }, 'tls.ca must be in PEM'],
  ['nothing', { ca: '' }, 'tls.ca must be in PEM'],
  ['another type', { key: 5 as never }, 'tls.key must be in PEM'],
  ['no key', { cert: identity.cert }, 'tls must have both cert and key, or neither'],
  ['no certificate', { key: identity.key }, 'tls must have both cert and key, or neither'],
  ["another's key", { ...identity, key: authority.issue().key }, /^tls cannot be used: /],
  ['half a certificate', { ...identity, cert: half }, /^tls cannot be used: /],
] as const)('tls with %s is refused', (_, tls, words) => {
  expect(() => new ArgusClient({ url: 'https://localhost:1', tls })).toThrow(words);
});

test('tls without https is refused', () => {
  const words = 'tls must come with a url that begins with https://';
  expect(() => new ArgusClient({ url: 'http://localhost:1', tls: { ca } })).toThrow(words);
});
