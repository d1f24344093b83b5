/** Policies and overrides that tests put in force, without a file. */
import { limitOf } from '../../src/bucket/limit.ts';
import type { Keyed } from '../../src/policies/overrides.ts';
import type { PlacedPolicy } from '../../src/policies/placement.ts';
import type { Exception, Policy, PolicyLimit } from '../../src/policies/policy.ts';

/** A token bucket that fills in ten seconds. */
export function bucketLimit(name: string, capacity: number): PolicyLimit {
  const rate = limitOf({ capacity, count: capacity, periodUs: 10_000_000 });
  if (rate === null) throw new Error('no limit');
  return { name, capacity, cost: null, kind: 'bucket', rate };
}

export function policyOf(name: string, more: Partial<Policy> = {}): Policy {
  return {
    name,
    description: '',
    limits: [bucketLimit('requests', 10)],
    overrides: [],
    dryRun: false,
    forward: null,
    ...more,
  };
}

/** Each limit counted where its policy stands in the list. */
export function placed(...policies: readonly Policy[]): readonly PlacedPolicy[] {
  return policies.map((policy, i) => ({ policy, places: policy.limits.map(() => i) }));
}

/** One that gives these keys another capacity. */
export function override(keys: readonly string[], capacity: number): Keyed<Exception> {
  return { keys, value: { kind: 'limits', limits: [bucketLimit('requests', capacity)] } };
}
