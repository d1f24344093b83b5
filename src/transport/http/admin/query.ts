/** The query of a request: parameters that are known, each at most once. */
import { shown } from '../../../lib/shown.ts';
import { decodedOfQuery } from '../core/target.ts';

export type QueryReading<Name extends string> =
  | { readonly ok: true; readonly values: { readonly [N in Name]?: string } }
  | { readonly ok: false; readonly field: string; readonly fault: string };

export function readQuery<Name extends string>(
  target: string,
  names: readonly Name[],
): QueryReading<Name> {
  const [, query = ''] = /^[^?#]*\?([^#]*)/.exec(target) ?? [];
  const values: { [N in Name]?: string } = {};
  for (const part of query.split('&')) {
    if (part === '') continue;
    const [name, value] = pairOf(part);
    if (name === null || value === null) {
      return bad(part, `the query must be percent-encoded UTF-8, is ${shown(part)}`);
    }
    const known = names.find((one) => one === name);
    if (known === undefined) {
      const wanted = names.length === 0 ? 'there are none here' : `there are ${names.join(', ')}`;
      return bad(name, `${shown(name)} is no parameter: ${wanted}`);
    }
    if (values[known] !== undefined) return bad(name, `${name} must be there once, is there twice`);
    values[known] = value;
  }
  return { ok: true, values };
}

export type WholeReading =
  | { readonly ok: true; readonly value: number }
  | { readonly ok: false; readonly field: string; readonly fault: string };

/** Of what is told in pages, where it is not said how many a page has, and at most. */
export const USUAL_PAGE = 100;
export const MOST_PAGE = 1_000;

export function readPage(limit: string = String(USUAL_PAGE)): WholeReading {
  return readWhole('limit', limit, { from: 1, to: MOST_PAGE });
}

/** Of a parameter that is a whole number. */
export const MOST_DIGITS = 9;
const WHOLE = new RegExp(`^\\d{1,${MOST_DIGITS}}$`);

/** REQUIRES: `to` has at most MOST_DIGITS digits. */
export function readWhole(
  field: string,
  text: string,
  { from, to }: { readonly from: number; readonly to: number },
): WholeReading {
  const value = WHOLE.test(text) ? Number(text) : -1;
  if (value >= from && value <= to) return { ok: true, value };
  const fault = `${field} must be a whole number from ${from} to ${to}, is ${shown(text)}`;
  return { ok: false, field, fault };
}

function bad(field: string, fault: string): QueryReading<never> {
  return { ok: false, field: field.slice(0, 40), fault };
}

/** Of each null where it is no text. */
function pairOf(part: string): readonly [string | null, string | null] {
  const at = part.indexOf('=');
  return at === -1
    ? [decodedOfQuery(part), '']
    : [decodedOfQuery(part.slice(0, at)), decodedOfQuery(part.slice(at + 1))];
}
