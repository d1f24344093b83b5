/** The rules of Envoy in words: what a file has, and why a descriptor is limited as it is. */
import { matches, readGlob } from '../policies/glob.ts';
import { ruleLabel } from './label.ts';
import { textOf } from './request.ts';
import type { EnvoyDomain, EnvoyDomains, EnvoyRule, RuleLimit } from './rule.ts';
import { unitOf } from './unit.ts';

/** Beyond that many nobody reads on. */
const MOST_OTHERS = 20;

/** What was read, a domain after the other. */
export function domainsText(domains: EnvoyDomains): string {
  const lines = [...domains.values()].flatMap(({ name, rules }) => [
    `domain ${name}`,
    ...rules.map((rule) => `${'  '.repeat(rule.depth)}${partText(rule)}: ${limitText(rule)}`),
  ]);
  const count = domains.size === 1 ? '1 domain of Envoy' : `${domains.size} domains of Envoy`;
  return [...lines, `${count}: good`].join('\n');
}

/** Which rule keys and values in turn lead to, and why none of the others. */
export function envoyExplanationOf(domain: EnvoyDomain, entries: readonly string[]): string {
  const lines = [`domain ${domain.name}, descriptor ${descriptorText(entries)}`];
  const tree = treeOf(domain.rules);
  const { found, steps } = walk(tree.top, entries);
  lines.push(...steps);
  if (found === null) lines.push('no rule matches: it is let through, and no limit is told');
  else lines.push(`${ruleLabel(wayTo(found))} holds: ${limitText(found.rule)}`);
  const others = reasons(tree, entries, found);
  if (others.length > 0) lines.push('the others do not:');
  lines.push(...others.slice(0, MOST_OTHERS).map(({ words }) => `  ${words}`));
  if (others.length > MOST_OTHERS) lines.push(`  and ${others.length - MOST_OTHERS} more`);
  return lines.join('\n');
}

interface Step {
  readonly rule: EnvoyRule;
  readonly above: Step | null;
  readonly below: Step[];
}

interface Tree {
  /** Those of depth 1, each with all that is within it. */
  readonly top: readonly Step[];
  /** All, in the order of the file. */
  readonly all: readonly Step[];
}

function treeOf(rules: readonly EnvoyRule[]): Tree {
  const top: Step[] = [];
  const all: Step[] = [];
  const way: Step[] = [];
  for (const rule of rules) {
    way.length = rule.depth - 1;
    const above = way.at(-1) ?? null;
    const step = { rule, above, below: [] };
    (above?.below ?? top).push(step);
    way.push(step);
    all.push(step);
  }
  return { top, all };
}

function walk(top: readonly Step[], entries: readonly string[]) {
  const steps: string[] = [];
  let level = top;
  let found: Step | null = null;
  for (let i = 0; i < entries.length; i += 2) {
    const [key = '', value = ''] = entries.slice(i, i + 2);
    found = stepFor(level, key, value);
    const at = `level ${i / 2 + 1}: ${pairText(key, value)}`;
    if (found === null) {
      steps.push(`${at} has no rule here`);
      return { found, steps };
    }
    steps.push(`${at} goes by ${partText(found.rule)}${howText(found.rule)}`);
    level = found.below;
  }
  return { found, steps };
}

/** The exact value, else the first pattern that matches, else the one for any value. */
function stepFor(level: readonly Step[], key: string, value: string): Step | null {
  const ofKey = level.filter(({ rule }) => rule.key === key);
  return (
    ofKey.find(({ rule }) => rule.value !== '' && rule.value === value && !isPattern(rule)) ??
    ofKey.find(({ rule }) => isPattern(rule) && fits(rule, value)) ??
    ofKey.find(({ rule }) => rule.value === '') ??
    null
  );
}

function isPattern({ value }: EnvoyRule): boolean {
  return value.includes('*');
}

function fits({ value: own }: EnvoyRule, value: string): boolean {
  if (own === '') return true;
  const glob = readGlob(own);
  return glob === null ? own === value : matches(glob, value);
}

interface Reason {
  /** Levels that fit, and then how near it is: what fits further is told first. */
  readonly nearness: number;
  readonly words: string;
}

function reasons({ top, all }: Tree, entries: readonly string[], found: Step | null): Reason[] {
  // Of each list what the entry of its level goes by: worked out once.
  const taken = new Map<readonly Step[], Step | null>();
  const takenOf = (level: readonly Step[], key: string, value: string) => {
    const known = taken.get(level);
    if (known !== undefined) return known;
    const step = stepFor(level, key, value);
    taken.set(level, step);
    return step;
  };
  return all
    .filter((step) => step !== found && step.rule.limit !== null)
    .map((step) => reasonOf(step, { top, entries, takenOf }))
    .sort((one, other) => other.nearness - one.nearness);
}

interface Asked {
  readonly top: readonly Step[];
  readonly entries: readonly string[];
  readonly takenOf: typeof stepFor;
}

function reasonOf(step: Step, { top, entries, takenOf }: Asked): Reason {
  const way = wayTo(step);
  const label = ruleLabel(way);
  const depth = entries.length / 2;
  let level = top;
  for (const [i, rule] of way.entries()) {
    if (i >= depth) break;
    const [key = '', value = ''] = entries.slice(2 * i, 2 * i + 2);
    const at = `${label}: level ${i + 1}`;
    if (rule.key !== key) {
      const words = `${at} wants the key ${quoted(rule.key)}, has ${quoted(key)}`;
      return { nearness: 3 * i, words };
    }
    if (!fits(rule, value)) {
      const words = `${at} wants the value ${quoted(rule.value)}, has ${quoted(value)}`;
      return { nearness: 3 * i + 1, words };
    }
    const taken = takenOf(level, key, value);
    if (taken !== null && taken.rule !== rule) {
      const by = `${partText(taken.rule)} comes before it, and there is no way back`;
      return { nearness: 3 * i + 2, words: `${at} fits, but ${by}` };
    }
    level = taken?.below ?? [];
  }
  const words = `${label}: the descriptor has depth ${depth}, the rule has depth ${way.length}`;
  return { nearness: 3 * Math.min(depth, way.length) + 2, words };
}

function wayTo(step: Step): readonly EnvoyRule[] {
  const way: EnvoyRule[] = [];
  for (let at: Step | null = step; at !== null; at = at.above) way.unshift(at.rule);
  return way;
}

function limitText({ limit, isShadow, sharesBucket }: EnvoyRule): string {
  if (limit === null) return 'no limit';
  const parts = [termsText(limit)];
  if (limit.name !== '') parts.push(`named ${limit.name}`);
  if (limit.replaces.length > 0) parts.push(`in the place of ${limit.replaces.join(', ')}`);
  if (sharesBucket) parts.push('one bucket for all values');
  if (limit.overdraft) parts.push('taken in any case');
  if (isShadow) parts.push('shadow: nothing is denied');
  return parts.join(', ');
}

function termsText({ isUnlimited, requests, unit, rate }: RuleLimit): string {
  if (isUnlimited) return 'unlimited';
  const name = unitOf(unit)?.name ?? '';
  if (requests === 0) return `always over (0 per ${name})`;
  return `${requests} per ${name}, ${rate === null ? 'in windows' : 'a token bucket'}`;
}

function howText(rule: EnvoyRule): string {
  if (rule.value === '') return ', which takes any value';
  return isPattern(rule) ? ', the first pattern that matches' : '';
}

function partText({ key, value }: EnvoyRule): string {
  return pairText(key, value);
}

function pairText(key: string, value: string): string {
  return value === '' ? quoted(key) : `${quoted(key)}=${quoted(value)}`;
}

function descriptorText(entries: readonly string[]): string {
  const pairs = entries.flatMap((key, i) =>
    i % 2 === 0 ? [pairText(key, entries[i + 1] ?? '')] : [],
  );
  return pairs.join(', ');
}

function quoted(bytes: string): string {
  return JSON.stringify(textOf(bytes) ?? '(no text)');
}
