/** Rules of forward-auth and requests, as tests write them. */
import { type ForwardRule, readSource } from '../../src/policies/forward-rule.ts';
import type { ForwardRequest } from '../../src/policies/forward-value.ts';

/** Alternatives as a file has them. */
export type Alternatives = readonly (string | readonly string[])[];

export function ruleOf(key: Alternatives, more: Partial<ForwardRule> = {}): ForwardRule {
  const sources = key.map((one) => [one].flat().map(sourceOf));
  return {
    key: sources,
    uri: 'target',
    denied: 429,
    trustedHops: 1,
    ipv6Prefix: 64,
    missing: { do: 'refuse' },
    ...more,
  };
}

function sourceOf(text: string) {
  const source = readSource(text);
  if (source === null) throw new Error(`Not a source: ${text}`);
  return source;
}

export function requestOf(request: Partial<ForwardRequest>): ForwardRequest {
  return { method: 'GET', fields: [], target: '', ...request };
}

/** Text as a connection has it: a unit a byte. */
export function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}
