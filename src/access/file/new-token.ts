/** `argus token`: makes a token, and the line by which a file of tokens knows it. */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Right } from '../grant.ts';
import { digestOf } from '../token-book.ts';
import { lineOf, readTokenLine } from './token-line.ts';

export type Made =
  | { readonly ok: true; readonly token: string; readonly line: string }
  | { readonly ok: false; readonly words: string };

const USAGE =
  'usage: argus token NAME [--rights ask,refund] [--keys BEGINNING]… [--policies NAME]… ' +
  '[--domains NAME]… [--expires DAY]';
/** By which it is known for what it is where it has been left lying about. */
const BEGIN = 'argus_';
const RANDOM_BYTES = 24;

const TEXT = { type: 'string' } as const;
const TEXTS = { type: 'string', multiple: true } as const;
const FLAGS = {
  rights: TEXT,
  keys: TEXTS,
  policies: TEXTS,
  domains: TEXTS,
  expires: TEXT,
} as const;

/** `argv` without the word `token`. */
export function newToken(argv: readonly string[]): Made {
  const flags = flagsOf(argv);
  if (typeof flags === 'string') return { ok: false, words: `${flags}; ${USAGE}` };
  const { name, expires = null, rights = 'ask', ...buckets } = flags;
  const token = BEGIN + randomBytes(RANDOM_BYTES).toString('base64url');
  const { keys = [], policies = [], domains = [] } = buckets;
  const terms = {
    name,
    sha256: digestOf(token),
    rights: rights.split(',') as Right[],
    keys,
    policies,
    domains,
  };
  const line = lineOf(terms, expires);
  // What the file would not take is told here.
  const reading = readTokenLine(line);
  if (!reading.ok) return { ok: false, words: `${reading.faults[0]}; ${USAGE}` };
  return { ok: true, token, line };
}

interface Flags {
  readonly name: string;
  readonly rights?: string | undefined;
  readonly keys?: readonly string[] | undefined;
  readonly policies?: readonly string[] | undefined;
  readonly domains?: readonly string[] | undefined;
  readonly expires?: string | undefined;
}

/** What is wrong with the flags, or what they say. */
function flagsOf(argv: readonly string[]): Flags | string {
  try {
    const parsed = parseArgs({ args: [...argv], options: FLAGS, allowPositionals: true });
    const [name, ...more] = parsed.positionals;
    if (name === undefined || more.length > 0) return 'a token has one name';
    return { name, ...parsed.values };
  } catch (error) {
    return error instanceof Error ? (error.message.split('.')[0] ?? '') : String(error);
  }
}
