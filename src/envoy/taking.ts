/** What there is to take for a request: once from each bucket, whatever leads to it. */
import type { Decision } from '../bucket/decision.ts';
import { mostOverdraft } from '../contract/bounds.ts';
import type { KeptQuestion } from '../limiter/limiter.ts';
import type { LiveEnvoyLimit } from './live-limit.ts';
import { bucketOf, type Matched } from './matched.ts';

export interface Taking {
  readonly bucket: string;
  /** Of those that lead here the one with the least capacity. */
  readonly limit: LiveEnvoyLimit;
  /** The largest of theirs; 0 looks, below 0 gives back. */
  readonly cost: number;
  readonly overdraft: boolean;
  /** Counted, never denied. */
  readonly isDry: boolean;
  /** The first that leads here: it is counted by its rule. */
  readonly matched: Matched;
}

export interface Gathered {
  readonly takings: readonly Taking[];
  /** For each descriptor which of them is its own; -1 for none. */
  readonly places: readonly number[];
}

export interface GatheredFor {
  /** What a descriptor takes that says nothing itself; 0 stands for 1. */
  readonly hits: number;
  /** Whether nobody is denied. */
  readonly isShadow: boolean;
}

export function gathered(all: readonly (Matched | null)[], by: GatheredFor): Gathered {
  const takings: Taking[] = [];
  const places = all.map((matched) => {
    if (matched === null || matched.limit === null) return -1;
    const own = takingOf(matched, matched.limit, by);
    // Few: a map of them is dearer than to look at each.
    const place = takings.findIndex(({ bucket }) => bucket === own.bucket);
    if (place === -1) return takings.push(own) - 1;
    takings[place] = together(takings[place] as Taking, own);
    return place;
  });
  return { takings, places };
}

function takingOf(
  matched: Matched,
  limit: LiveEnvoyLimit,
  { hits, isShadow }: GatheredFor,
): Taking {
  const { descriptor, live } = matched;
  const most = Math.max(1, limit.capacity);
  const wanted = Math.min(descriptor.hits ?? Math.max(1, hits), mostOverdraft(most));
  const cost = descriptor.isNegative ? 0 - Math.min(wanted, most) : wanted;
  return {
    bucket: bucketOf(matched),
    limit,
    cost,
    overdraft: live?.rule.limit?.overdraft ?? false,
    isDry: isShadow || (live?.rule.isShadow ?? false),
    matched,
  };
}

/** They differ where a descriptor brings a limit along, and another that is like it does not. */
function together(one: Taking, other: Taking): Taking {
  return {
    ...one,
    limit: other.limit.capacity < one.limit.capacity ? other.limit : one.limit,
    cost: Math.max(one.cost, other.cost),
    overdraft: one.overdraft && other.overdraft,
    isDry: one.isDry && other.isDry,
  };
}

/** Whether no bucket is asked: there is none that would have anything. */
export function isAlwaysOver({ limit, cost }: Taking): boolean {
  return limit.capacity === 0 && cost >= 0;
}

export function questionOf(taking: Taking, nowUs: number, cost = taking.cost): KeptQuestion {
  const { bucket, limit, overdraft, isDry } = taking;
  return { key: bucket, kept: limit.at(nowUs), cost, overdraft, isDry };
}

/** `decision`: undefined where no bucket was asked. */
export function isOver(taking: Taking, decision: Decision | undefined): boolean {
  if (isAlwaysOver(taking)) return true;
  if (decision === undefined || taking.cost < 0) return false;
  return taking.cost === 0 ? decision.remaining === 0 : !decision.allowed;
}

/** Whether nothing may be taken for the others. */
export function stopsOthers(taking: Taking, decision: Decision | undefined): boolean {
  const isTaken = taking.overdraft && taking.cost > 0 && decision !== undefined;
  return !taking.isDry && !isTaken && isOver(taking, decision);
}

/** Until it would pass; infinite where no wait helps. REQUIRES: it is over. */
export function waitMsOf(taking: Taking, decision: Decision | undefined): number {
  const { cost, limit, overdraft } = taking;
  if (decision === undefined || (cost > limit.capacity && !overdraft)) {
    return Number.POSITIVE_INFINITY;
  }
  return cost === 0 ? decision.nextTokenMs : decision.retryAfterMs;
}

/** Until the limit is as if nothing had been taken, in whole seconds. */
export function resetSOf({ limit }: Taking, decision: Decision | undefined, nowUs: number): number {
  const resetMs = decision?.resetAfterMs ?? 0;
  if (resetMs > 0) return Math.ceil(resetMs / 1_000);
  const { window } = limit.at(nowUs);
  return window === null ? 0 : Math.ceil((window.endUs - nowUs) / 1_000_000);
}
