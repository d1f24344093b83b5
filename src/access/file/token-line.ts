/**
 * One token as a line of their file has it: fields with a value each, spaces between them.
 *
 * A line is whole by itself: where a file is cut there are fewer tokens, and never one with more
 * rights, or for more buckets, than was written.
 */
import { MOST_KEY_BYTES } from '../../contract/bounds.ts';
import { shown } from '../../lib/shown.ts';
import { RIGHTS, type Right, type TokenTerms } from '../grant.ts';

export interface FiledToken extends TokenTerms {
  /** From when on it is in force no more, in ms since 1970; null for never. */
  readonly expiresMs: number | null;
}

export type LineReading =
  | { readonly ok: true; readonly token: FiledToken }
  /** What is wrong with it. A value that may be a secret is not among the words. */
  | { readonly ok: false; readonly faults: readonly string[] };

const FIELDS = ['name', 'sha256', 'rights', 'keys', 'policies', 'domains', 'expires'] as const;
type Field = (typeof FIELDS)[number];

/** Of keys, policies or domains. */
const MOST_LISTED = 100;
export const NAME_PATTERN: RegExp = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const NAME_WANTED = '1 to 64 of a-z A-Z 0-9 . _ -, the first a letter or a digit';
const DIGEST_WANTED = 'the SHA-256 of the token in 64 hex digits, as argus token prints it, is not';
const RIGHTS_WANTED = `some of ${RIGHTS.join(', ')}, each once, with commas between them`;
const EXPIRES_WANTED = 'a day or a minute in UTC, such as 2030-12-31 or 2030-12-31T18:00Z';
const EXPIRES_PATTERN = /^\d{4}-\d\d-\d\d(T\d\d:\d\dZ)?$/;

export function readTokenLine(line: string): LineReading {
  const faults: string[] = [];
  const values = valuesIn(line, faults);
  const reader = new ValueReader(values, faults);
  const token: FiledToken = {
    name: reader.name(),
    sha256: reader.digest(),
    rights: reader.rights(),
    keys: reader.list('keys', isKey, `beginnings of keys, each of 1 to ${MOST_KEY_BYTES} bytes`),
    policies: reader.list('policies', (name) => NAME_PATTERN.test(name), 'names of policies'),
    domains: reader.list('domains', (name) => name.isWellFormed(), 'domains of Envoy'),
    expiresMs: reader.expires(),
  };
  const bound = (['keys', 'policies', 'domains'] as const).find((one) => token[one].length > 0);
  if (token.rights.includes('admin') && bound !== undefined) {
    faults.push(`${bound} must be left out beside the right admin, which is for all keys`);
  }
  return faults.length === 0 ? { ok: true, token } : { ok: false, faults };
}

function valuesIn(line: string, faults: string[]): ReadonlyMap<Field, string> {
  const values = new Map<Field, string>();
  for (const word of line.split(/[ \t]+/).filter((one) => one !== '')) {
    const [, name, value] = /^([^=]*)=(.*)$/.exec(word) ?? [];
    const field = FIELDS.find((one) => one === name);
    if (name === undefined || value === undefined) {
      faults.push('each word must be a field, =, and its value, and one is not');
    } else if (field === undefined) {
      faults.push(`${shown(name)} is not a field; the fields are ${FIELDS.join(', ')}`);
    } else if (values.has(field)) faults.push(`${field} is there twice`);
    else values.set(field, value);
  }
  return values;
}

/** Reads the values of one line, and tells what is wrong with them. */
class ValueReader {
  readonly #values: ReadonlyMap<Field, string>;
  readonly #faults: string[];

  constructor(values: ReadonlyMap<Field, string>, faults: string[]) {
    this.#values = values;
    this.#faults = faults;
  }

  name(): string {
    const name = this.#values.get('name') ?? '';
    if (!NAME_PATTERN.test(name)) this.#refuse('name', NAME_WANTED, name);
    return name;
  }

  /** What stands there may be the token itself: it is not shown. */
  digest(): string {
    const text = (this.#values.get('sha256') ?? '').toLowerCase();
    if (!/^[\da-f]{64}$/.test(text)) this.#faults.push(`sha256 must be ${DIGEST_WANTED}`);
    return text;
  }

  rights(): readonly Right[] {
    const text = this.#values.get('rights');
    const words = text?.split(',') ?? [];
    const rights = RIGHTS.filter((right) => words.includes(right));
    if (rights.length === 0 || rights.length !== words.length) {
      this.#refuse('rights', RIGHTS_WANTED, text);
    }
    return rights;
  }

  /** Empty where the field is left out. */
  list(field: Field, isSound: (one: string) => boolean, what: string): readonly string[] {
    const text = this.#values.get(field);
    if (text === undefined) return [];
    const words = text.split(',');
    const list = words.map(decoded);
    const isAll = list.every((one) => one !== null && one !== '' && isSound(one));
    if (isAll && list.length <= MOST_LISTED) return list as string[];
    const most = `at most ${MOST_LISTED}, with commas between them, %2C for one within`;
    this.#refuse(field, `${what}, ${most}`, words.length > MOST_LISTED ? words.length : text);
    return [];
  }

  expires(): number | null {
    const text = this.#values.get('expires');
    if (text === undefined) return null;
    const ms = EXPIRES_PATTERN.test(text) ? instantOf(text) : null;
    if (ms === null) this.#refuse('expires', EXPIRES_WANTED, text);
    return ms;
  }

  #refuse(field: Field, wanted: string, is: string | number | undefined): void {
    this.#faults.push(`${field} must be ${wanted}, is ${shown(is)}`);
  }
}

/** Null for what is no UTF-8 behind its percent signs. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Whether a plain key may begin so. */
function isKey(text: string): boolean {
  return text.isWellFormed() && Buffer.byteLength(text) <= MOST_KEY_BYTES;
}

/** Null where there is no such day. */
function instantOf(text: string): number | null {
  try {
    const { epochMilliseconds } = Temporal.Instant.from(
      text.includes('T') ? text : `${text}T00:00Z`,
    );
    return epochMilliseconds;
  } catch {
    return null;
  }
}

/** The line of a token. REQUIRES: what is there can be read back. */
export function lineOf(token: TokenTerms, expires: string | null): string {
  const { name, sha256, rights, keys, policies, domains } = token;
  const words = [`name=${name}`, `sha256=${sha256}`, `rights=${rights.join(',')}`];
  for (const [field, list] of Object.entries({ keys, policies, domains })) {
    if (list.length > 0) words.push(`${field}=${list.map(encoded).join(',')}`);
  }
  if (expires !== null) words.push(`expires=${expires}`);
  return words.join(' ');
}

/** Only what would end a word or an element, or be taken for a sign. */
function encoded(text: string): string {
  return text.replace(/[%,#\s\p{C}]/gu, (character) => encodeURIComponent(character));
}
