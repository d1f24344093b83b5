/** Reads all files of rules as one: either all are good, or everything that is wrong is said. */
import type { z } from 'zod';
import { shown } from '../../lib/shown.ts';
import type { Policies, Policy } from '../policy.ts';
import { compilePolicy } from './compile.ts';
import { FileSchema, type PolicyDefinition, PolicySchema } from './definitions.ts';
import type { Fault } from './fault.ts';
import { MOST_CHARACTERS, MOST_WORDS, type Path, readYaml, type Yaml } from './yaml-text.ts';

export interface RuleFile {
  readonly file: string;
  readonly text: string;
}

export type RulesReading =
  | { readonly ok: true; readonly policies: Policies }
  | { readonly ok: false; readonly faults: readonly Fault[] };

const POLICIES_WANTED = 'a file of rules must have policies at its top level';

/** `mostWords`: of all files together, see yaml-text.ts. */
export function readRules(files: readonly RuleFile[], mostWords = MOST_WORDS): RulesReading {
  const size = files.reduce((sum, { text }) => sum + text.length, 0);
  if (size > MOST_CHARACTERS) {
    const words = `all files together must have at most ${MOST_CHARACTERS} characters, have ${size}`;
    return { ok: false, faults: [wholeFile(files.at(-1)?.file ?? '', words)] };
  }
  const faults: Fault[] = [];
  const policies = new Map<string, Policy>();
  const holders = new Map<string, Yaml>();
  let words = 0;
  for (const { file, text } of files) {
    const reading = readYaml(file, text, mostWords - words);
    if (!reading.ok) {
      faults.push(...reading.faults);
      continue;
    }
    words += reading.yaml.words;
    readPolicies(reading.yaml, { faults, policies, holders });
  }
  return faults.length === 0 ? { ok: true, policies } : { ok: false, faults };
}

interface Into {
  readonly faults: Fault[];
  readonly policies: Map<string, Policy>;
  /** The file of each policy, good or bad. */
  readonly holders: Map<string, Yaml>;
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
    if (policy !== null) policies.set(name, policy);
  }
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
