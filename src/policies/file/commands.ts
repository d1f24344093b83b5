/** `argus check` and `argus explain`: what files of rules say, without a service. */
import { parseArgs } from 'node:util';
import { domainsText, envoyExplanationOf } from '../../envoy/describe.ts';
import { bytesOf } from '../../envoy/request.ts';
import type { EnvoyDomains } from '../../envoy/rule.ts';
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
const EXPLAIN_USAGE =
  'usage: argus explain PATH… --policy NAME --key KEY [--cost N], ' +
  'or: argus explain --envoy PATH --domain DOMAIN --descriptor KEY=VALUE,KEY=VALUE';

/** `argv` without the word `check`. */
export async function check(argv: readonly string[]): Promise<Said> {
  const flag = argv.find((one) => one.startsWith('-'));
  if (flag !== undefined || argv.length === 0) return wrong(CHECK_USAGE);
  const reading = await readPaths(argv);
  if ('status' in reading) return reading;
  const { policies, domains } = reading;
  const texts: string[] = [];
  if (policies.size > 0 || domains.size === 0) texts.push(policiesText(policies));
  if (domains.size > 0) texts.push(domainsText(domains));
  return { status: 0, text: texts.join('\n') };
}

/** `argv` without the word `explain`. */
export async function explain(argv: readonly string[]): Promise<Said> {
  const flags = flagsOf(argv);
  if (typeof flags === 'string') return wrong(`${flags}; ${EXPLAIN_USAGE}`);
  const reading = await readPaths(flags.paths);
  if ('status' in reading) return reading;
  return 'domain' in flags
    ? explainDescriptor(reading.domains, flags)
    : explainKey(reading.policies, flags);
}

function explainKey(policies: Policies, { policy: name, key, cost }: PolicyFlags): Said {
  const policy = policies.get(name);
  if (policy === undefined) return missing('policy', name, [...policies.keys()]);
  return { status: 0, text: explanationOf(policy, key, cost) };
}

function explainDescriptor(domains: EnvoyDomains, { domain: name, entries }: EnvoyFlags): Said {
  const domain = domains.get(name);
  if (domain === undefined) return missing('domain', name, [...domains.keys()]);
  return { status: 0, text: envoyExplanationOf(domain, entries) };
}

function missing(what: string, name: string, there: readonly string[]): Said {
  const names = there.join(', ') || 'none';
  return { status: 1, text: `there is no ${what} ${shown(name)}; there are ${names}` };
}

interface PolicyFlags {
  readonly paths: readonly string[];
  readonly policy: string;
  readonly key: string;
  readonly cost: number;
}

interface EnvoyFlags {
  readonly paths: readonly string[];
  readonly domain: string;
  /** Keys and values in turn, as bytes. */
  readonly entries: readonly string[];
}

const TEXT = { type: 'string' } as const;
const FLAGS = {
  policy: TEXT,
  key: TEXT,
  cost: TEXT,
  envoy: { ...TEXT, multiple: true },
  domain: TEXT,
  descriptor: TEXT,
} as const;

/** What is wrong with the flags, or what they say. */
function flagsOf(argv: readonly string[]): PolicyFlags | EnvoyFlags | string {
  try {
    const parsed = parseArgs({ args: [...argv], options: FLAGS, allowPositionals: true });
    const { values, positionals } = parsed;
    const { policy, key, cost = '1', envoy, domain, descriptor } = values;
    if (envoy !== undefined) {
      if (domain === undefined || descriptor === undefined) return 'too little';
      if (policy !== undefined || key !== undefined) return 'too much';
      return { paths: [...envoy, ...positionals], domain, entries: entriesOf(descriptor) };
    }
    if (positionals.length === 0 || policy === undefined || key === undefined) return 'too little';
    if (!isKey(key)) return `--key must be 1 to 256 bytes of UTF-8, is ${shown(key)}`;
    if (!/^-?\d{1,15}$/.test(cost)) return `--cost must be a whole number, is ${shown(cost)}`;
    return { paths: positionals, policy, key, cost: Number(cost) };
  } catch (error) {
    return error instanceof Error ? (error.message.split('.')[0] ?? '') : String(error);
  }
}

/** Of `k=v,k2=v2`; a comma that is part of a value has a backslash before it. */
function entriesOf(descriptor: string): readonly string[] {
  const pairs = descriptor.match(/(?:\\.|[^,\\])+/gsu) ?? [];
  return pairs.flatMap((pair) => {
    const text = pair.replace(/\\(.)/gsu, '$1');
    const end = text.indexOf('=');
    const [key, value] = end === -1 ? [text, ''] : [text.slice(0, end), text.slice(end + 1)];
    return [bytesOf(key), bytesOf(value)];
  });
}

interface Read {
  readonly policies: Policies;
  readonly domains: EnvoyDomains;
}

async function readPaths(paths: readonly string[]): Promise<Read | Said> {
  const found = await Promise.all(paths.map(findFiles));
  const faults = found.flatMap((one) => (one.ok ? [] : one.faults));
  const rules = readRules(found.flatMap((one) => (one.ok ? one.files : [])));
  if (!rules.ok) faults.push(...rules.faults);
  else if (faults.length === 0) return rules;
  return { status: 1, text: faults.map(faultText).join('\n') };
}

function wrong(text: string): Said {
  return { status: 2, text };
}
