/**
 * The names of all that is kept in Redis.
 *
 * Used by the Redis store. `P` is REDIS_PREFIX, and all names begin with it and a colon, so that
 * `~P:*` is all that a user of Redis needs to be let at. A prefix has no colon: no name of one
 * prefix is one of another.
 *
 *   P:b:KEY         the bucket of a key
 *   P:b:{DIGEST}    that of a key with a `{` in it: no client chooses where in a cluster it is
 *   P:b:{N}         holds nothing: what a probe writes, and takes away again
 *   P:r:N           holds nothing: what an instance looks at before anybody asks
 *   P:instances     who is there
 *   P:p:{DIGEST}:LIMIT    that of a limit of a policy; of `policy NUL key`, so that all limits of a
 *                         policy and key are in one slot of a cluster
 *   P:e:{DIGEST}    that of descriptors as Envoy sends them
 *
 * DIGEST is a SHA-256, 64 hexadecimal digits. A plain key has no `{`, so none is named as a digest
 * is.
 */
import { createHash } from 'node:crypto';
import { NAMESPACES, namespaceOf, withoutNamespace } from '../../lib/namespace.ts';

/** What REDIS_PREFIX may be: none of it means anything in a pattern, or to a cluster. */
export const PREFIX_PATTERN = /^[\w.-]{1,64}$/;

export function bucketName(prefix: string, key: string): string {
  const namespace = NAMESPACES[namespaceOf(key)] ?? 'plain';
  const text = withoutNamespace(key);
  switch (namespace) {
    case 'plain':
      return `${prefix}:b:${text.includes('{') ? `{${digestOf(text)}}` : text}`;
    case 'policy': {
      const end = text.indexOf('\0');
      return `${prefix}:p:{${digestOf(text.slice(end + 1))}}:${text.slice(0, end)}`;
    }
    case 'envoy':
      return `${prefix}:e:{${digestOf(text)}}`;
    default:
      return namespace satisfies never;
  }
}

/** No key is named so, whatever the number: it is shorter than a digest. */
export function probeName(prefix: string, number: number): string {
  return `${prefix}:b:{${number}}`;
}

/** Of what nobody can ask for. */
export function rehearsalName(prefix: string, key: string): string {
  return `${prefix}:r:${key}`;
}

export function instancesName(prefix: string): string {
  return `${prefix}:instances`;
}

function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
