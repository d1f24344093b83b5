/** Which bucket a path and its query name, read strictly. */
import type { KeyName } from '../../../admin/keys/key-name.ts';
import { MOST_KEY_BYTES } from '../../../contract/bounds.ts';
import { NAMESPACES } from '../../../lib/namespace.ts';
import { shown } from '../../../lib/shown.ts';
import type { BadParameter, Target } from './answer.ts';
import { readQuery } from './query.ts';

export type NameReading = { readonly ok: true; readonly of: KeyName } | BadParameter;

/** The part of the path that names it, in `/v1/buckets/{id}` and in `/v1/keys/{key}`. */
const NAME_PART = 2;
/** Names of policies and limits have at most 64 characters, and no control characters. */
export const NAME_PATTERN = '^[^\\u0000-\\u001f\\u007f-\\u009f]{1,64}$';
const NAME = new RegExp(NAME_PATTERN, 'u');

export function readBucket({ target, parts }: Target): NameReading {
  const query = readQuery(target, []);
  if (!query.ok) return query;
  return { ok: true, of: { by: 'id', id: parts[NAME_PART] ?? '' } };
}

export function readKey({ target, parts }: Target): NameReading {
  const query = readQuery(target, ['namespace', 'policy', 'limit']);
  if (!query.ok) return query;
  const text = parts[NAME_PART] ?? '';
  const key = decodedOfPath(text);
  if (key === null) return bad('key', 'percent-encoded UTF-8', text);
  const bytes = Buffer.byteLength(key);
  if (bytes > MOST_KEY_BYTES) {
    return {
      ok: false,
      field: 'key',
      fault: `key must have 1 to ${MOST_KEY_BYTES} bytes, has ${bytes}`,
    };
  }
  const { namespace = query.values.policy === undefined ? 'plain' : 'policy' } = query.values;
  const known = NAMESPACES.find((name) => name === namespace);
  if (known === undefined) return bad('namespace', NAMESPACES.join(', '), namespace);
  if (known === 'policy') return ofPolicy(key, query.values);
  for (const field of ['policy', 'limit'] as const) {
    const value = query.values[field];
    if (value !== undefined) return bad(field, `left out where namespace is ${known}`, value);
  }
  return { ok: true, of: { by: known, key } };
}

function ofPolicy(
  key: string,
  { policy, limit = null }: { readonly policy?: string; readonly limit?: string | null },
): NameReading {
  const wanted = 'a name of 1 to 64 characters';
  if (policy === undefined || !NAME.test(policy)) return bad('policy', wanted, policy);
  if (limit !== null && !NAME.test(limit)) return bad('limit', wanted, limit);
  return { ok: true, of: { by: 'policy', policy, limit, key } };
}

/** Unlike in a query a plus is one. */
function decodedOfPath(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function bad(field: string, wanted: string, is: string | undefined): BadParameter {
  return { ok: false, field, fault: `${field} must be ${wanted}, is ${shown(is)}` };
}
