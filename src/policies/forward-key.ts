/**
 * The key of forward-auth: where a rule finds it in what a proxy says of a request.
 *
 * Two requests have one key only if the same alternative was there, with the same values. A text of
 * one source begins with the name of that source, one of several with a digit.
 *
 * Used by the route of forward-auth. Takes time linear in the request for each source.
 */
import { hash } from 'node:crypto';
import { MOST_KEY_BYTES } from '../contract/bounds.ts';
import type { ForwardRule, KeySource } from './forward-rule.ts';
import { type ForwardRequest, forwardValue } from './forward-value.ts';

export interface ForwardKey {
  /** By which a bucket is found: the subject, or its SHA-256 where that is too long for a key. */
  readonly key: string;
  /**
   * What overrides see: `address:192.0.2.1`, `header.x-api-key:abc`; of joined sources each with
   * the bytes of its value before it: `9:address:192.0.2.1,6:path:/users`.
   */
  readonly subject: string;
}

/** Of the first alternative that is there; null where none is. */
export function forwardKey(rule: ForwardRule, request: ForwardRequest): ForwardKey | null {
  for (const sources of rule.key) {
    const subject = subjectOf(sources, rule, request);
    if (subject !== null) return { key: keyOf(subject), subject };
  }
  return null;
}

function subjectOf(
  sources: readonly KeySource[],
  rule: ForwardRule,
  request: ForwardRequest,
): string | null {
  const parts: string[] = [];
  for (const source of sources) {
    const value = forwardValue(source, rule, request);
    if (value === null) return null;
    const part = `${labelOf(source)}:${value}`;
    parts.push(sources.length === 1 ? part : `${Buffer.byteLength(value)}:${part}`);
  }
  return parts.join(',');
}

/** No colon is in it: a name has none. */
function labelOf(source: KeySource): string {
  return 'name' in source ? `${source.from}.${source.name}` : source.from;
}

/** A digest has no colon, and every subject has one. */
function keyOf(subject: string): string {
  if (Buffer.byteLength(subject) <= MOST_KEY_BYTES) return subject;
  return hash('sha256', subject, 'hex');
}
