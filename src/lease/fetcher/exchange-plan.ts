/** What an exchange for a key is to say: how much of the lease to keep, and how much to ask for. */

import { mostOverdraft } from '../../contract/bounds.ts';
import type { LeaseTable } from '../lease-table.ts';
import { isSmall, LEASE_US, LEAST_LEASE } from '../settings.ts';
import type { Exchange, WindowsAround } from '../terms/exchange.ts';
import { tokensToKeep } from '../terms/lease.ts';
import type { Outlook } from '../terms/lease-exchange.ts';
import type { SharedLimit } from '../terms/shared-limit.ts';
import { type Ask, isOverdraft, type KeyState } from './key-state.ts';
import type { StoreCalendar } from './store-calendar.ts';

export interface PlanParts {
  readonly leases: LeaseTable;
  readonly calendar: StoreCalendar;
  readonly asks: readonly Ask[];
  /** Whether the bucket is to be filled. */
  readonly fill: boolean;
  readonly seq: number;
  /** Whether this instance takes leases now. */
  readonly mayLease: boolean;
  /** Instances that share the store. */
  readonly instances: number;
  readonly nowUs: number;
}

export interface Plan {
  /** Null where there is nothing to say. */
  readonly exchange: Exchange | null;
  /** Tokens that nobody can spend and that the store has taken for spent. */
  readonly forfeited: number;
}

/** A lease is worth its exchanges from this many questions that are expected while it lasts. */
const LEAST_QUESTIONS = 3;

/**
 * Takes all that is to be told out of the state and out of the table: whoever does not send it
 * puts `owed`, `drafted` and `vain` back. What has no slot is given back once: whether a later
 * exchange may say so again depends on what became of this one. REQUIRES: no exchange for this key
 * is under way.
 */
export function planExchange(state: KeyState, parts: PlanParts): Plan {
  const { leases, asks, fill, seq, nowUs } = parts;
  const limit = asks[0]?.limit ?? state.limit;
  state.limit = limit;
  state.endWithWindow(nowUs);
  const overdrafts = asks.filter(isOverdraft).length;
  const firm = asks.slice(0, asks.length - overdrafts);
  for (const { cost, strict } of firm) if (!strict && cost > 0) state.demand(cost, cost, nowUs);
  const drafted = Math.min(state.drafted, mostOverdraft(limit.capacity));
  const drafts = drafted > 0 ? [drafted] : [];
  // Who overdraws the bucket gives up first what he has of it.
  const isDrawn = overdrafts + drafts.length > 0;
  const outlook = isDrawn ? null : outlookOf(state, limit, parts);
  const collected = leases.collect(state.key, limit, outlook, nowUs, state.held(nowUs));
  const { keep, demand } = collected;
  // Nobody can have spent them since; and nothing else can be had back once the store's lease is
  // over.
  const dead = collected.ended + state.unheld;
  const isOver = nowUs >= state.heardUs + LEASE_US;
  const back = collected.back + (isOver ? 0 : dead);
  const forfeited = isOver ? dead : 0;
  if (demand > 0) state.demand(demand, 0, nowUs);
  const most = tokensToKeep(outlook, demand, limit);
  const owed = state.owed + collected.owed;
  const owedEndUs = collected.owed > 0 ? endUsOf(limit, nowUs) : state.owedEndUs;
  const unanswered = state.unanswered === 0 ? seq : state.unanswered;
  const costs = [...asks.map(({ cost }) => cost), ...drafts];
  const holds = asks.filter((ask) => ask.holds).length;
  const want = collected.hasRoom ? Math.max(0, most - keep) : 0;
  const least = LEAST_LEASE * state.cost;
  const { vain } = state;
  state.owed = 0;
  state.drafted = 0;
  state.vain = 0;
  state.unheld = 0;
  state.isOwing = false;
  const isSpent = state.isSpent && nowUs < state.leasedUntilUs;
  state.isSpent = false;
  const isSettled = unanswered === seq && owed + vain === 0 && !fill && !isSpent;
  if (isSettled && costs.length === 0 && keep === 0 && back === 0 && want === 0) {
    state.endShare(leases, nowUs);
    return { exchange: null, forfeited };
  }
  const decides = { costs, holds, overdrafts: overdrafts + drafts.length };
  const says = { keep, back, owed, vain, fill, ...decides, want, least };
  return {
    exchange: {
      key: state.key,
      limit,
      seq,
      unanswered,
      ...says,
      ttlUs: LEASE_US,
      ...aroundOf(limit, parts.calendar, owedEndUs),
    },
    forfeited,
  };
}

/** By the calendar, the end of the window that is open; 0 where there is none, or it is over. */
function endUsOf({ window }: SharedLimit, nowUs: number): number {
  return window !== undefined && nowUs < window.endUs ? window.calendarEndUs : 0;
}

function aroundOf(
  { window }: SharedLimit,
  calendar: StoreCalendar,
  owedEndUs: number,
): { readonly windows?: WindowsAround } {
  if (window === undefined) return {};
  const endsUs = calendar.endsAround(window);
  return { windows: { longestUs: window.longestUs, endsUs, owedEndUs } };
}

/** What the lease should last for; null where there is to be none. */
function outlookOf(
  state: KeyState,
  limit: SharedLimit,
  { asks, mayLease, instances, nowUs }: PlanParts,
): Outlook | null {
  if (!mayLease || isSmall(limit, instances) || state.isFar) return null;
  return {
    expected: state.expected(nowUs),
    worthFrom: LEAST_QUESTIONS * state.cost,
    isAskedFor: asks.length > 0,
  };
}
