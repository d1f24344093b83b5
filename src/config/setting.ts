/** One setting of the table in config.ts, and how to make the usual kinds. */
import { z } from 'zod';

export interface Setting<T> {
  readonly what: string;
  readonly fallback: T;
  /** What it may be, as an error and --help say it. */
  readonly wanted: string;
  /** Whether its flag may stand alone, for true. */
  readonly isSwitch?: true;
  /** Never shown. */
  readonly isSecret?: true;
  readonly schema: z.ZodType<T, string>;
}

/** A whole number in plain digits. */
export function whole(what: string, fallback: number, from: number, to: number): Setting<number> {
  return {
    what,
    fallback,
    wanted: `a whole number from ${from} to ${to}`,
    schema: z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number)
      .pipe(z.number().min(from).max(to)),
  };
}

/** Where to listen. */
export function address(what: string, fallback: string): Setting<string> {
  const schema = z.string().regex(/^[\w.:%-]+$/);
  return { what, fallback, wanted: 'an address or a host name', schema };
}

/** Nothing, unless it is said. */
export function text(what: string, wanted: string, pattern: RegExp): Setting<string> {
  return { what, fallback: '', wanted, schema: z.string().regex(pattern) };
}

/** No control characters: a line break comes from a file that was pasted. */
export const ANY_TEXT = /^\P{Cc}{1,4096}$/u;

/** Where something is in the file system. */
export function path(what: string, wanted = 'the path of a file'): Setting<string> {
  return text(what, wanted, ANY_TEXT);
}

/** Off, unless it is said otherwise. */
export function onOrOff(what: string): Setting<'false' | 'true'> {
  return { ...oneOf(what, 'false', ['false', 'true']), isSwitch: true };
}

/** One of a few words. */
export function oneOf<const T extends string>(
  what: string,
  fallback: T,
  values: readonly [T, ...T[]],
): Setting<T> {
  return { what, fallback, wanted: `one of ${values.join(', ')}`, schema: z.enum(values) };
}
