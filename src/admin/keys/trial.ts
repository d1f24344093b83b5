/**
 * Tries a question: what it would be answered now. It takes nothing and makes no bucket. A bucket
 * of this process is copied, and the copy asked; where limits are shared, the limiter is asked how
 * much is left.
 */
import { bringUp, decideKept, type KeptTaking, takeKept } from '../../bucket/kept-limit.ts';
import { fullBucket } from '../../bucket/token-bucket.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Limiter, Question } from '../../limiter/limiter.ts';
import type { PolicyQuestion } from '../../policies/asking.ts';
import type { RecordDesk } from '../../table/record-desk.ts';
import { bucketOf } from './key-name.ts';

/** What is wrong with a question, or the question. */
export type TrialReading =
  | { readonly ok: true; readonly question: Question | PolicyQuestion }
  | { readonly ok: false; readonly field?: string | undefined; readonly fault: string };

export interface TriedLimit {
  /** Of a policy. */
  readonly limit?: string;
  readonly capacity: number;
  /** What the question would take of it. */
  readonly cost: number;
  readonly allowed: boolean;
  /** Whole tokens that are left now. */
  readonly remaining: number;
  /** Null where no wait helps, and, denied where limits are shared, where that is not known. */
  readonly retryAfterMs: number | null;
}

export interface TrialReport {
  /** What the caller would be told. */
  readonly allowed: boolean;
  /** Of a policy that denies nobody. */
  readonly isDry: boolean;
  /** The key or pattern of the override that holds; null where none does. */
  readonly override: string | null;
  /** None where an override decides. */
  readonly limits: readonly TriedLimit[];
}

export interface TrialParts {
  readonly desk: RecordDesk;
  readonly limiter: Limiter;
  readonly isSharing: boolean;
  readonly clock: Clock;
}

interface Tried extends KeptTaking {
  /** Names the bucket. */
  readonly key: string;
  readonly limit?: string;
}

export async function tryQuestion(
  parts: TrialParts,
  question: Question | PolicyQuestion,
): Promise<TrialReport> {
  if (!('policy' in question)) {
    const { key, limit, cost, overdraft = false } = question;
    const kept = { rate: limit, window: null, isAskers: true };
    return {
      isDry: false,
      override: null,
      ...(await tryAll(parts, [{ key, kept, cost, overdraft }])),
    };
  }
  const { policy, key, subject = key, cost, overdraft } = question;
  const override = policy.overrideFor(subject)?.by ?? null;
  const { isDry } = policy;
  const holding = policy.for(subject);
  if (holding.kind === 'always') {
    return { allowed: isDry || holding.allowed, isDry, override, limits: [] };
  }
  const nowUs = parts.clock();
  const tried = holding.limits.map((limit) => ({
    key: `${limit.bucketsOf}${key}`,
    limit: limit.name,
    kept: limit.at(nowUs),
    cost: limit.takes(cost, overdraft),
    overdraft,
  }));
  const { allowed, limits } = await tryAll(parts, tried);
  return { allowed: isDry || allowed, isDry, override, limits };
}

async function tryAll(parts: TrialParts, tried: readonly Tried[]) {
  const limits = await Promise.all(
    tried.map((one) => (parts.isSharing ? tryShared(parts, one) : tryOwn(parts, one))),
  );
  return { allowed: limits.every(({ allowed }) => allowed), limits };
}

function tryOwn({ desk, clock }: TrialParts, tried: Tried): TriedLimit {
  const { kept, cost, overdraft } = tried;
  const bucket = desk.look(bucketOf(tried.key).key)?.bucket ?? fullBucket();
  const nowUs = clock();
  bringUp(bucket, kept, nowUs);
  const look = { ...tried, cost: 0 };
  const { remaining } = decideKept(bucket, look, takeKept(bucket, look, nowUs), nowUs);
  const isThere = takeKept(bucket, tried, nowUs);
  const { retryAfterMs } = decideKept(bucket, tried, isThere, nowUs);
  const isNever = cost > kept.rate.capacity;
  return {
    ...named(tried),
    allowed: isThere || overdraft,
    remaining,
    retryAfterMs: isNever && !overdraft ? null : retryAfterMs,
  };
}

async function tryShared({ limiter, clock }: TrialParts, tried: Tried): Promise<TriedLimit> {
  const { key, kept, cost, overdraft } = tried;
  const nowUs = clock();
  const asked = { key, kept, cost: 0, overdraft: false, isDry: false };
  const decided =
    kept.isAskers === true
      ? await limiter.take({ key, limit: kept.rate, cost: 0 }, nowUs)
      : (await limiter.takeAll([asked], nowUs)).each[0];
  const remaining = decided?.remaining ?? 0;
  const allowed = overdraft || cost <= remaining;
  return { ...named(tried), allowed, remaining, retryAfterMs: allowed ? 0 : null };
}

function named({ limit, cost, kept }: Tried) {
  const { capacity } = kept.rate;
  return limit === undefined ? { capacity, cost } : { limit, capacity, cost };
}
