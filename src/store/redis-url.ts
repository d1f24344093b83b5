/**
 * Reads `REDIS_URL`: where the store is, and how to be let in.
 *
 * One URL is one server, `redis://[[user]:password@]host[:port][/database]`; `rediss://` is over TLS.
 * Several with commas between them are nodes of one cluster. A user or password may hold any
 * character once it is percent-encoded. No fault ever shows a part of what was read.
 */

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

export interface RedisTarget {
  /** One server, or nodes of a cluster that know the others. */
  readonly addresses: readonly RedisAddress[];
  readonly isCluster: boolean;
  readonly isTls: boolean;
  /** Empty: the server's default user. */
  readonly username: string;
  /** Empty: none. */
  readonly password: string;
  /** A cluster has only database 0. */
  readonly database: number;
}

/** A fault goes on where the name of the setting ended: `must name a host`. */
export type RedisUrlRead =
  | { readonly ok: true; readonly target: RedisTarget }
  | { readonly ok: false; readonly fault: string };

const DEFAULT_PORT = 6379;

export function readRedisUrl(text: string): RedisUrlRead {
  const targets: RedisTarget[] = [];
  for (const part of text.split(',')) {
    const read = readOne(part.trim());
    if (!read.ok) return read;
    targets.push(read.target);
  }
  const [first, ...others] = targets as [RedisTarget, ...RedisTarget[]];
  if (others.length === 0) return { ok: true, target: first };
  if (others.some(({ isTls }) => isTls !== first.isTls)) {
    return refuse('must begin with redis:// in all its URLs, or with rediss:// in all');
  }
  const isOther = (other: RedisTarget) =>
    other.username !== first.username || other.password !== first.password;
  if (others.some(isOther)) {
    return refuse('must have the same user and password in all its URLs');
  }
  if (targets.some(({ database }) => database !== 0)) {
    return refuse('must name no database where it names several nodes: a cluster has only 0');
  }
  const addresses = targets.flatMap((target) => target.addresses);
  return { ok: true, target: { ...first, addresses, isCluster: true } };
}

function readOne(text: string): RedisUrlRead {
  if (!/^rediss?:\/\//.test(text)) return refuse('must begin with redis:// or rediss://');
  const url = URL.parse(text);
  const username = url && decoded(url.username);
  const password = url && decoded(url.password);
  if (url === null || username === null || password === null) {
    return refuse('must be redis://user:password@host:port/database, user and password encoded');
  }
  if (!/^([\w.-]+|\[.+\])$/.test(url.hostname)) return refuse('must name a host, in ASCII');
  if (url.port === '0') return refuse('must have a port from 1 to 65535');
  if (url.search !== '' || url.hash !== '') return refuse('must end with the database');
  const database = /^\/?(\d{0,5})$/.exec(url.pathname)?.[1];
  if (database === undefined) return refuse('must have a number for its database');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const target: RedisTarget = {
    addresses: [{ host, port: Number(url.port) || DEFAULT_PORT }],
    isCluster: false,
    isTls: url.protocol === 'rediss:',
    username,
    password,
    database: Number(database),
  };
  return { ok: true, target };
}

/** Null where the encoding is wrong. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function refuse(fault: string): RedisUrlRead {
  return { ok: false, fault };
}
