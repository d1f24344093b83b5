/** Policies in words, for whoever checks a file or asks why a question is decided as it is. */
import { durationText } from './duration.ts';
import { sourceText } from './forward-rule.ts';
import { Overrides } from './overrides.ts';
import type { Policies, Policy, PolicyLimit } from './policy.ts';

/** `requests: 10 per 10s` */
export function limitText(limit: PolicyLimit): string {
  const { name, capacity, cost } = limit;
  const costs = cost === null ? '' : `, each question takes ${cost}`;
  return `${name}: ${capacity} ${perText(limit)}${costs}`;
}

function perText(limit: PolicyLimit): string {
  if (limit.kind === 'bucket') return `per ${durationText(limit.rate.intervalUs)}, a token bucket`;
  const { windows } = limit;
  return windows.by === 'calendar'
    ? `each ${windows.unit} of ${windows.timezone}`
    : `in each window of ${durationText(windows.lengthUs)}`;
}

/** What was read, a policy after the other. */
export function policiesText(policies: Policies): string {
  const lines = [...policies.values()].flatMap((policy) => [headOf(policy), ...bodyOf(policy)]);
  const count = policies.size === 1 ? '1 policy' : `${policies.size} policies`;
  return [...lines, `${count}: good`].join('\n');
}

function headOf({ name, dryRun }: Policy): string {
  return dryRun ? `${name} (dry run: nothing is denied)` : name;
}

function bodyOf({ limits, overrides, forward }: Policy): string[] {
  const lines = limits.map((limit) => `  ${limitText(limit)}`);
  if (overrides.length > 0) lines.push(`  overrides: ${overrides.length}`);
  if (forward !== null) {
    const key = forward.key.map((sources) => sources.map(sourceText).join(' + ')).join(', or ');
    lines.push(`  forward-auth: by ${key}`);
  }
  return lines;
}

/** What holds for a key, and why. `cost` is the question's. */
export function explanationOf(policy: Policy, key: string, cost: number): string {
  const lines = [`policy ${headOf(policy)}, key ${JSON.stringify(key)}, cost ${cost}`];
  const found = new Overrides(policy.overrides).find(key);
  if (found === null) lines.push('no override matches: the limits of the policy hold');
  else {
    const { place, by, value } = found;
    lines.push(`override ${place + 1} holds, by ${JSON.stringify(by)}`);
    if (value.kind === 'always') {
      lines.push(`it always ${value.allowed ? 'allows' : 'denies'}: no limit is asked`);
      return lines.join('\n');
    }
  }
  const limits = found?.value.kind === 'limits' ? found.value.limits : policy.limits;
  for (const limit of limits) {
    const taken = limit.cost === null || cost <= 0 ? cost : limit.cost;
    const isOwn = policy.limits.includes(limit);
    const from = isOwn ? '' : ' (of the override)';
    const never = taken > limit.capacity ? ': more than it ever has, so always denied' : '';
    lines.push(`  ${limitText(limit)}${from}: takes ${taken}${never}`);
  }
  return lines.join('\n');
}
