/**
 * What a proxy says of a request of its client, one source at a time.
 *
 * The client has written most of it. What is there twice, empty, or in no encoding counts as not
 * there: one reader would take the first, another the last.
 */
import { isUtf8 } from 'node:buffer';
import { networkKey } from '../contract/address.ts';
import type { ForwardRule, KeySource } from './forward-rule.ts';

/** The question of a proxy. All text is as it came: a unit a byte. */
export interface ForwardRequest {
  readonly method: string;
  /** Names and values by turns. */
  readonly fields: readonly string[];
  /** What stands behind the policy in the target: a path, a query, both or nothing. */
  readonly target: string;
}

const ADDRESSES_FIELD = 'x-forwarded-for';
/** Where the client's method is said, by where its target is. */
const METHOD_FIELDS = {
  'x-forwarded-uri': 'x-forwarded-method',
  'x-original-uri': 'x-original-method',
} as const;
/** Of a character that is percent-encoded: `%41`. */
const ENCODED_LENGTH = 3;

export function forwardValue(
  source: KeySource,
  rule: ForwardRule,
  request: ForwardRequest,
): string | null {
  switch (source.from) {
    case 'header':
      return textOf(fieldOf(request, source.name));
    case 'cookie':
      return cookieOf(request, source.name);
    case 'query':
      return parameterOf(uriOf(rule, request).query, source.name);
    case 'address':
      return addressOf(rule, request);
    case 'path':
      return decoded(uriOf(rule, request).path);
    case 'method':
      return methodOf(rule, request);
    default:
      return source satisfies never;
  }
}

/** All values of a field, in order. `name` is in lower case. */
function linesOf({ fields }: ForwardRequest, name: string): readonly string[] {
  const lines: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const one = fields[i] as string;
    if (one.length === name.length && one.toLowerCase() === name) {
      lines.push(fields[i + 1] as string);
    }
  }
  return lines;
}

/** '' where it is not there, or twice. */
function fieldOf(request: ForwardRequest, name: string): string {
  return onlyOf(linesOf(request, name));
}

function onlyOf(values: readonly string[]): string {
  return values.length === 1 ? (values[0] as string) : '';
}

/** Proxies may have made several lines of cookies, or one of them. */
function cookieOf(request: ForwardRequest, name: string): string | null {
  const values: string[] = [];
  for (const line of linesOf(request, 'cookie')) {
    for (const pair of line.split(';')) {
      const equals = pair.indexOf('=');
      if (equals === -1 || bare(pair.slice(0, equals)) !== name) continue;
      values.push(bare(pair.slice(equals + 1)));
    }
  }
  const value = onlyOf(values);
  const isQuoted = value.length > 1 && value.startsWith('"') && value.endsWith('"');
  return decoded(isQuoted ? value.slice(1, -1) : value);
}

function parameterOf(query: string, name: string): string | null {
  const values: string[] = [];
  for (const pair of query.split('&')) {
    const [spelled = ''] = pair.split('=', 1);
    if (isSpelling(spelled, name)) values.push(pair.slice(spelled.length + 1));
  }
  return decoded(spaced(onlyOf(values)));
}

/** Whoever serves the client finds a parameter under any spelling of its name. */
function isSpelling(text: string, name: string): boolean {
  if (text.length < name.length || text.length > ENCODED_LENGTH * name.length) return false;
  // A name is ASCII: byte by byte is enough, and nothing throws.
  const plain = spaced(text).replace(/%([\da-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return plain === name;
}

/** In a query, as forms write it. */
function spaced(text: string): string {
  return text.replaceAll('+', ' ');
}

function addressOf(
  { trustedHops, ipv6Prefix }: ForwardRule,
  request: ForwardRequest,
): string | null {
  // Each proxy has added one at the end, in the last line or in one of its own.
  const addresses = linesOf(request, ADDRESSES_FIELD).join(',').split(',');
  return networkKey(addresses.at(-trustedHops) ?? '', ipv6Prefix);
}

function methodOf({ uri }: ForwardRule, request: ForwardRequest): string | null {
  if (uri === null || uri === 'target') return request.method;
  return textOf(fieldOf(request, METHOD_FIELDS[uri]));
}

interface Uri {
  /** '' where there is none. */
  readonly path: string;
  readonly query: string;
}

/** Path and query of the client. */
function uriOf({ uri }: ForwardRule, request: ForwardRequest): Uri {
  const text = uri === null || uri === 'target' ? request.target : fieldOf(request, uri);
  // A fragment is nothing that an application sees.
  const [whole = ''] = text.split('#', 1);
  const local = whole.replace(/^[a-z][a-z\d+.-]{0,15}:\/\/[^/?]*/i, '');
  const [path = ''] = local.split('?', 1);
  return { path: path.startsWith('/') ? path : '', query: local.slice(path.length + 1) };
}

/** Without white space around it. Not trim(): bytes that are no text yet could look like some. */
function bare(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isWhite(text.charCodeAt(from))) from++;
  while (to > from && isWhite(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

function isWhite(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Bytes as text; null where they are none, or no UTF-8. */
function textOf(bytes: string): string | null {
  if (bytes === '') return null;
  const buffer = Buffer.from(bytes, 'latin1');
  return isUtf8(buffer) ? buffer.toString('utf8') : null;
}

/** The same, once what is percent-encoded is decoded. */
function decoded(bytes: string): string | null {
  const text = textOf(bytes);
  if (text === null || !text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
