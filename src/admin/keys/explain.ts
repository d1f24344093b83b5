/**
 * Says of a bucket what it has, by which limit it goes and why, and when it may pass again. All of
 * it is worked out with copies: nothing here makes a bucket, or changes one.
 */
import { decide } from '../../bucket/decide.ts';
import type { Decision } from '../../bucket/decision.ts';
import {
  bringUp as bringUpBy,
  decideKept,
  type KeptLimit,
  takeKept,
} from '../../bucket/kept-limit.ts';
import type { Limit } from '../../bucket/limit.ts';
import { type Bucket, copyOf } from '../../bucket/token-bucket.ts';
import { isWindow } from '../../bucket/window.ts';
import { isShare, type Lease } from '../../lease/terms/lease-state.ts';
import type { Clock } from '../../lib/clock.ts';
import type { RecordCopy, RecordDesk } from '../../table/record-desk.ts';
import { type KeyReport, keyReport } from '../key-report.ts';
import {
  bringUp,
  isDenied,
  isNotedFor,
  type LeaseReport,
  leaseReport,
  pictureReport,
  secondsUntil,
  tokensPerSecond,
  tokensUsed,
} from './bucket-report.ts';
import type { NamedBucket } from './key-name.ts';
import { type FoundRule, findRule, type GoesBy, type RuleBooks } from './rule-finder.ts';

export interface BucketNumbers {
  /** Whole tokens in use, rounded up. */
  readonly used: number;
  /** Those left under the limit it goes by; null where that is not known. */
  readonly remaining: number | null;
  readonly capacity: number | null;
  /** How fast tokens come back; null of a window, of which they all do as it ends. */
  readonly tokensPerSecond: number | null;
  readonly fullInSeconds: number | null;
  /** When a cost of 1 may pass: 0 now; null for never, and where it is not known. */
  readonly retryAfterSeconds: number | null;
}

export type Explanation = KeyReport &
  Partial<LeaseReport> & {
    /** Whether limits are shared: then the bucket is what the last exchange has told of it. */
    readonly shared: boolean;
    /** Null where there is none: it is full. */
    readonly bucket: BucketNumbers | null;
    /** Whether the key takes from a bucket that keys share, for want of room. */
    readonly overflow: boolean;
    readonly goesBy: GoesBy;
  };

/** With all limits that its policy has for its key, where it is of one. */
export type Explained = Explanation & { readonly limits?: readonly Explanation[] };

export interface ExplainParts {
  readonly desk: RecordDesk;
  readonly books: RuleBooks;
  readonly isSharing: boolean;
  readonly clock: Clock;
}

const MS = 1_000;

export function explain(
  { desk, books, isSharing, clock }: ExplainParts,
  { key, text }: NamedBucket,
): Explanation {
  const record = desk.look(key);
  const overflow = record === null ? desk.overflowOf(key) : null;
  // Not before: a bucket is never brought to a time that it is behind.
  const nowUs = clock();
  const rule = ruleOf(books, { key, text }, nowUs);
  const { lease = null } = record ?? {};
  return {
    ...keyReport(key.words, key.length),
    shared: isSharing,
    bucket: record === null ? null : numbersOf(record, rule, nowUs),
    overflow: overflow !== null && isOverflowUsed(overflow, nowUs),
    goesBy: rule.goesBy,
    ...(lease === null ? {} : leaseReport(lease, nowUs)),
  };
}

/** Of a key of which only a part is kept nobody can tell what it goes by. */
export function ruleOf(books: RuleBooks, { text }: NamedBucket, nowUs: number): FoundRule {
  if (text !== null) return findRule(books, text, nowUs);
  return { goesBy: { kind: 'none' }, kept: null, takes: 1 };
}

function isOverflowUsed(bucket: Bucket, nowUs: number): boolean {
  bringUp(bucket, nowUs);
  return bucket.used > 0;
}

function numbersOf({ bucket, lease }: RecordCopy, rule: FoundRule, nowUs: number): BucketNumbers {
  if (lease !== null) return pictureNumbers(lease, bucket, rule, nowUs);
  if (rule.kept !== null) return keptNumbers(bucket, rule.kept, rule.takes, nowUs);
  return ownNumbers(bucket, nowUs);
}

/** By the limit that the bucket was last charged under. */
function ownNumbers(bucket: Bucket, nowUs: number): BucketNumbers {
  bringUp(bucket, nowUs);
  const { capacity = 0 } = bucket;
  const base = { used: tokensUsed(bucket), tokensPerSecond: tokensPerSecond(bucket) };
  if (isWindow(bucket)) {
    const fullInSeconds = bucket.used === 0 ? 0 : secondsUntil(bucket.atUs, nowUs);
    const remaining = capacity === 0 ? null : Math.max(0, capacity - bucket.used);
    const retryAfterSeconds = isDenied(bucket) ? fullInSeconds : 0;
    return { ...base, remaining, capacity: capacity || null, fullInSeconds, retryAfterSeconds };
  }
  // Without a capacity only a full bucket is sure to pass.
  const unknown = capacity === 0;
  const limit = limitOf(bucket, unknown ? Math.max(1, base.used) : capacity);
  const told = decide(
    bucket,
    limit,
    { cost: 1, nowUs },
    answerFor(!isDenied(bucket, limit.capacity)),
  );
  return {
    ...base,
    remaining: unknown ? null : told.remaining,
    capacity: unknown ? null : capacity,
    fullInSeconds: secondsOf(told.resetAfterMs),
    retryAfterSeconds: unknown && bucket.used > 0 ? null : secondsOf(told.retryAfterMs),
  };
}

/** By the limit that the service keeps, as it is now, whatever the bucket was charged under. */
function keptNumbers(bucket: Bucket, kept: KeptLimit, cost: number, nowUs: number): BucketNumbers {
  const ask = (asked: number): { readonly told: Decision; readonly left: Bucket } => {
    const left = copyOf(bucket);
    bringUpBy(left, kept, nowUs);
    const taking = { kept, cost: asked, overdraft: false };
    return { told: decideKept(left, taking, takeKept(left, taking, nowUs), nowUs), left };
  };
  const { told: look, left } = ask(0);
  const { told: question } = ask(cost);
  const isNever = cost > kept.rate.capacity;
  return {
    used: tokensUsed(left),
    remaining: look.remaining,
    capacity: kept.rate.capacity,
    tokensPerSecond: kept.window === null ? tokensPerSecond(left) : null,
    fullInSeconds: secondsOf(look.resetAfterMs),
    retryAfterSeconds: isNever ? null : secondsOf(question.retryAfterMs),
  };
}

function pictureNumbers(
  lease: Lease,
  bucket: Bucket,
  rule: FoundRule,
  nowUs: number,
): BucketNumbers {
  if (isShare(lease)) {
    const used = Math.ceil(bucket.used / bucket.period);
    const unknown = { remaining: null, fullInSeconds: null, retryAfterSeconds: null };
    return { used, ...unknown, capacity: rule.kept?.rate.capacity ?? null, tokensPerSecond: null };
  }
  bringUp(bucket, nowUs);
  const { capacity, remaining, fullInSeconds } = pictureReport(lease, bucket, nowUs);
  const picture = copyOf(bucket);
  picture.capacity = capacity ?? 0;
  const { retryAfterSeconds } = ownNumbers(picture, nowUs);
  const noteSeconds = isNotedFor(lease, 1, nowUs) ? secondsUntil(lease.deniedUntilUs, nowUs) : 0;
  return {
    used: tokensUsed(bucket),
    remaining,
    capacity,
    tokensPerSecond: tokensPerSecond(bucket),
    fullInSeconds,
    retryAfterSeconds: retryAfterSeconds === null ? null : Math.max(retryAfterSeconds, noteSeconds),
  };
}

function limitOf({ count, period, tickUs }: Bucket, capacity: number): Limit {
  return { capacity, count, period, tickUs, intervalUs: 0 };
}

function answerFor(allowed: boolean) {
  return { allowed, degraded: false };
}

function secondsOf(ms: number): number {
  return ms / MS;
}
