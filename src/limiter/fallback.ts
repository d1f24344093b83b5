/** What decides while the store is away, as the operator chose. */
import type { Decision } from '../bucket/decision.ts';
import type { Limit } from '../bucket/limit.ts';
import { type SharingSettings, shareOf } from '../sharing/settings.ts';
import type { StoreStatus } from '../sharing/store-status.ts';
import type { LeaseTable, Share } from '../table/lease-table.ts';
import type { Question } from './limiter.ts';

export interface FallbackParts {
  readonly leases: LeaseTable;
  readonly status: StoreStatus;
  readonly settings: SharingSettings;
  /** The store is to be told, when it is back, of what this key has spent. */
  readonly owed: (question: Question) => void;
}

/** What somebody is told to wait who cannot be told when. */
const RETRY_MS = 1_000;

export class Fallback {
  readonly #parts: FallbackParts;
  readonly #shares = new WeakMap<
    Limit,
    { readonly instances: number; readonly share: Limit | null }
  >();

  constructor(parts: FallbackParts) {
    this.#parts = parts;
  }

  /** Decides. REQUIRES: no lease can. */
  take(question: Question, nowUs: number): Decision {
    const { settings, status, leases, owed } = this.#parts;
    // What is given back now is lost.
    if (question.cost < 0 || settings.onStoreDown === 'open') return standIn(question, true);
    // As long as the store is not known to be away a share of the limit would come on top of it.
    if (settings.onStoreDown === 'closed' || !status.isAway) return standIn(question, false);
    const decision = leases.takeShare(question, this.#shareOf(question.limit), nowUs);
    if (leases.isNewlyOwed) owed(question);
    return decision;
  }

  /** Undoes what take() took, unless the store has been told of it. */
  putBack(question: Question, nowUs: number): void {
    const { settings, leases } = this.#parts;
    if (settings.onStoreDown !== 'local') return;
    leases.putBackShare(question, this.#shareOf(question.limit), nowUs);
  }

  #shareOf(limit: Limit): Share {
    const { instances, outage } = this.#parts.status;
    const known = this.#shares.get(limit);
    if (known?.instances === instances) return { limit: known.share, outage };
    const share = shareOf(limit, instances);
    this.#shares.set(limit, { instances, share });
    return { limit: share, outage };
  }
}

function standIn({ limit, cost }: Question, isOpen: boolean): Decision {
  const { capacity } = limit;
  // A look is always allowed.
  const allowed = isOpen || cost === 0;
  const waitMs = isOpen ? 0 : RETRY_MS;
  return {
    allowed,
    limit: capacity,
    remaining: isOpen ? capacity - Math.max(0, cost) : 0,
    retryAfterMs: allowed ? 0 : RETRY_MS,
    resetAfterMs: waitMs,
    nextTokenMs: waitMs,
    degraded: true,
    source: 'fallback',
  };
}
