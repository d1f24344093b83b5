/**
 * Reads all files of rules as one, ours and Envoy's: either all are good, or everything that is
 * wrong is said.
 */
import type { z } from 'zod';
import { compileDomain } from '../../envoy/file/compile.ts';
import type { Algorithm, EnvoyDomain, EnvoyDomains } from '../../envoy/rule.ts';
import { shown } from '../../lib/shown.ts';
import type { Policies, Policy, PolicyPlace } from '../policy.ts';
import { compilePolicy } from './compile.ts';
import { FileSchema, type PolicyDefinition, PolicySchema } from './definitions.ts';
import type { Fault } from './fault.ts';
import { MOST_CHARACTERS, MOST_WORDS, type Path, readYaml, type Yaml } from './yaml-text.ts';

export interface RuleFile {
  readonly file: string;
  readonly text: string;
}

export type RulesReading =
  | { readonly ok: true; readonly policies: Policies; readonly domains: EnvoyDomains }
  | { readonly ok: false; readonly faults: readonly Fault[] };

export interface ReadingOptions {
  /** Of all files together, see yaml-text.ts. */
  readonly mostWords?: number;
  /** Of rules of Envoy that name none. */
  readonly algorithm?: Algorithm;
}

const POLICIES_WANTED = 'a file of rules must have policies or a domain at its top level';

export function readRules(
  files: readonly RuleFile[],
  { mostWords = MOST_WORDS, algorithm = 'fixed_window' }: ReadingOptions = {},
): RulesReading {
  const size = files.reduce((sum, { text }) => sum + text.length, 0);
  if (size > MOST_CHARACTERS) {
    const words = `all files together must have at most ${MOST_CHARACTERS} characters, have ${size}`;
    return { ok: false, faults: [wholeFile(files.at(-1)?.file ?? '', words)] };
  }
  const faults: Fault[] = [];
  const policies = new Map<string, Policy>();
  const domains = new Map<string, EnvoyDomain>();
  const into: Into = { faults, policies, domains, holders: new Map(), domainHolders: new Map() };
  let words = 0;
  for (const { file, text } of files) {
    const reading = readYaml(file, text, mostWords - words);
    if (!reading.ok) {
      faults.push(...reading.faults);
      continue;
    }
    words += reading.yaml.words;
    if (isOfEnvoy(reading.yaml)) readDomain(reading.yaml, algorithm, into);
    else readPolicies(reading.yaml, into);
  }
  return faults.length === 0 ? { ok: true, policies, domains } : { ok: false, faults };
}

interface Into {
  readonly faults: Fault[];
  readonly policies: Map<string, Policy>;
  /** The file of each policy, good or bad. */
  readonly holders: Map<string, Yaml>;
  readonly domains: Map<string, EnvoyDomain>;
  /** The file of each domain, good or bad. */
  readonly domainHolders: Map<string, Yaml>;
}

function isOfEnvoy({ value }: Yaml): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return 'domain' in value || 'descriptors' in value;
}

function readDomain(yaml: Yaml, algorithm: Algorithm, into: Into): void {
  const { faults, domains, domainHolders } = into;
  const { file } = yaml;
  const name = yaml.textAt(['domain']) ?? '';
  const first = domainHolders.get(name);
  if (first !== undefined && name !== '') {
    const { line } = first.placeOf(['domain']);
    const words = `the domain ${shown(name)} is there twice: see ${first.file}:${line}`;
    faults.push({ file, ...yaml.placeOf(['domain']), words });
  }
  domainHolders.set(name, first ?? yaml);
  const domain = compileDomain(
    {
      value: yaml.value,
      textAt: (path) => yaml.textAt(path),
      lineOf: (object) => yaml.lineOf(object),
      faultAt: (path, words) => faults.push(faultAt(yaml, path, words)),
      faultAtName: (path, words) => {
        faults.push({ file, ...yaml.placeOfName(path), words: `${pathText(path)} ${words}` });
      },
    },
    algorithm,
  );
  if (domain !== null && first === undefined) domains.set(name, { ...domain, file });
}

function readPolicies(yaml: Yaml, { faults, policies, holders }: Into): void {
  const { file } = yaml;
  if (typeof yaml.value !== 'object' || yaml.value === null || !('policies' in yaml.value)) {
    faults.push(wholeFile(file, POLICIES_WANTED));
    return;
  }
  const shape = FileSchema.safeParse(yaml.value);
  const told = (issues: readonly z.core.$ZodIssue[], within: Path) => {
    faults.push(...issues.flatMap((issue) => faultsOf(issue, within, yaml)).filter(isFirst));
  };
  told(shape.error?.issues ?? [], []);
  const named = yaml.value.policies;
  if (typeof named !== 'object' || named === null || Array.isArray(named)) return;
  // One by one: what is wrong with one policy hides nothing of another.
  for (const [name, value] of Object.entries(named)) {
    const path = ['policies', name];
    const first = holders.get(name);
    if (first !== undefined) {
      const { line } = first.placeOfName(path);
      const words = `policies.${name} is there twice: see ${first.file}:${line}`;
      faults.push({ file, ...yaml.placeOfName(path), words });
      continue;
    }
    holders.set(name, yaml);
    const { data, error } = PolicySchema.safeParse(value);
    told(error?.issues ?? [], path);
    const sound = data ?? soundPart(value, error?.issues ?? []);
    if (sound === null) continue;
    const policy = compilePolicy(name, sound, (within, words) => {
      faults.push(faultAt(yaml, [...path, ...within], words));
    });
    if (policy !== null) policies.set(name, { ...policy, where: placeOf(yaml, path, value) });
  }
}

/** `value`: what stands at the path. */
function placeOf(yaml: Yaml, path: Path, value: unknown): PolicyPlace {
  const { limits, overrides } = value as { limits?: unknown[]; overrides?: unknown[] };
  const linesOf = (all: unknown[] = []) => all.map((one) => yaml.lineOf(one));
  const { line } = yaml.placeOfName(path);
  return { file: yaml.file, line, limits: linesOf(limits), overrides: linesOf(overrides) };
}

/** A policy without the fields that are wrong: what else is wrong with it is said too. */
function soundPart(value: unknown, issues: readonly z.core.$ZodIssue[]): PolicyDefinition | null {
  if (typeof value !== 'object' || value === null) return null;
  const wrong = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : [issue.path[0]],
  );
  const fields = Object.entries(value).filter(([name]) => !wrong.includes(name));
  return PolicySchema.safeParse(Object.fromEntries(fields)).data ?? null;
}

/** `within` is the path to what was checked. */
function faultsOf(issue: z.core.$ZodIssue, within: Path, yaml: Yaml): Fault[] {
  const { file } = yaml;
  const path = [...within, ...issue.path];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => {
        const at = [...path, key];
        return { file, ...yaml.placeOfName(at), words: `${pathText(at)} is not a field` };
      });
    case 'invalid_key': {
      const wanted = issue.issues[0]?.message ?? issue.message;
      const words = `the name ${shown(String(path.at(-1)))} must be ${wanted}`;
      return [{ file, ...yaml.placeOfName(path), words }];
    }
    default:
      return [faultAt(yaml, path, sentenceOf(issue, valueAt(yaml, path)))];
  }
}

/** A message that is a whole sentence begins with `!`; all others say what is wanted. */
function sentenceOf({ message, ...issue }: z.core.$ZodIssue, value: unknown): string {
  if (message.startsWith('!')) return message.slice(1);
  const isText = issue.code === 'invalid_type' && issue.expected === 'string';
  const there = Array.isArray(value) ? `a list of ${value.length}` : shown(value);
  const isBare = isText && (typeof value === 'number' || typeof value === 'boolean');
  return `must be ${message}, is ${there}${isBare ? ', which is text only in quotes' : ''}`;
}

function faultAt(yaml: Yaml, path: Path, words: string): Fault {
  return { file: yaml.file, ...yaml.placeOf(path), words: `${pathText(path)} ${words}` };
}

function wholeFile(file: string, words: string): Fault {
  return { file, line: 0, column: 0, words };
}

function isFirst({ words }: Fault, i: number, all: readonly Fault[]): boolean {
  return all.findIndex((other) => other.words === words) === i;
}

/** `policies.uploads.limits[0].capacity` */
function pathText(path: Path): string {
  return path
    .map((step, i) =>
      typeof step === 'number' ? `[${step}]` : `${i === 0 ? '' : '.'}${String(step)}`,
    )
    .join('');
}

function valueAt(yaml: Yaml, path: Path): unknown {
  let value = yaml.value;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  return value;
}
