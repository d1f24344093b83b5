/**
 * A share in the place of a lease: while the store is away, and the lease is spent, the slot's
 * bucket stands in for the store's (see share.ts), and the lease's fields say since when and what
 * is owed.
 */
import { type Bucket, fill, fullBucket } from '../../bucket/token-bucket.ts';
import { isWindow } from '../../bucket/window.ts';
import { isShare, isShareOf, type Lease, markOf, noLease, type Outage } from './lease-state.ts';
import { comeBack, putBack, type Share } from './share.ts';
import type { SharedLimit } from './shared-limit.ts';

/**
 * The share of this outage: as it stands, or empty since there was neither store nor lease, or
 * since the window began. A copy. REQUIRES: endWithWindow() was just called.
 */
export function shareOf(
  lease: Lease,
  bucket: Bucket,
  { outage, limit }: { readonly outage: Outage; readonly limit: SharedLimit },
  nowUs: number,
): Share {
  if (isShareOf(lease, outage)) return { sinceUs: lease.deadlineUs, bucket: { ...bucket } };
  // What was leased until then was this instance's part of what came back; and the store may have
  // answered after whoever says since when it did not. A window does not say when that was.
  const pictureUs = isWindow(bucket) ? lease.deniedUntilUs : bucket.atUs;
  const heardUs = isShare(lease) ? 0 : pictureUs;
  const sinceUs = Math.max(outage.sinceUs, lease.deadlineUs, heardUs, beganUs(limit, nowUs));
  return { sinceUs: Math.min(sinceUs, nowUs), bucket: fullBucket() };
}

/** A share ends with its window, and what was spent of it is owed no more. */
export function endWithWindow(
  lease: Lease,
  bucket: Bucket,
  limit: SharedLimit,
  nowUs: number,
): void {
  if (!isShare(lease) || lease.deadlineUs >= beganUs(limit, nowUs)) return;
  Object.assign(lease, noLease());
  Object.assign(bucket, fullBucket());
}

/** When the window that is open began; 0 where there is none. */
function beganUs({ window }: SharedLimit, nowUs: number): number {
  if (window === undefined) return 0;
  return nowUs < window.endUs ? window.beginUs : window.endUs;
}

/** What a share that was just asked has become, and what it stands for. */
export interface ShareSpent {
  readonly outage: Outage;
  readonly cost: number;
  readonly nowUs: number;
}

/**
 * Keeps a share of which `cost` tokens were taken, and owes them. What the lease has left can only
 * be given back from now on.
 */
export function keepShare(lease: Lease, bucket: Bucket, share: Share, spent: ShareSpent): void {
  const { outage, cost, nowUs } = spent;
  // Beside a bucket of its own the debt of another share would be lost.
  const { owed, owedBefore } = isShareOf(lease, outage)
    ? lease
    : { owed: 0, owedBefore: stillOwed(lease, bucket, nowUs) };
  const { left } = lease;
  const capacity = markOf(outage);
  const deadlineUs = share.sinceUs;
  Object.assign(lease, noLease(), { left, capacity, deadlineUs, owed: owed + cost, owedBefore });
  Object.assign(bucket, share.bucket);
}

/** Takes back what keepShare() owes; false where an exchange has taken that over already. */
export function unspendShare(lease: Lease, bucket: Bucket, cost: number, outage: Outage): boolean {
  if (!isShareOf(lease, outage) || lease.owed < cost) return false;
  lease.owed -= cost;
  putBack({ sinceUs: lease.deadlineUs, bucket }, cost);
  return true;
}

/** Ends a share of which the store need not be told: one that owes nothing. */
export function endShare(lease: Lease, bucket: Bucket, nowUs: number): void {
  if (!isShare(lease) || lease.owed + lease.owedBefore > 0) return;
  Object.assign(lease, noLease());
  Object.assign(bucket, fullBucket());
  fill(bucket, nowUs);
}

/**
 * What the store is to be told of a share: no more than a bucket would still have in use that had
 * been charged at once. Shares refill at the rate at which the store has given tokens back
 * meanwhile.
 */
export function stillOwed(lease: Lease, bucket: Bucket, nowUs: number): number {
  const { owed, owedBefore } = lease;
  if (!isShare(lease)) return owed;
  const whole = { sinceUs: 0, bucket: withDebt(lease, bucket) };
  const share = { sinceUs: lease.deadlineUs, bucket };
  comeBack(whole, nowUs);
  comeBack(share, nowUs);
  lease.deadlineUs = share.sinceUs;
  return Math.min(owed + owedBefore, Math.ceil(whole.bucket.used / whole.bucket.period));
}

/** A share's bucket, had what was owed before been spent from it too. */
function withDebt({ owedBefore }: Lease, bucket: Bucket): Bucket {
  const used = bucket.used + owedBefore * bucket.period;
  return { ...bucket, used: Math.min(used, Number.MAX_SAFE_INTEGER) };
}
