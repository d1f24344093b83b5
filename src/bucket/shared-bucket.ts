/**
 * Buckets that become one which several keys share, see takeShared(): it never has more than any of
 * them would have had. No memory, no clock.
 */
import { MOST_COUNT } from './limit.ts';
import { type Bucket, isFaster, refill, tokensUsed } from './token-bucket.ts';
import { endOf, isWindow } from './window.ts';

const SECOND_US = 1_000_000;
const MOST_USED = Number.MAX_SAFE_INTEGER;

/**
 * Makes `shared` one bucket of two: as many tokens are in use as in the one that lacks more, and
 * they come back at the slower of the two rates.
 *
 * REQUIRES: `shared` is a token bucket; neither is ahead of `nowUs`, but for the end of a window.
 */
export function join(shared: Bucket, other: Bucket, nowUs: number): void {
  const one = isWindow(other) ? steadied(other, nowUs) : { ...other };
  refill(shared, nowUs);
  refill(one, nowUs);
  if (one.used === 0) return;
  if (shared.used === 0) {
    Object.assign(shared, one);
    return;
  }
  const [slow, quick] = isFaster(shared, one) ? [one, { ...shared }] : [shared, one];
  const tokens = tokensUsed(quick, nowUs);
  const rate = tokens * slow.period <= MOST_USED ? slow : coarser(slow, tokens);
  const used = tokens * rate.period;
  const lacksMore = rate !== slow || used > slow.used;
  Object.assign(shared, lacksMore ? { ...rate, used, atUs: nowUs } : slow);
}

/**
 * A window as a token bucket that never has more until the window ends: it lacks twice as much, and
 * half of that has come back by then.
 */
function steadied(window: Bucket, nowUs: number): Bucket {
  const { used: tokens, capacity = 0 } = window;
  const seconds = Math.max(1, Math.ceil((endOf(window) - nowUs) / SECOND_US));
  const bucket = { atUs: nowUs, tickUs: SECOND_US, capacity };
  if (endOf(window) <= nowUs) return { ...bucket, used: 0, count: 1, period: 1 };
  if (tokens <= MOST_COUNT && 2 * tokens * seconds <= MOST_USED) {
    return { ...bucket, used: 2 * tokens * seconds, count: tokens, period: seconds };
  }
  const used = Math.min(2 * tokens, MOST_USED);
  const count = Math.max(1, Math.min(MOST_COUNT, Math.floor((used - tokens) / seconds)));
  return { ...bucket, used, count, period: 1 };
}

/**
 * The bucket's rate, or one that is slower, or so slow that it makes no difference, in units of
 * which so many tokens can be counted.
 */
function coarser(bucket: Bucket, tokens: number): Bucket {
  const period = Math.floor(MOST_USED / tokens);
  for (const tickUs of [bucket.tickUs, SECOND_US]) {
    const aTick = BigInt(bucket.count) * BigInt(period) * BigInt(tickUs);
    const count = Number(aTick / (BigInt(bucket.period) * BigInt(bucket.tickUs)));
    if (count >= 1) return { ...bucket, count, period, tickUs };
  }
  return { ...bucket, count: 1, period, tickUs: SECOND_US };
}
