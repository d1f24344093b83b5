/** Reads the command line: what each flag says, or that help or the version is wanted. */
import { parseArgs } from 'node:util';
import { nearest } from '../lib/nearest.ts';
import { flagOf } from './names.ts';

export type Flags =
  | { readonly kind: 'flags'; readonly values: ReadonlyMap<string, string> }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'error'; readonly line: string };

/**
 * Flags by their names without the dashes. Of one that is given twice the last counts. A switch may
 * stand alone, for true.
 */
export function readFlags(
  argv: readonly string[],
  names: readonly string[],
  switches: readonly string[],
): Flags {
  const options: Record<string, { type: 'string' | 'boolean' }> = {
    help: { type: 'boolean' },
    version: { type: 'boolean' },
  };
  for (const name of names) options[flagOf(name)] = { type: 'string' };
  const { tokens } = parseArgs({
    args: withValues(argv, switches.map(flagOf)),
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<string, string>();
  for (const token of tokens) {
    if (token.kind !== 'option') {
      const text = token.kind === 'positional' ? token.value : '--';
      return error(`Unexpected argument ${JSON.stringify(text)}: see --help`);
    }
    const { name, rawName, value } = token;
    if (rawName !== `--${name}` || !Object.hasOwn(options, name)) {
      const known = Object.keys(options).map((one) => `--${one}`) as [string, ...string[]];
      return error(
        `Unknown flag ${rawName}; the nearest is ${nearest(rawName, known)}: see --help`,
      );
    }
    if (name === 'help' || name === 'version') {
      if (value !== undefined) return error(`${rawName} takes no value: see --help`);
      return { kind: name };
    }
    if (value === undefined) return error(`${rawName} wants a value: see --help`);
    values.set(name, value);
  }
  return { kind: 'flags', values };
}

/** A switch that stands alone gets its value: the reader of flags takes what follows for one. */
function withValues(argv: readonly string[], switches: readonly string[]): string[] {
  return argv.map((text, i) => {
    const isAlone = i + 1 === argv.length || (argv[i + 1] as string).startsWith('--');
    return isAlone && switches.some((flag) => text === `--${flag}`) ? `${text}=true` : text;
  });
}

function error(line: string): Flags {
  return { kind: 'error', line };
}
