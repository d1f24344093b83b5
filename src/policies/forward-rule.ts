/** Where forward-auth finds the key in what a proxy says of a request. */

/** One part of a key. `name` is in lower case for a header. */
export type KeySource =
  | { readonly from: 'header' | 'cookie' | 'query'; readonly name: string }
  | { readonly from: 'address' | 'path' | 'method' };

/** Where the target of the client's request is found: path and query. */
export const URI_SOURCES = ['x-forwarded-uri', 'x-original-uri', 'target'] as const;
export type UriSource = (typeof URI_SOURCES)[number];

export const FORWARD_STATUSES = [429, 403] as const;

/** What to do where no alternative gives a key: refuse with 400, decide, or use this key. */
export type Missing =
  | { readonly do: 'refuse' }
  | { readonly do: 'decide'; readonly allowed: boolean }
  | { readonly do: 'use'; readonly key: string };

export interface ForwardRule {
  /** Alternatives in order; each is sources that are joined, and all must be there. */
  readonly key: readonly (readonly KeySource[])[];
  readonly uri: UriSource | null;
  readonly denied: (typeof FORWARD_STATUSES)[number];
  /** Which address of X-Forwarded-For is the client's, from the right, beginning with 1. */
  readonly trustedHops: number;
  readonly ipv6Prefix: number;
  readonly missing: Missing;
}

/** A name is printable ASCII that needs no quotes in a field of HTTP. */
export const SOURCE_PATTERN: RegExp =
  /^((header|cookie|query):[!#$%&'*+.^_`|~\w-]{1,64}|address|path|method)$/;

export const SOURCE_WANTED = 'one of header:NAME, cookie:NAME, query:NAME, address, path, method';

export function readSource(text: string): KeySource | null {
  if (!SOURCE_PATTERN.test(text)) return null;
  const [from, name] = text.split(':', 2) as [KeySource['from'], string?];
  if (name === undefined) return { from } as KeySource;
  return { from, name: from === 'header' ? name.toLowerCase() : name } as KeySource;
}

export function sourceText(source: KeySource): string {
  return 'name' in source ? `${source.from}:${source.name}` : source.from;
}
