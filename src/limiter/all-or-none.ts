/**
 * Several questions under limits that instances share, taken all or none: each is leased, all are
 * decided here, under the locks of their shards. What was leased in vain goes back as leases do.
 *
 * Used by SharedLimiter. So nothing is ever charged that must be given back, whatever the servers
 * are that the buckets lie on.
 */
import type { Decision } from '../bucket/decision.ts';
import type { Clock } from '../lib/clock.ts';
import type { SharingSettings } from '../sharing/settings.ts';
import type { StoreStatus } from '../sharing/store-status.ts';
import type { LeaseTable } from '../table/lease-table.ts';
import type { Fallback } from './fallback.ts';
import type { Decisions, Question } from './limiter.ts';

export interface AllOrNoneParts {
  readonly leases: LeaseTable;
  readonly status: StoreStatus;
  readonly settings: SharingSettings;
  readonly clock: Clock;
  readonly fallback: Fallback;
  /** How a question's bucket stands, by the store. */
  readonly look: (question: Question) => Promise<Decision>;
  /** Leases what a question costs, or says why not; null where the store did not answer. */
  readonly hold: (question: Question) => Promise<Decision | null>;
  /** Counts a decision that is given. */
  readonly counted: (decision: Decision) => Decision;
  /** Takes back what the store has been told of. */
  readonly refund: (question: Question) => void;
}

export class AllOrNone {
  readonly #parts: AllOrNoneParts;

  constructor(parts: AllOrNoneParts) {
    this.#parts = parts;
  }

  take(questions: readonly Question[], nowUs: number): Decisions | Promise<Decisions> {
    const { leases, status } = this.#parts;
    const each = leases.takeAll(questions, nowUs);
    if (each.every((decision) => decision !== null)) return this.#told(each);
    if (status.isAway) return this.#takeAway(questions, nowUs);
    return this.#fetch(questions, each, nowUs);
  }

  /** Leases what is missing, until all is there or something is denied. */
  async #fetch(
    questions: readonly Question[],
    first: readonly (Decision | null)[],
    nowUs: number,
  ): Promise<Decisions> {
    const { leases, settings, clock, hold, look } = this.#parts;
    const untilUs = nowUs + settings.storeTimeoutMs * 1_000;
    let each = first;
    // Others spend from the same leases: what was there may be gone when the last has come.
    while (clock() < untilUs) {
      const isDenied = each.some((decision) => decision?.allowed === false);
      const fetched = await Promise.all(
        questions.map((question, i) => {
          const decision = each[i] ?? null;
          if (decision !== null) return decision;
          // What is denied anyway leases nothing for the rest.
          return isDenied || question.cost === 0 ? wouldPass(look, question) : hold(question);
        }),
      );
      if (!fetched.every((decision) => decision !== null)) break;
      if (fetched.some(({ allowed }) => !allowed)) return this.#told(fetched);
      const takings = questions.filter(({ cost }) => cost > 0);
      const taken = [...leases.takeAll(takings, clock())];
      each = questions.map(({ cost }, i) =>
        cost > 0 ? (taken.shift() ?? null) : (fetched[i] as Decision),
      );
      if (each.every((decision) => decision !== null)) return this.#told(each);
    }
    return this.#takeAway(questions, clock());
  }

  /** Without the store: what has no lease is decided by the fallback, and undone where need be. */
  #takeAway(questions: readonly Question[], nowUs: number): Decisions {
    const { leases, fallback, refund } = this.#parts;
    const leased = leases.takeAll(questions, nowUs);
    const lacking = questions.filter((_, i) => leased[i] === null);
    const standIns = lacking.map((question) => fallback.take(question, nowUs));
    const others = questions.filter((_, i) => leased[i] !== null);
    const isAllowed =
      standIns.every(({ allowed }) => allowed) &&
      (lacking.length === 0 || leases.takeAll(others, nowUs).every((one) => one?.allowed === true));
    if (!isAllowed) {
      standIns.forEach((decision, i) => {
        const question = lacking[i] as Question;
        if (!decision.allowed) return;
        if (!fallback.putBack(question, nowUs)) refund(question);
        standIns[i] = undone(decision, question);
      });
    }
    return this.#told(leased.map((decision) => decision ?? (standIns.shift() as Decision)));
  }

  #told(each: readonly Decision[]): Decisions {
    for (const decision of each) this.#parts.counted(decision);
    return { allowed: each.every(({ allowed }) => allowed), each };
  }
}

/** Whether a question alone would pass, by a look. */
async function wouldPass(look: AllOrNoneParts['look'], question: Question): Promise<Decision> {
  const decision = await look(question);
  const allowed = decision.remaining >= question.cost;
  // At the latest when it is full.
  return { ...decision, allowed, retryAfterMs: allowed ? 0 : Math.max(1, decision.resetAfterMs) };
}

function undone(decision: Decision, { cost }: Question): Decision {
  return { ...decision, remaining: Math.min(decision.limit, decision.remaining + cost) };
}
