/**
 * What operators do to a bucket: fill it, give tokens back, or say how many are in use.
 *
 * A bucket of this process is changed under its shard's lock, as decisions change it. Where limits
 * are shared it is in the store: then the limiter does it, as it does for questions.
 *
 * Invariants:
 *   1. A bucket is never fuller than full, and never has more in use than its capacity.
 *   2. No bucket is made.
 */

import type { Decision } from '../../bucket/decision.ts';
import { bringUp as bringUpBy, type KeptLimit } from '../../bucket/kept-limit.ts';
import { type Bucket, fill, giveBack } from '../../bucket/token-bucket.ts';
import { isWindow } from '../../bucket/window.ts';
import { mostOverdraft } from '../../contract/bounds.ts';
import { isStandIn } from '../../contract/sources.ts';
import { hasLease } from '../../lease/terms/lease-state.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Asked, Limiter } from '../../limiter/limiter.ts';
import type { RecordDesk } from '../../table/record-desk.ts';
import { bringUp, tokensUsed } from './bucket-report.ts';
import { ruleOf } from './explain.ts';
import type { NamedBucket } from './key-name.ts';
import type { RuleBooks } from './rule-finder.ts';

export type KeyAct =
  | { readonly kind: 'reset' }
  | { readonly kind: 'refund'; readonly tokens: number }
  | { readonly kind: 'used'; readonly used: number };

export type Acting =
  /** Whether there was a bucket. */
  | { readonly kind: 'acted'; readonly done: boolean }
  /** It cannot be done, whenever it is asked for. */
  | { readonly kind: 'refused'; readonly words: string }
  | { readonly kind: 'bad'; readonly field: string; readonly fault: string }
  | { readonly kind: 'not-now'; readonly words: string };

export interface ActsParts {
  readonly desk: RecordDesk;
  readonly books: RuleBooks;
  readonly limiter: Limiter;
  readonly isSharing: boolean;
  readonly clock: Clock;
}

const AWAY: Acting = {
  kind: 'not-now',
  words: 'the store that holds the buckets is away: nothing was changed',
};
const USED_IS_SHARED: Acting = {
  kind: 'refused',
  words:
    'limits are shared, and tokens of the bucket are lent to instances: how many are in use ' +
    'cannot be said here. Reset it, refund, or take from it by a question',
};
const TEXT_UNKNOWN: Acting = {
  kind: 'refused',
  words: 'only a part of this key is kept here: name it by its text, not by its id',
};
const LIMIT_UNKNOWN: Acting = {
  kind: 'refused',
  words:
    'this instance does not know the limit of this key: give the tokens back by a question with a ' +
    'cost below 0',
};
const CAPACITY_UNKNOWN: Acting = {
  kind: 'refused',
  words:
    'it is not known under which limit this bucket was charged last: take from it by a question',
};

export function act(parts: ActsParts, bucket: NamedBucket, what: KeyAct): Acting | Promise<Acting> {
  const nowUs = parts.clock();
  if (parts.isSharing) return actShared(parts, bucket, what, nowUs);
  let refusal: Acting | null = null;
  const { kept } = ruleOf(parts.books, bucket, nowUs);
  const changed = parts.desk.change(bucket.key, nowUs, (record, atUs) => {
    refusal = changeBucket(record, what, kept, atUs);
    return refusal === null;
  });
  return refusal ?? { kind: 'acted', done: changed !== null };
}

/** Null where the bucket was changed. */
function changeBucket(
  bucket: Bucket,
  what: KeyAct,
  kept: KeptLimit | null,
  atUs: number,
): Acting | null {
  if (what.kind === 'reset') {
    fill(bucket, atUs);
    return null;
  }
  if (kept === null) bringUp(bucket, atUs);
  else bringUpBy(bucket, kept, atUs);
  if (what.kind === 'refund') {
    refund(bucket, what.tokens, atUs);
    return null;
  }
  return setUsed(bucket, what.used, kept?.rate.capacity ?? bucket.capacity ?? 0, atUs);
}

function refund(bucket: Bucket, tokens: number, atUs: number): void {
  // More than is used could not be counted exactly, and is no more than all.
  const back = Math.min(tokens, tokensUsed(bucket));
  if (isWindow(bucket)) bucket.used -= back;
  else giveBack(bucket, Math.min(back * bucket.period, bucket.used), atUs);
}

function setUsed(bucket: Bucket, used: number, capacity: number, atUs: number): Acting | null {
  if (capacity === 0) return CAPACITY_UNKNOWN;
  if (used > capacity) {
    const fault = `used must be at most ${capacity} (the capacity), is ${used}`;
    return { kind: 'bad', field: 'used', fault };
  }
  if (isWindow(bucket)) {
    if (bucket.atUs <= atUs) {
      return { kind: 'refused', words: 'its window is over, and nothing is in use of it' };
    }
    bucket.used = used;
    return null;
  }
  const units = used * bucket.period;
  // Under another limit than the capacity is of.
  if (units > Number.MAX_SAFE_INTEGER) return CAPACITY_UNKNOWN;
  bucket.used = units;
  bucket.atUs = atUs;
  return null;
}

async function actShared(
  parts: ActsParts,
  { key, text }: NamedBucket,
  what: KeyAct,
  nowUs: number,
): Promise<Acting> {
  const { limiter, desk, books } = parts;
  if (what.kind === 'used') return USED_IS_SHARED;
  if (text === null) return TEXT_UNKNOWN;
  if (what.kind === 'reset') {
    const existed = await limiter.reset(text, nowUs);
    return existed === null ? AWAY : { kind: 'acted', done: existed };
  }
  const { kept } = ruleOf(books, { key, text }, nowUs);
  if (kept !== null) {
    // More is never in use.
    const cost = -Math.min(what.tokens, mostOverdraft(kept.rate.capacity));
    const asked: Asked = { key: text, kept, cost, overdraft: false, isDry: false };
    const { each } = await limiter.takeAll([asked], nowUs);
    return refunded(each[0]);
  }
  const { lease = null, bucket } = desk.look(key) ?? {};
  if (lease === null || bucket === undefined || !hasLease(lease) || isWindow(bucket)) {
    return LIMIT_UNKNOWN;
  }
  const { count, period, tickUs } = bucket;
  const limit = { capacity: lease.capacity, count, period, tickUs, intervalUs: 0 };
  const cost = -Math.min(what.tokens, limit.capacity);
  return refunded(await limiter.take({ key: text, limit, cost }, nowUs));
}

function refunded(decision: Decision | undefined): Acting {
  const { source = 'local', degraded = true } = decision ?? {};
  return degraded || isStandIn(source) ? AWAY : { kind: 'acted', done: true };
}
