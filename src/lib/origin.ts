/**
 * Origins of web pages, RFC 6454: scheme, host, and a port where it is not the scheme's own.
 *
 * Used by the configuration, and by HTTP for what a browser says. Plain functions.
 */

export interface Origin {
  /** The scheme, with its colon. */
  readonly protocol: string;
  /** With the port, unless that is the scheme's own. */
  readonly host: string;
}

export const ORIGINS_WANTED =
  'origins of web pages with commas between them, each scheme://host[:port] and no more';

const SHAPE = /^[a-z][a-z\d+.-]*:\/\/[^\s,/\\?#@*]+$/i;

/** Null for what is no origin, and for `null`, which is that of nobody in particular. */
export function readOrigin(text: string): Origin | null {
  const url = SHAPE.test(text) ? URL.parse(text) : null;
  if (url === null || url.host === '') return null;
  return { protocol: url.protocol, host: url.host.toLowerCase() };
}

/** The same text for the same origin. */
export function nameOf({ protocol, host }: Origin): string {
  return `${protocol}//${host}`;
}

export type OriginsReading =
  | { readonly ok: true; readonly names: readonly string[] }
  | { readonly ok: false; readonly fault: string };

/** Reads a list with commas, where blanks may be around each. */
export function readOrigins(list: string): OriginsReading {
  if (list === '') return { ok: true, names: [] };
  const names: string[] = [];
  for (const part of list.split(',')) {
    const text = part.trim();
    const origin = readOrigin(text);
    if (origin === null) return { ok: false, fault: `${JSON.stringify(text)} is none` };
    names.push(nameOf(origin));
  }
  return { ok: true, names };
}
