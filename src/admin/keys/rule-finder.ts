/** Which limit a bucket goes by, by its name: of a policy, or of a rule of Envoy's. */
import type { KeptLimit } from '../../bucket/kept-limit.ts';
import { bucketParts } from '../../envoy/bucket-parts.ts';
import type { EnvoyBook } from '../../envoy/envoy-book.ts';
import type { LiveRule } from '../../envoy/live-domain.ts';
import { textOf } from '../../envoy/request.ts';
import { unitOf } from '../../envoy/unit.ts';
import { NAMESPACES, namespaceOf, withoutNamespace } from '../../lib/namespace.ts';
import { limitText } from '../../policies/describe.ts';
import type { HoldingOverride, LiveLimit, LivePolicy } from '../../policies/live-policy.ts';
import type { PolicyLimit } from '../../policies/policy.ts';
import type { PolicyBook } from '../../policies/policy-book.ts';

/** Where a rule stands. */
export interface RulePlace {
  readonly file: string;
  readonly line: number;
}

export interface OverrideReport {
  /** The key or pattern that led to it. */
  readonly by: string;
  readonly always?: 'allow' | 'deny';
  readonly where: RulePlace | null;
}

/** The limit that a question about this bucket is decided by. */
export type GoesBy =
  /** Each question brings its own. */
  | { readonly kind: 'request' }
  | {
      readonly kind: 'policy';
      readonly policy: string;
      /** In words; null where an override decides without asking a limit. */
      readonly limit: string | null;
      readonly capacity: number | null;
      readonly isDry: boolean;
      readonly override: OverrideReport | null;
      /** Forward-auth looks for overrides by what it found, which the bucket does not tell. */
      readonly isForward: boolean;
      readonly where: RulePlace | null;
    }
  | {
      readonly kind: 'rule';
      readonly domain: string;
      /** Keys and values from the top, as the file has them. */
      readonly rule: readonly { readonly key: string; readonly value: string }[];
      readonly limit: string;
      readonly capacity: number | null;
      readonly isShadow: boolean;
      readonly where: RulePlace | null;
    }
  /** The descriptor brought it along. */
  | { readonly kind: 'descriptor'; readonly unit: string }
  /** What it was of is no longer there. */
  | { readonly kind: 'none' };

export interface FoundRule {
  readonly goesBy: GoesBy;
  /** The limit as it is now; null where none is asked, or it is the question's. */
  readonly kept: KeptLimit | null;
  /** What a question with a cost of 1 takes. */
  readonly takes: number;
}

export interface RuleBooks {
  readonly policies: PolicyBook;
  readonly envoy: EnvoyBook;
}

const NONE: FoundRule = { goesBy: { kind: 'none' }, kept: null, takes: 1 };
const REQUEST: FoundRule = { goesBy: { kind: 'request' }, kept: null, takes: 1 };

/** `text`: all of a key, with the mark of its namespace. */
export function findRule(books: RuleBooks, text: string, nowUs: number): FoundRule {
  const name = withoutNamespace(text);
  switch (NAMESPACES[namespaceOf(text)]) {
    case 'policy':
      return ofPolicy(books.policies, name, nowUs);
    case 'envoy':
      return ofEnvoy(books.envoy, name, nowUs);
    default:
      return REQUEST;
  }
}

/** The names of the limits that hold for a key; null where there is no such policy. */
export function limitsFor(books: RuleBooks, policy: string, key: string): readonly string[] | null {
  const live = books.policies.find(policy);
  if (live === undefined) return null;
  const holding = live.for(key);
  // Where an override decides, the buckets are as they were left.
  const limits = holding.kind === 'limits' ? holding.limits : live.limits;
  return limits.map(({ name }) => name);
}

function ofPolicy(book: PolicyBook, name: string, nowUs: number): FoundRule {
  const [limitName = '', policyName = '', ...rest] = name.split('\0');
  const key = rest.join('\0');
  const policy = book.find(policyName);
  if (policy === undefined) return NONE;
  const holding = policy.for(key);
  const override = policy.overrideFor(key);
  if (holding.kind === 'always') {
    return { goesBy: policyReport(policy, null, override), kept: null, takes: 1 };
  }
  const limit = holding.limits.find((one) => one.name === limitName);
  if (limit === undefined) return NONE;
  const goesBy = policyReport(policy, limit, override);
  return { goesBy, kept: limit.at(nowUs), takes: limit.takes(1, false) };
}

function policyReport(
  policy: LivePolicy,
  limit: LiveLimit | null,
  override: HoldingOverride | null,
): GoesBy {
  const { name, definition, isDry, forward } = policy;
  const { where } = definition;
  const own = definition.limits.findIndex((one) => one.name === limit?.name);
  const said = limit === null ? undefined : definitionOf(policy, limit.name, override);
  return {
    kind: 'policy',
    policy: name,
    limit: said === undefined ? null : limitText(said),
    capacity: limit?.capacity ?? null,
    isDry,
    override: override === null ? null : overrideReport(override, where?.file),
    isForward: forward !== null,
    where: where === undefined ? null : { file: where.file, line: where.limits[own] ?? where.line },
  };
}

function definitionOf(
  { definition }: LivePolicy,
  limit: string,
  override: HoldingOverride | null,
): PolicyLimit | undefined {
  const exception = override?.exception;
  const limits = exception?.kind === 'limits' ? exception.limits : definition.limits;
  return limits.find(({ name }) => name === limit);
}

function overrideReport(
  { by, line, exception }: HoldingOverride,
  file: string | undefined,
): OverrideReport {
  const where = file === undefined ? null : { file, line };
  if (exception.kind === 'limits') return { by, where };
  return { by, always: exception.allowed ? 'allow' : 'deny', where };
}

function ofEnvoy(book: EnvoyBook, name: string, nowUs: number): FoundRule {
  const parts = bucketParts(name);
  const domain = parts === null ? undefined : book.find(parts.domain);
  if (parts === null || domain === undefined) return NONE;
  const unit = unitOf(parts.unit);
  if (unit !== undefined) {
    return { goesBy: { kind: 'descriptor', unit: unit.name }, kept: null, takes: 1 };
  }
  // A pattern that shares its bucket matches its own text.
  const live = domain.match(parts.entries.flatMap(({ key, value }) => [key, value]));
  if (live === null) return NONE;
  const goesBy: GoesBy = {
    kind: 'rule',
    domain: domain.name,
    rule: wayOf(live),
    limit: envoyLimitText(live),
    capacity: live.limit?.capacity ?? null,
    isShadow: live.rule.isShadow,
    where: domain.file === '' ? null : { file: domain.file, line: live.rule.line ?? 0 },
  };
  return { goesBy, kept: live.limit?.at(nowUs) ?? null, takes: 1 };
}

export function wayOf({ way }: LiveRule): readonly { key: string; value: string }[] {
  return way.map(({ key, value }) => ({
    key: textOf(key) ?? key,
    value: textOf(value) ?? value,
  }));
}

export function envoyLimitText({ rule, limit }: LiveRule): string {
  if (rule.limit === null) return 'none';
  if (limit === null) return 'unlimited';
  const unit = unitOf(limit.current.unit)?.name ?? '';
  return `${limit.capacity} per ${unit}, ${limit.algorithm.replace('_', ' ')}`;
}
