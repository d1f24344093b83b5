/**
 * Reads `REDIS_URL`: where the store is, and how to be let in.
 *
 * One URL is one server, `redis://[[user]:password@]host[:port][/database]`, or a cluster that it
 * belongs to; several with commas between them are nodes of one cluster. `redis+sentinel://` names
 * sentinels, and by what name they know the server. `rediss` in place of `redis` is over TLS. A
 * user or password may hold any character once it is percent-encoded. No fault ever shows a part of
 * what was read.
 */

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

export interface RedisTarget {
  /** A server may turn out to be a node of a cluster. */
  readonly kind: 'server' | 'cluster' | 'sentinel';
  /** The server, nodes of the cluster that know the others, or sentinels. */
  readonly addresses: readonly RedisAddress[];
  /** By what name sentinels know the server; else empty. */
  readonly master: string;
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
const DEFAULT_SENTINEL_PORT = 26_379;

const ENCODED =
  'must have user and password percent-encoded: / as %2F, # as %23, ? as %3F, @ as %40, % as %25, ' +
  'a comma as %2C; or have them in REDIS_USERNAME and REDIS_PASSWORD instead';

const SENTINEL =
  /^(?<scheme>rediss?)\+sentinel:\/\/(?<user>[^@/?#]*@)?(?<hosts>[^@/?#]+)\/(?<master>[\w.-]+)(?<database>\/\d{1,5})?$/;

export function readRedisUrl(text: string): RedisUrlRead {
  if (/^rediss?\+sentinel:/.test(text.trim())) return readSentinels(text.trim());
  const targets: RedisTarget[] = [];
  for (const part of text.split(',')) {
    const read = readOne(part.trim());
    if (!read.ok) return read;
    targets.push(read.target);
  }
  return joined(targets, 'cluster');
}

function readSentinels(text: string): RedisUrlRead {
  const { scheme, user, hosts, master, database } = SENTINEL.exec(text)?.groups ?? {};
  if (hosts === undefined || master === undefined) {
    if (/@.*@|[/?#].*@/.test(text.slice(text.indexOf('//') + 2))) return refuse(ENCODED);
    return refuse(
      'must be redis+sentinel://user:password@host:port,host:port/name-of-the-master/database',
    );
  }
  const targets: RedisTarget[] = [];
  for (const host of hosts.split(',')) {
    const one = `${scheme}://${user ?? ''}${host.trim()}`;
    const read = readOne(one, DEFAULT_SENTINEL_PORT);
    if (!read.ok) return read;
    targets.push(read.target);
  }
  const read = joined(targets, 'sentinel');
  if (!read.ok) return read;
  const number = Number((database ?? '/0').slice(1));
  return { ok: true, target: { ...read.target, kind: 'sentinel', master, database: number } };
}

/** What many URLs mean together: `kind` where there is more than one. */
function joined(targets: readonly RedisTarget[], kind: RedisTarget['kind']): RedisUrlRead {
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
  return { ok: true, target: { ...first, addresses, kind } };
}

function readOne(text: string, defaultPort = DEFAULT_PORT): RedisUrlRead {
  if (!/^rediss?:\/\//.test(text)) {
    return refuse(text.includes('@') ? ENCODED : 'must begin with redis:// or rediss://');
  }
  // What is not encoded in a password ends the part where a password may be.
  if (/^\w+:\/\/[^@/?#]*[/?#].*@/.test(text)) return refuse(ENCODED);
  const url = URL.parse(text);
  const username = url && decoded(url.username);
  const password = url && decoded(url.password);
  if (url === null || username === null || password === null) {
    return refuse(`must be redis://user:password@host:port/database; it ${ENCODED}`);
  }
  if (!/^([\w.-]+|\[.+\])$/.test(url.hostname)) return refuse('must name a host, in ASCII');
  if (url.port === '0') return refuse('must have a port from 1 to 65535');
  if (url.search !== '' || url.hash !== '') return refuse('must end with the database');
  const database = /^\/?(\d{0,5})$/.exec(url.pathname)?.[1];
  if (database === undefined) return refuse('must have a number for its database');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const target: RedisTarget = {
    kind: 'server',
    addresses: [{ host, port: Number(url.port) || defaultPort }],
    master: '',
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
