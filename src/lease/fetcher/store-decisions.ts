/** What to tell those whose questions went to the store, from the one answer that came back. */

import type { Decision } from '../../bucket/decision.ts';
import { type Bucket, goesBy } from '../../bucket/token-bucket.ts';
import { isWindow } from '../../bucket/window.ts';
import {
  CHECK_EVERY_US,
  isSmall,
  LEASE_SAFE_PART,
  LEAST_HELD_US,
  LEAST_LEASE,
} from '../settings.ts';
import type { Reply } from '../terms/exchange.ts';
import type { Settlement } from '../terms/lease-exchange.ts';
import { decideBy, unitsOf } from '../terms/picture.ts';
import type { Held, Sent } from './key-state.ts';

/** The least time that a denial is noted where there are leases: otherwise each question would call
 * Redis for a single new token. */
const LEAST_NOTE_MS = 10;
/** The longest time that a denial is noted: others may give back what they hold. */
const MOST_NOTE_MS = 100;

/** When an exchange was answered, and by how many its store is shared. */
export interface Now {
  readonly nowUs: number;
  readonly instances: number;
}

/** A decision for each ask, as they stood one after the other. */
export function decisionsOf(sent: Sent, reply: Reply, now: Now): readonly Decision[] {
  const { nowUs } = now;
  const { limit, costs } = sent.exchange;
  const decisions: Decision[] = [];
  const bucket = bucketOf(reply, nowUs);
  // From the last to the first: the reply says how the bucket stood after all of them.
  let after = reply.used;
  for (let i = costs.length - 1; i >= 0; i--) {
    const cost = Math.min(costs[i] as number, limit.capacity);
    const allowed = reply.allowed[i] === true;
    // What this instance holds cannot be had by a question that was denied.
    const held = reply.others + (allowed ? 0 : reply.held);
    bucket.used = inUse(after, held, reply);
    const answer = { allowed, source: 'store' } as const;
    const decision = decideBy(bucket, limit, { cost, nowUs }, answer);
    const leastMs = sent.asks[i]?.strict ? 1 : leastNoteMs(sent, reply, now);
    const retryAfterMs = Math.max(decision.retryAfterMs, leastMs);
    // Of the last nobody may be waiting to hear.
    if (i < sent.asks.length) decisions.push(allowed ? decision : { ...decision, retryAfterMs });
    after = usedBefore(after, i, sent, reply);
  }
  return decisions.reverse();
}

/**
 * Units that were used before the i-th cost. Where more was given back than was used, that is not
 * known: but for debts it was the capacity. Nor where an overdraft took all that it may.
 */
function usedBefore(after: number, i: number, { exchange }: Sent, reply: Reply): number {
  const { costs, holds, overdrafts = 0, limit } = exchange;
  const units = unitsOf(reply);
  const isThere = reply.allowed[i] === true;
  const isDrawn = !isThere && i >= costs.length - overdrafts;
  // What is held is not in use.
  const takes = isThere ? i >= holds : isDrawn && after < 2 * limit.capacity * units;
  if (!takes) return after;
  const most = Math.max(after, limit.capacity * units);
  return Math.max(0, Math.min(after - (costs[i] as number) * units, most));
}

/** What an exchange brought, as the lease takes it. */
export function settlementOf(
  sent: Sent,
  reply: Reply,
  decisions: readonly Decision[],
  now: Now,
): Settlement {
  const { limit, keep, ttlUs } = sent.exchange;
  const { held, grant } = reply;
  return {
    limit,
    keep,
    kept: held - grant,
    grant,
    // From the sending: the store's own time for the lease began no earlier.
    deadlineUs: sent.sentUs + Math.floor(leaseUs(reply, ttlUs) * LEASE_SAFE_PART),
    bucket: bucketOf(reply, now.nowUs),
    ...noteOf(sent, reply, decisions, now),
  };
}

/** How long a lease lasts that the store was asked for now: no longer than the window. */
function leaseUs(reply: Reply, ttlUs: number): number {
  return isWindow(reply) ? Math.min(ttlUs, -reply.sinceUs) : ttlUs;
}

/** The earliest time at which the window may be over. */
function endsUs({ sentUs }: Sent, reply: Reply): number {
  return isWindow(reply) ? sentUs - reply.sinceUs : Number.POSITIVE_INFINITY;
}

/** Whether the way to the store is so long that a lease is over as it comes. */
export function isFar({ sentUs, exchange }: Sent, nowUs: number): boolean {
  return sentUs + Math.floor(exchange.ttlUs * LEASE_SAFE_PART) <= nowUs;
}

/**
 * How long a lease lasts that came so late that it would end before it is looked after; null for
 * any other, and where it ends with its window, beyond which none lasts.
 */
export function shortUs(
  { exchange: { ttlUs } }: Sent,
  reply: Reply,
  { deadlineUs }: Settlement,
  nowUs: number,
): number | null {
  const leftUs = deadlineUs - nowUs;
  if (leftUs >= CHECK_EVERY_US || leaseUs(reply, ttlUs) < ttlUs) return null;
  return Math.max(1, leftUs);
}

/**
 * What was leased for those who are to take it themselves. They have as long as two such exchanges
 * take: what they ask for beside it may have to wait for one.
 */
export function heldIn(
  { exchange: { limit, holds }, asks, sentUs }: Sent,
  decisions: readonly Decision[],
  nowUs: number,
): Held {
  const allowed = asks.slice(0, holds).filter((_, i) => decisions[i]?.allowed === true);
  return {
    tokens: allowed.reduce((tokens, { cost }) => tokens + cost, 0),
    limit,
    askedUs: Math.min(...allowed.map(({ askedUs }) => askedUs)),
    untilUs: nowUs + Math.max(LEAST_HELD_US, 2 * (nowUs - sentUs)),
  };
}

/** Whether the store has forgotten what it had said: it does after a failover. */
export function isRegression(sent: Sent, { version, existed }: Reply, nowUs: number): boolean {
  const { keep, back } = sent.exchange;
  const isLeased = keep + back > 0 && nowUs < sent.state.leasedUntilUs;
  return version <= sent.state.version || (!existed && isLeased);
}

/** The least cost that was denied, and until when it and dearer ones need not be asked for. */
function noteOf(
  sent: Sent,
  reply: Reply,
  decisions: readonly Decision[],
  now: Now,
): Pick<Settlement, 'deniedCost' | 'deniedUntilUs'> {
  const { cost, waitMs } = leastDenied(sent, reply, decisions, now) ?? nextDenied(sent, reply, now);
  // As long as was said: whoever comes back then is not denied by a note.
  const noteMs = Math.min(waitMs, MOST_NOTE_MS);
  const untilUs = Math.min(now.nowUs + noteMs * 1_000, endsUs(sent, reply));
  return { deniedCost: cost, deniedUntilUs: cost === 0 ? 0 : untilUs };
}

interface Denial {
  readonly cost: number;
  readonly waitMs: number;
}

/**
 * Of those that the exchange leaves denied: what it gave back after a denial may be enough for
 * that.
 */
function leastDenied(
  sent: Sent,
  reply: Reply,
  decisions: readonly Decision[],
  now: Now,
): Denial | null {
  let least: Denial | null = null;
  sent.asks.forEach(({ cost, strict, overdraft }, i) => {
    const { allowed, retryAfterMs } = decisions[i] as Decision;
    if (strict || overdraft || allowed || (least !== null && cost >= least.cost)) return;
    const leftMs = waitMsOf(cost, sent, reply, now);
    if (leftMs === 0) return;
    const waitMs = Math.min(retryAfterMs, Math.max(leftMs, leastNoteMs(sent, reply, now)));
    least = { cost, waitMs };
  });
  return least;
}

/**
 * Where a lease could not be had in full because nothing is left: what the next question will find.
 */
function nextDenied(sent: Sent, reply: Reply, now: Now): Denial {
  const { limit, want } = sent.exchange;
  const { used, held, others, grant, active } = reply;
  const { cost } = sent.state;
  const room = limit.capacity - held - others - cost;
  const isNext = active > 1 && want > grant && used > room * unitsOf(reply);
  if (!isNext) return { cost: 0, waitMs: 0 };
  const waitMs = Math.max(waitMsOf(cost, sent, reply, now), leastNoteMs(sent, reply, now));
  return { cost, waitMs };
}

/** How long this cost has to wait after all that the exchange did. */
function waitMsOf(cost: number, { exchange }: Sent, reply: Reply, { nowUs }: Now): number {
  const bucket = bucketOf(reply, nowUs);
  bucket.used = inUse(reply.used, reply.others + reply.held, reply);
  if (isWindow(bucket) && bucket.used <= exchange.limit.capacity - cost) return 0;
  const answer = { allowed: false, source: 'store' } as const;
  return decideBy(bucket, exchange.limit, { cost, nowUs }, answer).retryAfterMs;
}

/**
 * A wait of 0 would send whoever was denied back at once. Where leases are, a note lasts until each
 * instance can have one, twice over: it is asked for again at half of that. Not while the bucket
 * goes by another limit: what is denied under this one is told by the picture.
 */
function leastNoteMs({ state, exchange }: Sent, reply: Reply, { instances }: Now): number {
  const { limit } = exchange;
  const { active } = reply;
  if (isSmall(limit, instances) || !goesBy(reply, limit)) return 1;
  const tokens = 2 * LEAST_LEASE * active * state.cost;
  const ms = Math.ceil((((tokens * limit.period) / limit.count) * limit.tickUs) / 1_000);
  return Math.min(Math.max(ms, LEAST_NOTE_MS), MOST_NOTE_MS);
}

/** The store's bucket, with tokens that others hold taken out of it. */
function bucketOf(reply: Reply, nowUs: number): Bucket {
  const { used, others, sinceUs, count, period, tickUs } = reply;
  return { used: inUse(used, others, reply), atUs: nowUs - sinceUs, count, period, tickUs };
}

function inUse(used: number, held: number, reply: Reply): number {
  return Math.min(used + held * unitsOf(reply), Number.MAX_SAFE_INTEGER);
}
