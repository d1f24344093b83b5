/** What --help prints: each setting with its flag, its variable, its default and what it may be. */
import { flagOf, PREFIX, variableOf } from './names.ts';
import type { Setting } from './setting.ts';

export function helpOn(settings: Readonly<Record<string, Setting<unknown>>>): string {
  const rows = Object.entries(settings).flatMap(([name, { what, fallback, wanted }]) => [
    row(`--${flagOf(name)}`, variableOf(name), `${what} (${fallback === '' ? 'none' : fallback})`),
    row('', '', wanted),
  ]);
  return [
    'argus: decides over HTTP, the Redis protocol and gRPC whether a key may do something now.',
    '',
    'Usage: argus [flags]          serves',
    '       argus health [flags]   asks a service with these flags whether it is alive; without flags the',
    '                              one that runs here, however it was started. Ends with 0 or 1',
    '       argus check PATH…      reads files of policies and says what is wrong. Ends with 0 or 1',
    '       argus explain PATH… --policy NAME --key KEY [--cost N]',
    '       argus explain --envoy PATH… --domain NAME --descriptor KEY=VALUE,…',
    '                              says what holds for a key or a descriptor, and why',
    '       argus token NAME [--rights ask,refund] [--keys BEGINNING]… [--policies NAME]… [--domains NAME]…',
    '                              [--expires DAY]',
    '                              makes a token, and the line by which AUTH_TOKENS_FILE knows it',
    '',
    row('flag', 'environment', 'meaning (default)'),
    row('', '', 'what it may be'),
    ...rows,
    row('--help', '', 'print this'),
    row('--version', '', 'print the version'),
    '',
    `Flags win over the environment. Each variable may have ${PREFIX} in front, and then wins over the`,
    'one without. A blank variable is one that is not set.',
  ].join('\n');
}

/** As wide as the longest name of a flag, and of a variable. */
const FLAG_COLUMNS = 28;
const VARIABLE_COLUMNS = 26;

function row(flag: string, variable: string, text: string): string {
  return `  ${flag.padEnd(FLAG_COLUMNS)} ${variable.padEnd(VARIABLE_COLUMNS)} ${text}`;
}
