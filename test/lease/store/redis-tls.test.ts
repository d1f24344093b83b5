/** The store over TLS, with files of its own: who vouches for Redis, and what is shown to it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CERTIFICATE, CERTIFICATE_KEY } from '../../support/certificate.ts';
import { freePort } from '../../support/free-port.ts';
import { type RedisServer, startRedis } from '../../support/redis-server.ts';
import { isMissing } from '../../support/resp-tools.ts';
import {
  exchangeOne,
  openStore,
  type TestStore,
  take,
  until,
  untilBeat,
  withRedis,
} from './redis-harness.ts';

let server: RedisServer;
let opened: TestStore | undefined;
let folder: string;
let tlsPort: number;

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

beforeEach(async () => {
  if (isMissing('redis-server')) return;
  folder = mkdtempSync(join(tmpdir(), 'argus-tls-'));
  tlsPort = await freePort();
  const files = ['--tls-cert-file', file('cert', CERTIFICATE)]
    .concat(['--tls-key-file', file('key', CERTIFICATE_KEY)])
    .concat(['--tls-ca-cert-file', file('ca', CERTIFICATE)])
    .concat(['--tls-auth-clients', 'yes']);
  server = await startRedis({ args: ['--tls-port', String(tlsPort), ...files] });
});

afterEach(async () => {
  await opened?.store.close();
  opened = undefined;
  await server?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true });
});

const both = () => ({
  redisCaFile: join(folder, 'ca'),
  redisCertFile: join(folder, 'cert'),
  redisKeyFile: join(folder, 'key'),
});

describe.skipIf(isMissing('redis-server'))('over TLS', () => {
  test('a Redis that wants TLS and is not spoken to over it is away, in words', async () => {
    opened = openStore(`redis://localhost:${tlsPort}`);
    const { lines } = opened;
    await until(() => lines.some((line) => line.includes('Then REDIS_URL begins with rediss://')));
  });

  test('both sides show a certificate, and take that of the other', async () => {
    opened = openStore(`rediss://localhost:${tlsPort}`, both());
    await untilBeat(opened.store);
    expect(await exchangeOne(opened.store, take('alice'))).toMatchObject({ allowed: [true] });
  });

  test('a Redis that wants a certificate and is shown none is away, in words', async () => {
    opened = openStore(`rediss://localhost:${tlsPort}`, { redisCaFile: join(folder, 'ca') });
    const { lines, store } = opened;
    await until(() =>
      lines.some((line) => line.includes('set REDIS_CERT_FILE and REDIS_KEY_FILE')),
    );
    await expect(store.beat()).rejects.toThrow();
  });

  test('a certificate must be made out to the host, or to REDIS_SERVER_NAME', async () => {
    // An address of this machine that the certificate does not name.
    const url = `rediss://127.0.0.2:${tlsPort}`;
    await withRedis(server.port, (redis) => redis.config('SET', 'bind', '127.0.0.1 127.0.0.2'));
    opened = openStore(url, both());
    const { lines } = opened;
    await until(() => lines.some((line) => line.includes('REDIS_SERVER_NAME')));
    await opened.store.close();
    opened = openStore(url, { ...both(), redisServerName: 'localhost' });
    await untilBeat(opened.store);
  });

  test('files that have changed are used for the next connection', async () => {
    const settings = { ...both(), redisPasswordFile: file('password', 'first') };
    const allow = (...rules: readonly string[]) =>
      withRedis(server.port, (redis) => redis.acl('SETUSER', 'argus', ...rules));
    await allow('on', '>first', '~*', '+@all');
    opened = openStore(`rediss://argus@localhost:${tlsPort}`, settings);
    const { store, lines } = opened;
    await untilBeat(store);
    file('password', 'second\n');
    await allow('resetpass', '>second');
    store.reconnect();
    await until(() => opened?.losses() === 1);
    await untilBeat(store);
    expect(lines.filter((line) => line.includes('WRONGPASS'))).toEqual([]);
    // And where they are gone, what was read last is as good as ever.
    rmSync(join(folder, 'password'));
    store.reconnect();
    await until(() => opened?.losses() === 2);
    await untilBeat(store);
    expect(lines.some((line) => /Cannot read REDIS_PASSWORD_FILE.*going on/.test(line))).toBe(true);
  });
});
