/**
 * A decision in the header fields of draft-ietf-httpapi-ratelimit-headers-11, as the service itself
 * sends them.
 */
import type { Decision, Limit, Unit } from './question.ts';

const UNITS_US: Readonly<Record<Unit, number>> = {
  us: 1,
  ms: 1_000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
};
const SECOND_US = 1_000_000;

export function policyField(limit: Limit): string {
  const us = intervalUs(limit);
  // `w` may only be whole seconds; an interval that is not goes without.
  return us % SECOND_US === 0
    ? `"default";q=${limit.capacity};w=${us / SECOND_US}`
    : `"default";q=${limit.capacity}`;
}

export function rateLimitField(limit: Limit, decision: Decision): string {
  const { remaining, degraded } = decision;
  // A bucket that keys share refills at a rate that only the service knows.
  return degraded || remaining === decision.limit
    ? `"default";r=${remaining}`
    : `"default";r=${remaining};t=${wholeSeconds(nextTokenMs(limit, decision))}`;
}

/** Seconds round up: a client told to come back early would only be denied again. */
export function wholeSeconds(ms: number): number {
  return Math.ceil(ms / 1_000);
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

function intervalUs({ interval, unit = 's' }: Limit): number {
  return interval * UNITS_US[unit];
}
