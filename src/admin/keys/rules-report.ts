/** All policies and rules of Envoy in force, where they stand, and what was decided by them. */
import type { LiveRule } from '../../envoy/live-domain.ts';
import { POLICY_OUTCOMES, policyCount } from '../../metrics/policy-cells.ts';
import { limitText } from '../../policies/describe.ts';
import type { LivePolicy } from '../../policies/live-policy.ts';
import { envoyLimitText, type RuleBooks, type RulePlace, wayOf } from './rule-finder.ts';

export interface RulesQuery {
  readonly most: number;
  /** How many were told before, policies and then rules. */
  readonly from: number;
}

interface Counts {
  readonly allowed: number;
  readonly denied: number;
  readonly wouldDeny: number;
  /** Decided by an override, without asking a limit. */
  readonly exempt: number;
}

export interface PolicyReport {
  readonly name: string;
  /** Empty and 0 where it was not read from a file. */
  readonly file: string;
  readonly line: number;
  readonly isDry: boolean;
  readonly isForward: boolean;
  readonly overrides: number;
  readonly limits: readonly (Counts & {
    readonly name: string;
    readonly line: number;
    /** In words. */
    readonly limit: string;
    readonly capacity: number;
  })[];
}

/** Rules whose metrics have one label are counted together. */
export interface RuleReport extends Counts, RulePlace {
  readonly domain: string;
  readonly rule: readonly { readonly key: string; readonly value: string }[];
  readonly limit: string;
  readonly isShadow: boolean;
}

export interface RulesReport {
  readonly policies: readonly PolicyReport[];
  readonly rules: readonly RuleReport[];
  /** For those behind them; null where these are the last. */
  readonly cursor: string | null;
}

/** `counts`: of all threads, see PolicyCounts. */
export function rulesReport(
  { policies, envoy }: RuleBooks,
  counts: SharedArrayBuffer,
  { most, from }: RulesQuery,
): RulesReport {
  const report = { policies: [] as PolicyReport[], rules: [] as RuleReport[] };
  let seen = 0;
  const isWanted = () => {
    seen++;
    return seen > from && seen <= from + most;
  };
  for (const policy of policies.all) {
    if (isWanted()) report.policies.push(policyReport(policy, counts));
  }
  for (const { name, file, rules } of envoy.all) {
    for (const rule of rules) {
      if (isWanted()) report.rules.push(ruleReport(rule, { domain: name, file }, counts));
    }
  }
  return { ...report, cursor: seen > from + most ? String(from + most) : null };
}

function policyReport(policy: LivePolicy, counts: SharedArrayBuffer): PolicyReport {
  const { name, definition, isDry, forward, overrideCount, places } = policy;
  const { file = '', line = 0, limits: lines = [] } = definition.where ?? {};
  const limits = definition.limits.map((limit, i) => ({
    name: limit.name,
    line: lines[i] ?? line,
    limit: limitText(limit),
    capacity: limit.capacity,
    ...countsAt(counts, places[i] as number),
  }));
  const isForward = forward !== null;
  return { name, file, line, isDry, isForward, overrides: overrideCount, limits };
}

function ruleReport(
  rule: LiveRule,
  of: { readonly domain: string; readonly file: string },
  counts: SharedArrayBuffer,
): RuleReport {
  return {
    ...of,
    line: rule.rule.line ?? 0,
    rule: wayOf(rule),
    limit: envoyLimitText(rule),
    isShadow: rule.rule.isShadow,
    ...countsAt(counts, rule.place),
  };
}

function countsAt(counts: SharedArrayBuffer, place: number): Counts {
  const [allowed = 0, denied = 0, wouldDeny = 0, exempt = 0] = POLICY_OUTCOMES.map((outcome) =>
    policyCount(counts, place, outcome),
  );
  return { allowed, denied, wouldDeny, exempt };
}
