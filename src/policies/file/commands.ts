/** `argus check` and `argus explain`: what a file of policies says, without a service. */
import { parseArgs } from 'node:util';
import { shown } from '../../lib/shown.ts';
import { explanationOf, policiesText } from '../describe.ts';
import type { Policies } from '../policy.ts';
import { isKey } from './definitions.ts';
import { faultText } from './fault.ts';
import { readRules } from './read.ts';
import { findFiles } from './sources.ts';

/** What to print, and with which status to end. */
export interface Said {
  readonly status: 0 | 1 | 2;
  readonly text: string;
}

const CHECK_USAGE = 'usage: argus check PATH…, each a file of policies or a folder of such files';
const EXPLAIN_USAGE = 'usage: argus explain PATH… --policy NAME --key KEY [--cost N]';

/** `argv` without the word `check`. */
export async function check(argv: readonly string[]): Promise<Said> {
  const flag = argv.find((one) => one.startsWith('-'));
  if (flag !== undefined || argv.length === 0) return wrong(CHECK_USAGE);
  const reading = await readPaths(argv);
  return 'policies' in reading ? { status: 0, text: policiesText(reading.policies) } : reading;
}

/** `argv` without the word `explain`. */
export async function explain(argv: readonly string[]): Promise<Said> {
  const flags = flagsOf(argv);
  if (typeof flags === 'string') return wrong(`${flags}; ${EXPLAIN_USAGE}`);
  const { paths, policy: name, key, cost } = flags;
  const reading = await readPaths(paths);
  if (!('policies' in reading)) return reading;
  const policy = reading.policies.get(name);
  if (policy === undefined) {
    const names = [...reading.policies.keys()].join(', ');
    return { status: 1, text: `there is no policy ${shown(name)}; there are ${names || 'none'}` };
  }
  return { status: 0, text: explanationOf(policy, key, cost) };
}

interface ExplainFlags {
  readonly paths: readonly string[];
  readonly policy: string;
  readonly key: string;
  readonly cost: number;
}

/** What is wrong with the flags, or what they say. */
function flagsOf(argv: readonly string[]): ExplainFlags | string {
  const text = { type: 'string' } as const;
  const options = { policy: text, key: text, cost: text };
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    const { policy, key, cost = '1' } = values;
    if (positionals.length === 0 || policy === undefined || key === undefined) return 'too little';
    if (!isKey(key)) return `--key must be 1 to 256 bytes of UTF-8, is ${shown(key)}`;
    if (!/^-?\d{1,15}$/.test(cost)) return `--cost must be a whole number, is ${shown(cost)}`;
    return { paths: positionals, policy, key, cost: Number(cost) };
  } catch (error) {
    return error instanceof Error ? (error.message.split('.')[0] ?? '') : String(error);
  }
}

async function readPaths(paths: readonly string[]): Promise<{ policies: Policies } | Said> {
  const found = await Promise.all(paths.map(findFiles));
  const faults = found.flatMap((one) => (one.ok ? [] : one.faults));
  const rules = readRules(found.flatMap((one) => (one.ok ? one.files : [])));
  if (!rules.ok) faults.push(...rules.faults);
  else if (faults.length === 0) return { policies: rules.policies };
  return { status: 1, text: faults.map(faultText).join('\n') };
}

function wrong(text: string): Said {
  return { status: 2, text };
}
