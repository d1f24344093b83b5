/** What the rules of Envoy have decided. Used by the exposition. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ENVOY_BEYOND_BOUNDS, ENVOY_LATE, ENVOY_UNKNOWN_DOMAIN, ENVOY_UNMATCHED } from './cells.ts';
import type { MetricRegistry } from './metric-registry.ts';
import { POLICY_OUTCOMES, type PolicyOutcome, policyCount } from './policy-cells.ts';

/** A rule as it is counted. Its names come from a file. */
export interface CountedRule {
  readonly domain: string;
  readonly rule: string;
  readonly place: number;
  /** Whether it has a limit, which is shown before anything was decided. */
  readonly isLimited: boolean;
  readonly isDry: boolean;
}

/** What rules came to for single values, where a file asks for that, by outcome. */
export interface CountedValue {
  readonly domain: string;
  readonly rule: string;
  readonly counts: readonly number[];
}

export interface EnvoySources {
  /** Of all threads, see PolicyCounts. */
  readonly counts: SharedArrayBuffer;
  /** The rules that are in force now. */
  rules(): Iterable<CountedRule>;
  values(): Iterable<CountedValue>;
}

/** Rules whose lines are made in one turn of the event loop: a fraction of a millisecond. */
const RULES_A_TURN = 128;
const DECISIONS = 'argus_envoy_rules_total';

/**
 * What each rule came to, as Prometheus text. There may be thousands: they are written in many
 * turns, so that no question waits for all of them.
 */
export async function envoyRulesText({ counts, rules, values }: EnvoySources): Promise<string> {
  const lines = [
    `# HELP ${DECISIONS} What each rule of Envoy came to.`,
    `# TYPE ${DECISIONS} counter`,
  ];
  let written = 0;
  for (const one of rules()) {
    const { domain, rule, place, isLimited, isDry } = one;
    for (const outcome of POLICY_OUTCOMES) {
      const count = policyCount(counts, place, outcome);
      if (count > 0 || (isLimited && mayCome(outcome, isDry))) {
        lines.push(lineOf({ domain, rule, outcome, count }));
      }
    }
    if (++written % RULES_A_TURN === 0) await nextTurn();
  }
  for (const { domain, rule, counts: ofValue } of values()) {
    for (const [i, outcome] of POLICY_OUTCOMES.entries()) {
      const count = ofValue[i] ?? 0;
      if (count > 0) lines.push(lineOf({ domain, rule, outcome, count }));
    }
    if (++written % RULES_A_TURN === 0) await nextTurn();
  }
  return `${lines.join('\n')}\n`;
}

export function addEnvoyMetrics(metrics: MetricRegistry): void {
  metrics.counter(
    'argus_envoy_unmatched_total',
    'Descriptors that no rule of Envoy is for, and requests of unknown domains.',
    ['reason'],
    (counter) => {
      counter.inc({ reason: 'no_rule' }, metrics.sum(ENVOY_UNMATCHED));
      counter.inc({ reason: 'unknown_domain' }, metrics.sum(ENVOY_UNKNOWN_DOMAIN));
    },
  );
  metrics.counter(
    'argus_envoy_beyond_bounds_total',
    'Requests of Envoy denied unread.',
    ['reason'],
    (counter) => counter.inc({ reason: 'descriptors' }, metrics.sum(ENVOY_BEYOND_BOUNDS)),
  );
  metrics.total(
    'argus_envoy_late_answers_total',
    'Answers to Envoy that came after the deadline of their call.',
    ENVOY_LATE,
  );
}

function lineOf(of: {
  readonly domain: string;
  readonly rule: string;
  readonly outcome: PolicyOutcome;
  readonly count: number;
}): string {
  const { domain, rule, outcome, count } = of;
  const labels = `domain="${escaped(domain)}",rule="${escaped(rule)}",outcome="${outcome}"`;
  return `${DECISIONS}{${labels}} ${count}`;
}

/** Files may have any text in names. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** What is shown before it has come for the first time. */
function mayCome(outcome: PolicyOutcome, isDry: boolean): boolean {
  return outcome === 'allowed' || outcome === (isDry ? 'would_deny' : 'denied');
}
