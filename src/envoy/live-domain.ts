/**
 * The rules of a domain as a thread asks by them: which one a descriptor leads to.
 *
 * A descriptor leads to a rule of its own depth. At each level the exact value holds, else the
 * first pattern in the order of the file that matches, else the rule for any value; and there is
 * no way back up. Each level is two look-ups in maps, and the patterns of its key.
 */
import { type Glob, matches, readGlob } from '../policies/glob.ts';
import { metricLabel } from './label.ts';
import { LiveEnvoyLimit, type LiveEnvoyParts } from './live-limit.ts';
import { countedIn } from './placing.ts';
import { bytesOf } from './request.ts';
import type { EnvoyRule } from './rule.ts';

export interface LiveRule {
  readonly rule: EnvoyRule;
  /** What it is within, from the top, and itself. */
  readonly way: readonly EnvoyRule[];
  /** By which its decisions are counted. */
  readonly label: string;
  /** Null where it limits nothing. */
  readonly limit: LiveEnvoyLimit | null;
  /** Where its decisions are counted. */
  readonly place: number;
  /** For each level, down to its own, the pattern that shares a bucket; null where none does. */
  readonly shared: readonly (string | null)[] | null;
  /** For each level whether metrics have its value; null where they have none. */
  readonly counted: readonly boolean[] | null;
}

interface Node {
  readonly live: LiveRule;
  /** What is below it; null where nothing is. */
  keys: Keys | null;
}

interface KeyRules {
  readonly exact: Map<string, Node>;
  readonly patterns: { readonly glob: Glob; readonly node: Node }[];
  any: Node | null;
}

type Keys = Map<string, KeyRules>;

export interface DomainTerms {
  readonly name: string;
  readonly file?: string | undefined;
  readonly overridePlace: number;
}

export class LiveDomain {
  readonly name: string;
  /** Empty where it was not read from a file. */
  readonly file: string;
  /** The same as requests have it. */
  readonly bytes: string;
  /** Where limits are counted that descriptors bring along. */
  readonly overridePlace: number;
  readonly #top: Keys = new Map();
  readonly #rules: LiveRule[] = [];
  readonly #parts: LiveEnvoyParts;
  /** The last rule that was added, and what it is within. */
  readonly #way: Node[] = [];

  constructor(domain: DomainTerms, parts: LiveEnvoyParts) {
    const { name, file = '', overridePlace } = domain;
    this.name = name;
    this.file = file;
    this.bytes = bytesOf(name);
    this.overridePlace = overridePlace;
    this.#parts = parts;
  }

  /** In the order of the file. REQUIRES: nobody asks by this domain yet. */
  add(rule: EnvoyRule, place: number): void {
    this.#way.length = rule.depth - 1;
    const above = this.#way.at(-1);
    const node: Node = { live: this.#liveOf(rule, place), keys: null };
    if (above !== undefined) above.keys ??= new Map();
    put(above?.keys ?? this.#top, rule, node);
    this.#way.push(node);
    this.#rules.push(node.live);
  }

  get rules(): readonly LiveRule[] {
    return this.#rules;
  }

  /** The rule that keys and values in turn lead to; null where none does. */
  match(entries: readonly string[]): LiveRule | null {
    let keys: Keys | null = this.#top;
    let node: Node | null = null;
    for (let i = 0; i < entries.length; i += 2) {
      const rules: KeyRules | undefined = keys?.get(entries[i] as string);
      node = rules === undefined ? null : nodeFor(rules, entries[i + 1] as string);
      if (node === null) return null;
      keys = node.keys;
    }
    return node?.live ?? null;
  }

  #liveOf(rule: EnvoyRule, place: number): LiveRule {
    const way = [...this.#way.map(({ live }) => live.rule), rule];
    const { limit } = rule;
    const isLimited = limit !== null && !limit.isUnlimited;
    const shared = way.map(({ sharesBucket, value }) => (sharesBucket ? value : null));
    const counted = countedIn(way);
    return {
      rule,
      way,
      label: metricLabel(way, counted),
      limit: isLimited ? new LiveEnvoyLimit(limit, this.#parts) : null,
      place,
      shared: shared.some((pattern) => pattern !== null) ? shared : null,
      counted: counted.includes(true) ? counted : null,
    };
  }
}

function put(keys: Keys, { key, value }: EnvoyRule, node: Node): void {
  let rules = keys.get(key);
  if (rules === undefined) {
    rules = { exact: new Map(), patterns: [], any: null };
    keys.set(key, rules);
  }
  const glob = readGlob(value);
  if (value === '') rules.any = node;
  else if (glob === null) rules.exact.set(value, node);
  else rules.patterns.push({ glob, node });
}

function nodeFor({ exact, patterns, any }: KeyRules, value: string): Node | null {
  const node = exact.size === 0 ? undefined : exact.get(value);
  if (node !== undefined) return node;
  for (const pattern of patterns) if (matches(pattern.glob, value)) return pattern.node;
  return any;
}
