/**
 * The name of the bucket that a descriptor leads to.
 *
 * Lengths stand before all that may hold anything, so that no two descriptors have one name: a
 * domain, and then keys and values in turn. A pattern that shares its bucket stands with a star in
 * the place of the value, and a unit that is not the rule's with a slash at the end: no length
 * begins so.
 */
import { hash } from 'node:crypto';
import { MOST_KEY_BYTES } from '../contract/bounds.ts';
import { inNamespace } from '../lib/namespace.ts';

export interface BucketOf {
  readonly domain: string;
  /** Keys and values in turn. */
  readonly entries: readonly string[];
  /** In the place of each value the pattern that shares its bucket, or null; null for none. */
  readonly shared: readonly (string | null)[] | null;
  /** Of a limit that the descriptor brings along and that is counted apart; 0 for none. */
  readonly unit: number;
}

export function bucketName({ domain, entries, shared, unit }: BucketOf): string {
  let name = `${domain.length}:${domain}`;
  for (let i = 0; i < entries.length; i += 2) {
    const key = entries[i] as string;
    const value = entries[i + 1] as string;
    const pattern = shared === null ? null : (shared[i / 2] ?? null);
    name += `${key.length}:${key}`;
    name += pattern === null ? `${value.length}:${value}` : `*${pattern.length}:${pattern}`;
  }
  if (unit !== 0) name += `/${unit}`;
  if (name.length > MOST_KEY_BYTES) name = `#${hash('sha256', Buffer.from(name, 'latin1'), 'hex')}`;
  return inNamespace('envoy', name);
}

/** A bucket that no descriptor leads to. */
export const NO_BUCKET: string = inNamespace('envoy', '!');
