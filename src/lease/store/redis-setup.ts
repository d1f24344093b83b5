/**
 * What a connection to one server begins with: user, database, and what kind of server it is.
 *
 * Used by the connection to Redis. ioredis takes a refused database for talk and goes on in
 * another, so nothing of this is left to it.
 */
import type { Redis } from 'ioredis';
import type { Credentials } from './redis-access.ts';
import { CLIENT_NAME } from './redis-client.ts';
import type { RedisTarget } from './redis-url.ts';

/** `unknown`: older than version 6, or something in between that does not say. */
export type ServerMode = 'standalone' | 'cluster' | 'unknown';

/**
 * Rejects with what the server has against it. REQUIRES: the client is ready, and was sent nothing.
 */
export async function setUp(
  client: Redis,
  target: RedisTarget,
  { username, password }: Credentials,
): Promise<ServerMode> {
  const secrets = username === '' ? [password] : [username, password];
  const isNamed = username !== '' || password !== '';
  const [auth, hello, select] = await Promise.allSettled([
    isNamed ? client.call('AUTH', ...secrets) : null,
    client.call('HELLO', '2'),
    target.database === 0 ? null : client.call('SELECT', String(target.database)),
    client.call('CLIENT', 'SETNAME', CLIENT_NAME),
  ]);
  if (auth.status === 'rejected') throw auth.reason;
  const mode = hello.status === 'fulfilled' ? modeOf(hello.value) : withoutHello(hello.reason);
  if (mode === 'sentinel') {
    throw new Error('it is a sentinel: REDIS_URL must be redis+sentinel://host:port/master');
  }
  if (mode === 'cluster' && target.database !== 0) {
    throw new Error(`a cluster has no database ${target.database}: REDIS_URL must name none`);
  }
  if (select.status === 'rejected') throw select.reason;
  return mode;
}

/** The answer to HELLO is a list of names and values. */
function modeOf(answer: unknown): ServerMode | 'sentinel' {
  const list = Array.isArray(answer) ? answer : [];
  const mode: unknown = list[list.indexOf('mode') + 1];
  return mode === 'cluster' || mode === 'standalone' || mode === 'sentinel' ? mode : 'unknown';
}

function withoutHello(error: Error): ServerMode {
  if (/unknown command|unsupported|NOPROTO|not supported/i.test(error.message)) return 'unknown';
  throw error;
}
