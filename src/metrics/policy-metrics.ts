/** What policies have decided, and whether their files are good. Used by the exposition. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  POLICIES_LOADED_S,
  POLICIES_RULES,
  POLICIES_VALID,
  RELOADS_APPLIED,
  RELOADS_REFUSED,
} from './cells.ts';
import type { MetricRegistry } from './metric-registry.ts';
import { POLICY_OUTCOMES, type PolicyOutcome, policyCount } from './policy-cells.ts';

/** A limit as it is counted. Its names come from a file of policies. */
export interface CountedLimit {
  readonly policy: string;
  readonly limit: string;
  readonly place: number;
  readonly isDry: boolean;
}

export interface PolicySources {
  /** Of all threads, see PolicyCounts. */
  readonly counts: SharedArrayBuffer;
  /** The limits that are in force now. */
  limits(): Iterable<CountedLimit>;
}

/** Limits whose lines are made in one turn of the event loop: a fraction of a millisecond. */
const LIMITS_A_TURN = 128;
const DECISIONS = 'argus_policy_decisions_total';

/**
 * What each limit came to, as Prometheus text. There may be thousands: they are written in many
 * turns, so that no question waits for all of them.
 */
export async function policyDecisionsText({ counts, limits }: PolicySources): Promise<string> {
  const lines = [
    `# HELP ${DECISIONS} What each limit of each policy came to.`,
    `# TYPE ${DECISIONS} counter`,
  ];
  let written = 0;
  for (const one of limits()) {
    lines.push(...linesOf(one, counts));
    if (++written % LIMITS_A_TURN === 0) await nextTurn();
  }
  return `${lines.join('\n')}\n`;
}

/** Names of policies and limits need no escapes: see NAME_PATTERN of the files. */
function linesOf({ policy, limit, place, isDry }: CountedLimit, counts: SharedArrayBuffer) {
  return POLICY_OUTCOMES.flatMap((outcome) => {
    const count = policyCount(counts, place, outcome);
    if (count === 0 && !mayCome(outcome, isDry)) return [];
    return [`${DECISIONS}{policy="${policy}",limit="${limit}",outcome="${outcome}"} ${count}`];
  });
}

export function addPolicyMetrics(metrics: MetricRegistry): void {
  metrics.value('argus_policies_valid', 'Whether the files of policies are good, 0 or 1.', () =>
    metrics.sum(POLICIES_VALID),
  );
  metrics.value(
    'argus_policies_loaded_timestamp_seconds',
    'When the policies in force were read, Unix time.',
    () => metrics.sum(POLICIES_LOADED_S),
  );
  metrics.value('argus_policies_rules', 'Limits of policies in force, and their overrides.', () =>
    metrics.sum(POLICIES_RULES),
  );
  metrics.counter(
    'argus_policies_reloads_total',
    'Times the files of policies were read again.',
    ['outcome'],
    (counter) => {
      counter.inc({ outcome: 'applied' }, metrics.sum(RELOADS_APPLIED));
      counter.inc({ outcome: 'refused' }, metrics.sum(RELOADS_REFUSED));
    },
  );
}

/** What is shown before it has come for the first time. */
function mayCome(outcome: PolicyOutcome, isDry: boolean): boolean {
  return outcome !== (isDry ? 'denied' : 'would_deny');
}
