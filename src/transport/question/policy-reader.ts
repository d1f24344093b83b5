/** Reads a question that names a policy, whose limits the service keeps. */
import { MOST_CAPACITY } from '../../contract/bounds.ts';
import { shown } from '../../lib/shown.ts';
import type { LivePolicy } from '../../policies/live-policy.ts';
import type { PolicyBook } from '../../policies/policy-book.ts';
import { bad, type Fields, flagsOf, isWhole, type Reading } from './reading.ts';

/** What a policy says itself. */
const KEPT = ['capacity', 'interval', 'unit'] as const;

export class PolicyReader {
  readonly #policies: PolicyBook;

  constructor(policies: PolicyBook) {
    this.#policies = policies;
  }

  /** REQUIRES: the key and the flags were found to be good, and `policy` is there. */
  read(fields: Fields): Reading {
    const { policy: name, key, cost = 1 } = fields;
    if (typeof name !== 'string') {
      return bad('bad_field', 'policy', `policy must be the name of a policy, is ${shown(name)}`);
    }
    const own = KEPT.find((field) => fields[field] !== undefined);
    if (own !== undefined) {
      return bad(
        'bad_field',
        own,
        `${own} must be left out where policy is there: the policy says it`,
      );
    }
    const policy = this.#policies.find(name);
    if (policy === undefined) {
      return { ok: false, reason: 'unknown_policy', field: 'policy', fault: unknownPolicy(name) };
    }
    // Looked for where it matters alone: who decides looks for the key's override too.
    if (!isWhole(cost, 0, MOST_CAPACITY) && !isGivenBack(cost, policy, key as string)) {
      const most = mostGivenBack(policy, key as string);
      const wanted = `a whole number from ${-most} (the largest capacity) to ${MOST_CAPACITY}`;
      return bad('bad_field', 'cost', `cost must be ${wanted}, is ${shown(cost)}`);
    }
    const { overdraft = false, ...strict } = flagsOf(fields);
    // JSON knows -0; the table should not.
    return {
      ok: true,
      question: { policy, key: key as string, cost: cost + 0, overdraft, ...strict },
    };
  }
}

export function unknownPolicy(name: string): string {
  return `policy must be one of those that the service has, is ${shown(name)}`;
}

function isGivenBack(cost: unknown, policy: LivePolicy, key: string): cost is number {
  return isWhole(cost, -MOST_CAPACITY, -1) && -cost <= mostGivenBack(policy, key);
}

function mostGivenBack(policy: LivePolicy, key: string): number {
  const holding = policy.for(key);
  const { limits } = holding.kind === 'limits' ? holding : policy;
  return Math.max(...limits.map(({ capacity }) => capacity));
}
