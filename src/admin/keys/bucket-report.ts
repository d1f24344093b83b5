/**
 * A bucket as operators read it, at a time. What it says was true when it was copied: nothing here
 * changes a bucket.
 */
import { type Bucket, fullAtUs, refill } from '../../bucket/token-bucket.ts';
import { endOf, isWindow } from '../../bucket/window.ts';
import { hasLease, isShare, type Lease } from '../../lease/terms/lease-state.ts';

const SECOND_US = 1_000_000;

export interface BucketReport {
  /** Of the limit that it was last charged under; null where that is not known. */
  readonly capacity: number | null;
  /** Whole tokens under that limit, rounded down. */
  readonly remaining: number | null;
  /** Until it is full if nobody takes from it; null for centuries, and for never. */
  readonly fullInSeconds: number | null;
  /** What a cost of 1 would be under that limit. */
  readonly state: 'allowed' | 'denied' | null;
}

/** What this instance holds of a bucket that instances share. */
export interface LeaseReport {
  /** Tokens that it may spend, and for how long; null where it has none. */
  readonly lease: { readonly tokens: number; readonly endsInSeconds: number } | null;
  /** For how long a cost so large is denied without asking; null where none is. */
  readonly note: { readonly cost: number; readonly endsInSeconds: number } | null;
  /** While the store is away: tokens that were spent, and the store has not been told of. */
  readonly owed: number;
}

/** Brings the copy of a bucket to `nowUs`. That of a share begins to refill at its own time. */
export function bringUp(bucket: Bucket, nowUs: number): void {
  if (isWindow(bucket)) {
    if (endOf(bucket) <= nowUs) bucket.used = 0;
  } else if (nowUs >= bucket.atUs) refill(bucket, nowUs);
}

/** Tokens in use under its own limit, rounded up. REQUIRES: bringUp() was just called. */
export function tokensUsed({ used, period, tickUs }: Bucket): number {
  return isWindow({ tickUs }) ? used : Math.ceil(used / period);
}

/** REQUIRES: bringUp() was just called. */
export function isDenied(bucket: Bucket, capacity = bucket.capacity ?? 0): boolean {
  return capacity > 0 && tokensUsed(bucket) >= capacity;
}

/** REQUIRES: bringUp() was just called. */
export function bucketReport(bucket: Bucket, nowUs: number): BucketReport {
  return reportOf(bucket, bucket.capacity ?? 0, nowUs);
}

/** The same for a picture beside a lease, or for a share. */
export function pictureReport(lease: Lease, bucket: Bucket, nowUs: number): BucketReport {
  // What a share has depends on the limit that it is asked under.
  if (isShare(lease)) return { capacity: null, remaining: null, fullInSeconds: null, state: null };
  const report = reportOf(bucket, hasLease(lease) ? lease.capacity : (bucket.capacity ?? 0), nowUs);
  return isNotedFor(lease, 1, nowUs) ? { ...report, state: 'denied' } : report;
}

/** Whether a note denies this cost. */
export function isNotedFor(lease: Lease, cost: number, nowUs: number): boolean {
  const { deniedCost, deniedUntilUs } = lease;
  return nowUs < deniedUntilUs && deniedCost > 0 && cost >= deniedCost;
}

export function leaseReport(lease: Lease, nowUs: number): LeaseReport {
  const isLive = hasLease(lease) && nowUs < lease.deadlineUs;
  const isNoted = isNotedFor(lease, lease.deniedCost, nowUs);
  return {
    lease: isLive
      ? { tokens: lease.left, endsInSeconds: secondsUntil(lease.deadlineUs, nowUs) }
      : null,
    note: isNoted
      ? { cost: lease.deniedCost, endsInSeconds: secondsUntil(lease.deniedUntilUs, nowUs) }
      : null,
    owed: lease.owed + lease.owedBefore,
  };
}

/** In whole milliseconds, rounded up. */
export function secondsUntil(atUs: number, nowUs: number): number {
  return Math.ceil(Math.max(0, atUs - nowUs) / 1_000) / 1_000;
}

function reportOf(bucket: Bucket, capacity: number, nowUs: number): BucketReport {
  const fullUs = isWindow(bucket) ? (bucket.used === 0 ? nowUs : endOf(bucket)) : fullAtUs(bucket);
  const fullInSeconds = Number.isFinite(fullUs) ? secondsUntil(fullUs, nowUs) : null;
  if (capacity === 0) {
    // A full one is full under any limit.
    const state = bucket.used === 0 ? 'allowed' : null;
    return { capacity: null, remaining: null, fullInSeconds, state };
  }
  const remaining = Math.max(0, capacity - tokensUsed(bucket));
  return { capacity, remaining, fullInSeconds, state: remaining >= 1 ? 'allowed' : 'denied' };
}

/** How much comes back in a second; null of a window, of which it does at once. */
export function tokensPerSecond({ count, period, tickUs }: Bucket): number | null {
  if (isWindow({ tickUs })) return null;
  return Number(((count / period) * (SECOND_US / tickUs)).toPrecision(6));
}
