/** What decides where the store does not, as the operator chose. */
import type { Decision } from '../../bucket/decision.ts';
import type { Limit } from '../../bucket/limit.ts';
import type { Question } from '../../limiter/limiter.ts';
import type { LeaseTable, Share } from '../lease-table.ts';
import { type SharingSettings, shareOf } from '../settings.ts';
import { standIn } from '../stand-in.ts';
import type { StoreStatus } from '../store-status.ts';
import type { Unanswered } from '../unanswered.ts';

export interface FallbackParts {
  readonly leases: LeaseTable;
  readonly status: StoreStatus;
  readonly settings: SharingSettings;
  /** The store is to be told, when it is back, of what this key has spent. */
  readonly owed: (question: Question) => void;
}

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
  take(question: Question, unanswered: Unanswered, nowUs: number): Decision {
    const { settings, leases, owed } = this.#parts;
    const isOpen = settings.onStoreDown === 'open';
    // What is given back now is lost.
    if (question.cost < 0 || isOpen || settings.onStoreDown === 'closed') {
      return standIn(question, unanswered.why, question.cost < 0 || isOpen);
    }
    const decision = leases.takeShare(question, this.#shareOf(question.limit, unanswered), nowUs);
    if (leases.isNewlyOwed) owed(question);
    return decision;
  }

  /** Undoes what take() took, unless the store has been told of it. */
  putBack(question: Question, unanswered: Unanswered, nowUs: number): void {
    const { settings, leases } = this.#parts;
    if (settings.onStoreDown !== 'local') return;
    leases.putBackShare(question, this.#shareOf(question.limit, unanswered), nowUs);
  }

  /** While the store is away it was empty as it went; else at its last answer for the key. */
  #shareOf(limit: Limit, { why, sinceUs }: Unanswered): Share {
    const { status } = this.#parts;
    const { instances, isAway, outage } = status;
    const since = { outage: isAway ? outage : { ...outage, sinceUs }, source: why };
    const known = this.#shares.get(limit);
    if (known?.instances === instances) return { limit: known.share, ...since };
    const share = shareOf(limit, instances);
    this.#shares.set(limit, { instances, share });
    return { limit: share, ...since };
  }
}
