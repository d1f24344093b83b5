/** What decides where the store does not, as the operator chose. */
import type { Decision } from '../../bucket/decision.ts';
import type { LeaseTable, Share } from '../lease-table.ts';
import { debtShareOf, type SharingSettings, shareOf } from '../settings.ts';
import { standIn } from '../stand-in.ts';
import type { StoreStatus } from '../store-status.ts';
import type { SharedLimit } from '../terms/shared-limit.ts';
import type { Unanswered } from '../unanswered.ts';
import { isOverdraft, type SharedQuestion, wouldPass } from './shared-question.ts';

export interface FallbackParts {
  readonly leases: LeaseTable;
  readonly status: StoreStatus;
  readonly settings: SharingSettings;
  /** The store is to be told, when it is back, of what this key has spent. */
  readonly owed: (question: SharedQuestion) => void;
}

export class Fallback {
  readonly #parts: FallbackParts;
  readonly #shares = new WeakMap<
    SharedLimit,
    { readonly instances: number; readonly share: SharedLimit | null }
  >();

  constructor(parts: FallbackParts) {
    this.#parts = parts;
  }

  /** Decides. REQUIRES: no lease can. */
  take(question: SharedQuestion, unanswered: Unanswered, nowUs: number): Decision {
    const { settings, leases, owed } = this.#parts;
    if (isOverdraft(question)) return this.#overdraw(question, unanswered, nowUs);
    const isOpen = settings.onStoreDown === 'open';
    // What is given back now is lost.
    if (question.cost < 0 || isOpen || settings.onStoreDown === 'closed') {
      return standIn(question, unanswered.why, question.cost < 0 || isOpen);
    }
    const decision = leases.takeShare(question, this.#shareOf(question.limit, unanswered), nowUs);
    if (leases.isNewlyOwed) owed(question);
    return decision;
  }

  /** What take() would say, taking nothing. */
  look(question: SharedQuestion, unanswered: Unanswered, nowUs: number): Decision {
    const { cost } = question;
    if (this.#parts.settings.onStoreDown === 'open') return standIn(question, unanswered.why, true);
    return wouldPass(this.take({ ...question, cost: 0 }, unanswered, nowUs), cost);
  }

  /** Whatever the operator chose, what is taken in any case is owed. */
  #overdraw(question: SharedQuestion, unanswered: Unanswered, nowUs: number): Decision {
    const { settings, leases, owed, status } = this.#parts;
    const share = this.#shareOf(question.limit, unanswered);
    const limit = share.limit ?? debtShareOf(question.limit, status.instances);
    const decision = leases.takeShare(question, { ...share, limit }, nowUs);
    if (leases.isNewlyOwed) owed(question);
    if (settings.onStoreDown === 'local') return decision;
    return standIn(question, unanswered.why, settings.onStoreDown === 'open');
  }

  /** Undoes what take() took, unless the store has been told of it. */
  putBack(question: SharedQuestion, unanswered: Unanswered, nowUs: number): void {
    const { settings, leases } = this.#parts;
    if (settings.onStoreDown !== 'local') return;
    leases.putBackShare(question, this.#shareOf(question.limit, unanswered), nowUs);
  }

  /** While the store is away it was empty as it went; else at its last answer for the key. */
  #shareOf(limit: SharedLimit, { why, sinceUs }: Unanswered): Share {
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
