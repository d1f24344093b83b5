/**
 * How to be let in at Redis: what `REDIS_URL` says of it, and the settings beside it.
 *
 * Used by the configuration, which refuses what does not go together or cannot be read, and by the
 * Redis store, which reads the files again for each connection: a secret that was changed is used
 * from the next one on. No fault ever shows a secret.
 */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { type RedisTarget, readRedisUrl } from './redis-url.ts';

/** As in the configuration; empty is not set. */
export interface RedisSettings {
  readonly redisUrl: string;
  readonly redisUsername: string;
  readonly redisPassword: string;
  readonly redisPasswordFile: string;
  readonly redisCaFile: string;
  readonly redisCertFile: string;
  readonly redisKeyFile: string;
  readonly redisServerName: string;
}

export interface RedisAccess {
  readonly target: RedisTarget;
  /** Empty where there is none, as all that follow. */
  readonly passwordFile: string;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** What the certificate of every server is made out to. */
  readonly serverName: string;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** Null: no TLS. */
  readonly tls: TlsOptions | null;
}

export interface TlsOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
}

/** A fault is a whole sentence, with the names of variables in it. */
export type RedisAccessRead =
  | { readonly ok: true; readonly access: RedisAccess }
  | { readonly ok: false; readonly fault: string };

/** By the names of their variables. */
type Named = readonly (readonly [name: string, text: string])[];

/**
 * REQUIRES: `redisUrl` is empty, or was read without a fault. Reads the files, to see that it can.
 */
export function readRedisAccess(settings: RedisSettings): RedisAccessRead {
  const fault = faultOf(settings);
  if (fault !== null) return { ok: false, fault };
  const access = redisAccessOf(settings);
  if (settings.redisUrl === '') return { ok: true, access };
  try {
    readCredentials(access);
  } catch (error) {
    return { ok: false, fault: (error as Error).message };
  }
  return { ok: true, access };
}

/** Throws an error that says what cannot be read. */
export function readCredentials(access: RedisAccess): Credentials {
  const { target, passwordFile, serverName } = access;
  const secret = passwordFile && read('REDIS_PASSWORD_FILE', passwordFile).replace(/\r?\n$/, '');
  if (passwordFile !== '' && secret === '') {
    throw new Error(`There is no password in REDIS_PASSWORD_FILE, ${passwordFile}`);
  }
  const { username } = target;
  const password = secret || target.password;
  if (!target.isTls) return { username, password, tls: null };
  const tls = {
    ...(access.caFile && { ca: read('REDIS_CA_FILE', access.caFile) }),
    ...(access.certFile && { cert: read('REDIS_CERT_FILE', access.certFile) }),
    ...(access.keyFile && { key: read('REDIS_KEY_FILE', access.keyFile) }),
    ...(serverName && { servername: serverName }),
  };
  try {
    createSecureContext(tls);
  } catch (error) {
    const files = 'REDIS_CA_FILE, REDIS_CERT_FILE and REDIS_KEY_FILE';
    throw new Error(
      `${files} must be PEM, and the key that of the certificate: ${(error as Error).message}`,
    );
  }
  return { username, password, tls };
}

/** REQUIRES: readRedisAccess() has no fault to find in them. */
export function redisAccessOf(settings: RedisSettings): RedisAccess {
  const url = readRedisUrl(settings.redisUrl || 'redis://none');
  if (!url.ok) throw new Error(`REDIS_URL ${url.fault}`);
  const { target } = url;
  return {
    target: {
      ...target,
      username: settings.redisUsername || target.username,
      password: settings.redisPassword || target.password,
    },
    passwordFile: settings.redisPasswordFile,
    caFile: settings.redisCaFile,
    certFile: settings.redisCertFile,
    keyFile: settings.redisKeyFile,
    serverName: settings.redisServerName,
  };
}

/** What does not go together. */
function faultOf(settings: RedisSettings): string | null {
  const { redisUrl, redisUsername, redisPassword, redisPasswordFile } = settings;
  const secrets: Named = [
    ['REDIS_PASSWORD', redisPassword],
    ['REDIS_PASSWORD_FILE', redisPasswordFile],
  ];
  const files: Named = [
    ['REDIS_CA_FILE', settings.redisCaFile],
    ['REDIS_CERT_FILE', settings.redisCertFile],
    ['REDIS_KEY_FILE', settings.redisKeyFile],
    ['REDIS_SERVER_NAME', settings.redisServerName],
  ];
  const all: Named = [['REDIS_USERNAME', redisUsername], ...secrets, ...files];
  const nameOf = (named: Named) => named.find(([, text]) => text !== '')?.[0];
  if (redisUrl === '') {
    const name = nameOf(all);
    return name === undefined ? null : `${name} is set, but REDIS_URL, which it is for, is not`;
  }
  const { target } = redisAccessOf({ ...settings, redisUsername: '', redisPassword: '' });
  const twice = [
    target.username && nameOf([['REDIS_USERNAME', redisUsername]]),
    target.password && nameOf(secrets),
  ].find(Boolean);
  if (twice) return `What ${twice} is for stands in REDIS_URL too: leave it in one of them`;
  if (secrets.every(([, text]) => text !== '')) {
    return 'REDIS_PASSWORD and REDIS_PASSWORD_FILE are both set: leave one of them';
  }
  if ((settings.redisCertFile === '') !== (settings.redisKeyFile === '')) {
    const [set, unset] = settings.redisCertFile === '' ? ['KEY', 'CERT'] : ['CERT', 'KEY'];
    return `REDIS_${set}_FILE is set, but REDIS_${unset}_FILE, which belongs to it, is not`;
  }
  const idle = nameOf(files);
  if (idle === undefined || target.isTls) return null;
  return `${idle} is set, but REDIS_URL does not begin with rediss, so nothing goes over TLS`;
}

function read(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`Cannot read ${name}: ${(error as Error).message}`);
  }
}
