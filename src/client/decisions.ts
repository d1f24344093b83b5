/**
 * Reads decisions, and believes nothing: one that contradicts itself, or is about another limit or
 * policy than was asked, is none.
 */
import { SOURCES } from '../contract/sources.ts';
import type {
  AllDecision,
  AnyDecision,
  Decision,
  LimitDecision,
  PolicyDecision,
  Source,
} from './question.ts';

/** What stands in `by` where an exception for the key decided, and no limit. */
const OVERRIDE = 'override';
/** It goes into header fields as it is. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** The decision on a question, which is given as it was sent; null where it is none. */
export function decisionIn(value: unknown, asked: unknown): AnyDecision | null {
  const { policy, capacity } = fieldsOf(asked);
  return policy === undefined ? ownDecisionIn(value, capacity) : policyDecisionIn(value, policy);
}

/** The decision on questions that were asked all or none. */
export function allDecisionIn(value: unknown, asked: readonly unknown[]): AllDecision | null {
  const { allowed, retryAfterMs, all } = fieldsOf(value);
  if (typeof allowed !== 'boolean' || !isCountOrNull(retryAfterMs)) return null;
  if (!Array.isArray(all) || all.length !== asked.length) return null;
  const each: AnyDecision[] = [];
  for (const [index, one] of all.entries()) {
    const decision = decisionIn(one, asked[index]);
    if (decision === null) return null;
    each.push(decision);
  }
  // All may be denied though each alone would pass, where the store had no time for all of them.
  if (allowed && (retryAfterMs !== 0 || !each.every((one) => one.allowed))) return null;
  return { allowed, retryAfterMs, all: each };
}

function ownDecisionIn(value: unknown, capacity: unknown): Decision | null {
  const fields = fieldsOf(value);
  const { allowed, limit, remaining, retryAfterMs, resetAfterMs } = fields;
  if (typeof allowed !== 'boolean') return null;
  if (!isCount(limit) || !isCount(remaining)) return null;
  if (!isCount(retryAfterMs) || !isCount(resetAfterMs)) return null;
  // It contradicts itself, or it answers somebody else.
  if (limit !== capacity || remaining > limit || allowed !== (retryAfterMs === 0)) return null;
  return { allowed, limit, remaining, retryAfterMs, resetAfterMs, ...standingIn(fields) };
}

function policyDecisionIn(value: unknown, policy: unknown): PolicyDecision | null {
  const fields = fieldsOf(value);
  const { allowed, limit, remaining, retryAfterMs, resetAfterMs, by } = fields;
  const limits = limitsIn(fields['limits']);
  if (typeof policy !== 'string' || fields['policy'] !== policy) return null;
  if (typeof allowed !== 'boolean' || typeof by !== 'string' || limits === null) return null;
  if (!isCountOrNull(limit) || !isCountOrNull(remaining)) return null;
  if (!isCountOrNull(retryAfterMs) || !isCountOrNull(resetAfterMs)) return null;
  const isDry = fields['dryRun'] === true;
  if (allowed !== (retryAfterMs === 0) || !agrees(allowed, isDry, limits)) return null;
  if (!isOf({ limit, remaining }, by, limits)) return null;
  return {
    allowed,
    policy,
    limit,
    remaining,
    retryAfterMs,
    resetAfterMs,
    by,
    limits,
    ...(isDry ? { dryRun: true } : {}),
    ...(fields['degraded'] === true ? { degraded: true } : {}),
  };
}

/** Whether the limits say the same; where none holds, an exception has decided. */
function agrees(allowed: boolean, isDry: boolean, limits: readonly LimitDecision[]): boolean {
  if (isDry) return allowed;
  return limits.length === 0 || allowed === limits.every((one) => one.allowed);
}

/** Whether the numbers of a policy are those of the limit that decided. */
function isOf(
  { limit, remaining }: Pick<PolicyDecision, 'limit' | 'remaining'>,
  by: string,
  limits: readonly LimitDecision[],
): boolean {
  if (limits.length === 0) return by === OVERRIDE && limit === null && remaining === null;
  const decider = limits.find(({ name }) => name === by);
  return decider !== undefined && decider.limit === limit && decider.remaining === remaining;
}

function limitsIn(values: unknown): readonly LimitDecision[] | null {
  if (!Array.isArray(values)) return null;
  const limits: LimitDecision[] = [];
  for (const value of values) {
    const limit = limitIn(value);
    if (limit === null || limits.some(({ name }) => name === limit.name)) return null;
    limits.push(limit);
  }
  return limits;
}

function limitIn(value: unknown): LimitDecision | null {
  const fields = fieldsOf(value);
  const { name, allowed, limit, remaining, retryAfterMs, resetAfterMs } = fields;
  if (typeof name !== 'string' || !NAME.test(name) || typeof allowed !== 'boolean') return null;
  if (!isCount(limit) || !isCount(remaining) || remaining > limit) return null;
  if (!isCountOrNull(retryAfterMs) || !isCount(resetAfterMs)) return null;
  if (allowed !== (retryAfterMs === 0)) return null;
  return { name, allowed, limit, remaining, retryAfterMs, resetAfterMs, ...standingIn(fields) };
}

function standingIn({ degraded, source }: Fields): Pick<Decision, 'degraded' | 'source'> {
  return {
    ...(degraded === true ? { degraded } : {}),
    ...(isSource(source) ? { source } : {}),
  };
}

/** One that is not known here is left out: the decision stands all the same. */
function isSource(value: unknown): value is Source {
  return (SOURCES as readonly unknown[]).includes(value);
}

function isCountOrNull(value: unknown): value is number | null {
  return value === null || isCount(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

type Fields = Readonly<Record<string, unknown>>;

/** Those of an object; none of anything else. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
