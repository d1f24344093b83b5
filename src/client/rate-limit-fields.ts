/**
 * A decision in the header fields of draft-ietf-httpapi-ratelimit-headers-11, as the service itself
 * sends them.
 */
import { policyField, policyItem, rateLimitField, rateLimitItem } from '../contract/fields.ts';
import { DEFAULT_UNIT, UNITS_US } from '../contract/units.ts';
import type { Decision, Limit, LimitDecision } from './question.ts';

/** '' where no such field can name the capacity, nor RateLimit then. */
export function policyFieldOf(limit: Limit): string {
  return policyField(limit.capacity, intervalUs(limit));
}

export function rateLimitFieldOf(limit: Limit, decision: Decision): string {
  const { remaining, degraded } = decision;
  // A bucket that keys share refills at a rate that only the service knows.
  const isUnsaid = degraded === true || remaining === decision.limit;
  return rateLimitField(remaining, isUnsaid ? 0 : nextTokenMs(limit, decision));
}

/**
 * All limits of a policy, each under its name; '' where there are none to name. An answer does not
 * say in what time a limit refills, and when there is more only of what was denied.
 */
export function policyFieldsOf(limits: readonly LimitDecision[]): {
  readonly policy: string;
  readonly rateLimit: string;
} {
  const policy: string[] = [];
  const rateLimit: string[] = [];
  for (const { name, limit, remaining, retryAfterMs } of limits) {
    const item = policyItem(name, limit, null);
    if (item === '') continue;
    policy.push(item);
    rateLimit.push(rateLimitItem(name, remaining, retryAfterMs ?? 0));
  }
  return { policy: policy.join(', '), rateLimit: rateLimit.join(', ') };
}

/**
 * Until `remaining` grows: until the bucket is full, less the time that the tokens after the next
 * one take. The answer has the former rounded up to whole milliseconds, so this is never too early,
 * and less than a millisecond late.
 *
 * A denied key may still refill by another limit, that it was charged under, and the latter is then
 * wrong. But there is more at the latest when the cost that was denied would pass.
 */
function nextTokenMs(asked: Limit, decision: Decision): number {
  const { allowed, limit, remaining, retryAfterMs, resetAfterMs } = decision;
  const laterUs = ((limit - remaining - 1) * intervalUs(asked)) / limit;
  const nextMs = Math.max(1, resetAfterMs - laterUs / 1_000);
  return allowed ? nextMs : Math.min(nextMs, Math.max(1, retryAfterMs));
}

function intervalUs({ interval, unit = DEFAULT_UNIT }: Limit): number {
  return interval * UNITS_US[unit];
}
