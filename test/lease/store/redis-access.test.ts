/** How to be let in at Redis: what goes together, what can be read, and that no secret is said. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type RedisSettings,
  readCredentials,
  readRedisAccess,
} from '../../../src/lease/store/redis-access.ts';
import { CERTIFICATE, CERTIFICATE_KEY } from '../../support/certificate.ts';
import { NO_SETTINGS } from './redis-harness.ts';

let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'argus-access-'));
  writeFileSync(at('password'), 'hunter2\n');
  writeFileSync(at('windows'), 'a b\r\n');
  writeFileSync(at('blank'), '\n');
  writeFileSync(at('cert'), CERTIFICATE);
  writeFileSync(at('key'), CERTIFICATE_KEY);
});

afterAll(() => rmSync(folder, { recursive: true }));

/** `FOLDER/` in a setting is the folder of the files. */
function read(settings: Partial<RedisSettings>) {
  const named = Object.entries(settings).map(([name, text]) => [
    name,
    text.replace('FOLDER', folder),
  ]);
  return readRedisAccess({ ...NO_SETTINGS, ...Object.fromEntries(named) });
}

function credentials(settings: Partial<RedisSettings>) {
  const result = read(settings);
  if (!result.ok) throw new Error(result.fault);
  return readCredentials(result.access);
}

describe('what lets in', () => {
  test.each<[Partial<RedisSettings>, object]>([
    [{ redisUrl: 'redis://h' }, { username: '', password: '', tls: null }],
    [{ redisUrl: 'redis://me:s@h' }, { username: 'me', password: 's', tls: null }],
    [
      { redisUrl: 'redis://h', redisPassword: '/#@%' },
      { username: '', password: '/#@%' },
    ],
    [
      { redisUrl: 'redis://me@h', redisPassword: 's' },
      { username: 'me', password: 's' },
    ],
    [
      { redisUrl: 'redis://:s@h', redisUsername: 'me' },
      { username: 'me', password: 's' },
    ],
    [{ redisUrl: 'redis://h', redisPasswordFile: 'FOLDER/password' }, { password: 'hunter2' }],
    [{ redisUrl: 'redis://h', redisPasswordFile: 'FOLDER/windows' }, { password: 'a b' }],
    [{ redisUrl: 'rediss://h' }, { tls: {} }],
    [
      { redisUrl: 'rediss+sentinel://h/m', redisServerName: 'r', redisCaFile: 'FOLDER/cert' },
      { tls: { servername: 'r', ca: CERTIFICATE } },
    ],
    [
      { redisUrl: 'rediss://h', redisCertFile: 'FOLDER/cert', redisKeyFile: 'FOLDER/key' },
      { tls: { cert: CERTIFICATE, key: CERTIFICATE_KEY } },
    ],
  ])('of %o', (settings, wanted) => {
    expect(credentials(settings)).toMatchObject(wanted);
  });

  test('is nothing where nothing is shared', () => {
    expect(read({}).ok).toBe(true);
  });

  test('is read again each time', () => {
    writeFileSync(at('changes'), 'before');
    const result = read({ redisUrl: 'redis://h', redisPasswordFile: at('changes') });
    if (!result.ok) throw new Error(result.fault);
    writeFileSync(at('changes'), 'after');
    expect(readCredentials(result.access).password).toBe('after');
  });
});

describe('what does not go together', () => {
  test.each<[Partial<RedisSettings>, string | RegExp]>([
    [{ redisUsername: 'me' }, 'REDIS_USERNAME is set, but REDIS_URL, which it is for, is not'],
    [{ redisCaFile: '/x' }, 'REDIS_CA_FILE is set, but REDIS_URL, which it is for, is not'],
    [
      { redisUrl: 'redis://:a@h', redisPassword: 'hunter2' },
      'What REDIS_PASSWORD is for stands in REDIS_URL too: leave it in one of them',
    ],
    [
      { redisUrl: 'redis://:a@h', redisPasswordFile: 'FOLDER/password' },
      'What REDIS_PASSWORD_FILE is for stands in REDIS_URL too: leave it in one of them',
    ],
    [
      { redisUrl: 'redis://you:a@h', redisUsername: 'me' },
      'What REDIS_USERNAME is for stands in REDIS_URL too: leave it in one of them',
    ],
    [
      { redisUrl: 'redis://h', redisPassword: 'hunter2', redisPasswordFile: 'FOLDER/password' },
      'REDIS_PASSWORD and REDIS_PASSWORD_FILE are both set: leave one of them',
    ],
    [
      { redisUrl: 'rediss://h', redisCertFile: 'FOLDER/cert' },
      'REDIS_CERT_FILE is set, but REDIS_KEY_FILE, which belongs to it, is not',
    ],
    [
      { redisUrl: 'rediss://h', redisKeyFile: 'FOLDER/key' },
      'REDIS_KEY_FILE is set, but REDIS_CERT_FILE, which belongs to it, is not',
    ],
    [
      { redisUrl: 'redis://h', redisCaFile: 'FOLDER/cert' },
      'REDIS_CA_FILE is set, but REDIS_URL does not begin with rediss, so nothing goes over TLS',
    ],
    [
      { redisUrl: 'redis+sentinel://h/m', redisServerName: 'r' },
      /^REDIS_SERVER_NAME is set, but REDIS_URL does not begin with rediss/,
    ],
    [
      { redisUrl: 'redis://h', redisPasswordFile: 'FOLDER/none' },
      /^Cannot read REDIS_PASSWORD_FILE: ENOENT.*none/,
    ],
    [
      { redisUrl: 'redis://h', redisPasswordFile: 'FOLDER' },
      /^Cannot read REDIS_PASSWORD_FILE: EISDIR/,
    ],
    [
      { redisUrl: 'redis://h', redisPasswordFile: 'FOLDER/blank' },
      /^There is no password in REDIS_PASSWORD_FILE, .*blank$/,
    ],
    [{ redisUrl: 'rediss://h', redisCaFile: 'FOLDER/none' }, /^Cannot read REDIS_CA_FILE: ENOENT/],
    [
      { redisUrl: 'rediss://h', redisCertFile: 'FOLDER/password', redisKeyFile: 'FOLDER/key' },
      /^REDIS_CA_FILE, REDIS_CERT_FILE and REDIS_KEY_FILE must be PEM/,
    ],
  ])('%o is refused in a sentence', (settings, fault) => {
    const result = read(settings);
    expect(result).toMatchObject({
      ok: false,
      fault: typeof fault === 'string' ? fault : expect.stringMatching(fault),
    });
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });
});
