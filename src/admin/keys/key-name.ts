/** How a request of an operator names buckets, and the keys that they have in the table. */
import { bytesOf as bytesOfText } from '../../envoy/request.ts';
import { inNamespace, NAMESPACES } from '../../lib/namespace.ts';
import { Key, LENGTH_BITS } from '../../memory/key.ts';
import { keyText } from '../../memory/key-text.ts';
import { readKeyId } from '../key-id.ts';

export type KeyName =
  /** What reports call `id`. */
  | { readonly by: 'id'; readonly id: string }
  | { readonly by: 'plain'; readonly key: string }
  /** Without a limit, all of the policy that hold for the key. */
  | {
      readonly by: 'policy';
      readonly policy: string;
      readonly limit: string | null;
      readonly key: string;
    }
  /** The name of the bucket, as reports tell it. */
  | { readonly by: 'envoy'; readonly key: string };

/** A bucket of the table, be it there or not. */
export interface NamedBucket {
  readonly key: Key;
  /** All of the key, with the mark of its namespace; null where only a part of it is kept. */
  readonly text: string | null;
}

export function bucketOf(text: string): NamedBucket {
  const key = new Key();
  key.set(text);
  return { key, text };
}

/** Null for what is no id. */
export function bucketById(id: string): NamedBucket | null {
  const key = readKeyId(id);
  return key === null ? null : { key, text: textOf(key) };
}

export function textOfEnvoy(key: string): string {
  return inNamespace('envoy', bytesOfText(key));
}

export function textOfPolicy(policy: string, limit: string, key: string): string {
  return inNamespace('policy', `${limit}\0${policy}\0${key}`);
}

function textOf({ words, length }: Key): string | null {
  const { text, sha256 } = keyText(words, length);
  if (sha256 !== null) return null;
  const namespace = NAMESPACES[length >>> LENGTH_BITS];
  return namespace === undefined || namespace === 'plain' ? text : inNamespace(namespace, text);
}
