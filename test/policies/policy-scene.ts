/** Policies in force in a test: of a text as an operator writes it, over any limiter. */
import type { WallClock } from '../../src/lib/clock.ts';
import type { Limiter } from '../../src/limiter/limiter.ts';
import { PolicyCounts, type PolicyOutcome, policyCount } from '../../src/metrics/policy-cells.ts';
import { PolicyAsker, type PolicyParts } from '../../src/policies/asking.ts';
import { readRules } from '../../src/policies/file/read.ts';
import { LivePolicy } from '../../src/policies/live-policy.ts';
import { OpenWindows } from '../../src/policies/open-windows.ts';
import { PolicyBook } from '../../src/policies/policy-book.ts';

export interface PolicyScene extends PolicyParts {
  /** What was decided under a limit, by its place among all limits of the text. */
  readonly counted: (place: number, outcome: PolicyOutcome) => number;
}

/** `text`: YAML, which must be good; left out, there are none. */
export function policiesOver(
  limiter: Limiter,
  text = '',
  wall: WallClock = () => 1_700_000_000_000_000,
): PolicyScene {
  const memory = PolicyCounts.reserve(1);
  const book = new PolicyBook();
  if (text !== '') book.replace(livePolicies(text, wall));
  const asker = new PolicyAsker({ limiter, counts: new PolicyCounts(memory, 0) });
  return { book, asker, counted: (place, outcome) => policyCount(memory, place, outcome) };
}

function livePolicies(text: string, wall: WallClock): ReadonlyMap<string, LivePolicy> {
  const rules = readRules([{ file: 'policies.yaml', text }]);
  if (!rules.ok) throw new Error(rules.faults.map(({ words }) => words).join('\n'));
  const windows = new OpenWindows(OpenWindows.reserve());
  const live = new Map<string, LivePolicy>();
  let places = 0;
  for (const [name, policy] of rules.policies) {
    const own = policy.limits.map(() => places++);
    live.set(name, new LivePolicy(policy, { windows, wall, places: own }));
  }
  return live;
}
