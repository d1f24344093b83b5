/** What to tell those whose questions went to the store, from the one answer that came back. */
import type { Decision } from '../bucket/decision.ts';
import type { Settlement } from '../bucket/lease.ts';
import { type Bucket, decide } from '../bucket/token-bucket.ts';
import type { Reply } from '../store/exchange.ts';
import type { Sent } from './key-state.ts';
import { isSmall, LEASE_SAFE_PART } from './settings.ts';

/** A note holds at least so long where leases are: or the next question would ask for what trickles in. */
const LEAST_NOTE_MS = 10;
/** And at most so long: others may give back what they hold. */
const MOST_NOTE_MS = 100;

/** A decision for each ask, as they stood one after the other. */
export function decisionsOf(sent: Sent, reply: Reply, nowUs: number): readonly Decision[] {
  const { limit, holds } = sent.exchange;
  const decisions: Decision[] = [];
  const bucket = bucketOf(reply, nowUs);
  // From the last to the first: the reply says how the bucket stood after all of them.
  let after = reply.used;
  for (let i = sent.asks.length - 1; i >= 0; i--) {
    const cost = sent.exchange.costs[i] as number;
    const allowed = reply.allowed[i] === true;
    // What this instance holds cannot be had by a question that was denied.
    const held = reply.others + (allowed ? 0 : reply.held);
    bucket.used = inUse(after, held, reply.period);
    const answer = { allowed, degraded: false, source: 'store' } as const;
    const decision = decide(bucket, limit, { cost, nowUs }, answer);
    decisions.push(allowed ? decision : { ...decision, retryAfterMs: atLeast1(decision) });
    // What is held is not in use.
    if (allowed && i >= holds) after = Math.max(0, after - cost * reply.period);
  }
  return decisions.reverse();
}

/** What an exchange brought, as the lease takes it. */
export function settlementOf(
  sent: Sent,
  reply: Reply,
  decisions: readonly Decision[],
  now: { readonly instances: number; readonly nowUs: number },
): Settlement {
  const { limit, keep, ttlUs } = sent.exchange;
  const { held, grant } = reply;
  return {
    limit,
    keep,
    kept: held - grant,
    grant,
    // From the sending: the store's own time for the lease began no earlier.
    deadlineUs: sent.sentUs + Math.floor(ttlUs * LEASE_SAFE_PART),
    bucket: bucketOf(reply, now.nowUs),
    ...noteOf(sent, decisions, now),
  };
}

/** Whether the store has forgotten what it had said: it does after a failover. */
export function isRegression({ state, exchange }: Sent, { version, existed }: Reply): boolean {
  return version <= state.version || (!existed && exchange.keep + exchange.back > 0);
}

/** The least cost that was denied, and until when it and dearer ones need not be asked for. */
function noteOf(
  { asks, exchange }: Sent,
  decisions: readonly Decision[],
  { instances, nowUs }: { readonly instances: number; readonly nowUs: number },
): Pick<Settlement, 'deniedCost' | 'deniedUntilUs'> {
  let deniedCost = 0;
  let waitMs = 0;
  asks.forEach(({ cost, strict }, i) => {
    const decision = decisions[i] as Decision;
    if (strict || decision.allowed || (deniedCost !== 0 && cost >= deniedCost)) return;
    deniedCost = cost;
    waitMs = decision.retryAfterMs;
  });
  if (deniedCost === 0) return { deniedCost, deniedUntilUs: 0 };
  const leastMs = isSmall(exchange.limit, instances) ? 0 : LEAST_NOTE_MS;
  const noteMs = Math.min(Math.max(waitMs, leastMs), MOST_NOTE_MS);
  return { deniedCost, deniedUntilUs: nowUs + noteMs * 1_000 };
}

/** The store's bucket, with tokens that others hold taken out of it. */
function bucketOf(reply: Reply, nowUs: number): Bucket {
  const { used, others, sinceUs, count, period, tickUs } = reply;
  return { used: inUse(used, others, period), atUs: nowUs - sinceUs, count, period, tickUs };
}

function inUse(used: number, held: number, period: number): number {
  return Math.min(used + held * period, Number.MAX_SAFE_INTEGER);
}

/** A wait of 0 would send whoever was denied back at once. */
function atLeast1({ retryAfterMs }: Decision): number {
  return Math.max(1, retryAfterMs);
}
