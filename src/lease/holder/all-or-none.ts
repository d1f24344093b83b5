/**
 * Several questions under limits that instances share, taken all or none: each is leased, all are
 * decided here, under the locks of their shards. What was leased in vain goes back as leases do.
 *
 * Used by SharedLimiter. The buckets may lie on several servers, over which no script can decide: a
 * lease charges nothing before all are there, so no charge ever has to be taken back.
 */
import type { Decision } from '../../bucket/decision.ts';
import type { StandIn } from '../../contract/sources.ts';
import type { Clock } from '../../lib/clock.ts';
import { DelayQueue } from '../../lib/delay-queue.ts';
import type { Timers } from '../../lib/timers.ts';
import type { Decisions } from '../../limiter/limiter.ts';
import type { LeaseTable } from '../lease-table.ts';
import type { SharingSettings } from '../settings.ts';
import type { StoreStatus } from '../store-status.ts';
import { isUnanswered, type Unanswered, unheard } from '../unanswered.ts';
import type { Fallback } from './fallback.ts';
import { decisionsOf, isDry, type SharedQuestion, toldOf, wouldPass } from './shared-question.ts';

export interface AllOrNoneParts {
  readonly leases: LeaseTable;
  readonly status: StoreStatus;
  readonly settings: SharingSettings;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly fallback: Fallback;
  /** How a question's bucket stands, by the store. */
  readonly look: (question: SharedQuestion, nowUs: number) => Promise<Decision>;
  /** Leases what a question costs, or says why not. */
  readonly hold: (question: SharedQuestion, nowUs: number) => Promise<Decision | Unanswered>;
  /** Tokens were leased for this question and spent: the store is to know, should any come back. */
  readonly spent: (question: SharedQuestion) => void;
  /** Counts a decision that is given. */
  readonly counted: (decision: Decision) => Decision;
}

/** One of the questions, as far as it is decided without the store. */
interface Part {
  readonly question: SharedQuestion;
  decision: Decision;
  /**
   * What decided: a lease or its note, or a share that was taken from; null where nothing was
   * taken.
   */
  by: 'lease' | 'share' | null;
}

export class AllOrNone {
  readonly #parts: AllOrNoneParts;
  /** One time for all that is asked for one taking. */
  readonly #timeouts: DelayQueue<() => void>;

  constructor(parts: AllOrNoneParts) {
    const { settings, clock, timers } = parts;
    this.#parts = parts;
    this.#timeouts = new DelayQueue({
      delayUs: settings.decideWithinMs * 1_000,
      clock,
      timers,
      due: (end) => timers.soon(end),
    });
  }

  take(questions: readonly SharedQuestion[], nowUs: number): Decisions | Promise<Decisions> {
    const { leases, status } = this.#parts;
    const each = leases.takeAll(questions, nowUs);
    if (isComplete(each)) return this.#told(questions, each);
    if (status.isAway) return this.#takeAway(questions, 'fallback', nowUs);
    return this.#fetch(questions, each, nowUs);
  }

  /**
   * Leases what is missing, until all is there, something is denied, or the store's time is over.
   */
  async #fetch(
    questions: readonly SharedQuestion[],
    first: readonly (Decision | null)[],
    askedUs: number,
  ): Promise<Decisions> {
    const { leases, clock } = this.#parts;
    const late = Promise.withResolvers<null>();
    this.#timeouts.add(() => late.resolve(null), askedUs);
    let each = first;
    // Others spend from the same leases: what was there may be gone when the last has come.
    for (;;) {
      const answers = await Promise.race([this.#fetchEach(questions, each, askedUs), late.promise]);
      const lacking = answers === null ? unheard(askedUs) : answers.find(isUnanswered);
      if (lacking !== undefined) return this.#takeAway(questions, lacking.why, clock());
      const fetched = answers as readonly Decision[];
      if (isStopped(questions, fetched)) return this.#told(questions, fetched);
      // What a dry run was denied is decided.
      const isLeft = questions.map((one, i) => isTaking(one) && fetched[i]?.allowed === true);
      const taken = [
        ...leases.takeAll(
          questions.filter((_, i) => isLeft[i]),
          clock(),
        ),
      ];
      each = fetched.map((decision, i) => (isLeft[i] ? (taken.shift() ?? null) : decision));
      if (!isComplete(each)) continue;
      for (const [i, one] of questions.entries()) if (isLeft[i]) this.#parts.spent(one);
      return this.#told(questions, each);
    }
  }

  #fetchEach(
    questions: readonly SharedQuestion[],
    each: readonly (Decision | null)[],
    askedUs: number,
  ): Promise<readonly (Decision | Unanswered)[]> {
    const { hold, look } = this.#parts;
    const isDenied = isStopped(questions, each);
    return Promise.all(
      questions.map((question, i) => {
        const decision = each[i] ?? null;
        if (decision !== null) return decision;
        // What is denied anyway leases nothing for the rest.
        const isLook = isDenied || !isTaking(question);
        if (!isLook) return hold(question, askedUs);
        return look(question, askedUs).then((seen) => wouldPass(seen, question.cost));
      }),
    );
  }

  /** Without the store: what has no lease is decided by the fallback, and undone where need be. */
  #takeAway(questions: readonly SharedQuestion[], why: StandIn, nowUs: number): Decisions {
    // One of them may have been answered this moment: a share that begins now begins empty.
    const unanswered = { why, sinceUs: nowUs };
    for (;;) {
      const parts = this.#collect(questions, unanswered, nowUs);
      const isDecided = this.#confirm(parts, nowUs);
      if (!isDecided || !isAllowed(parts)) this.#undo(parts, unanswered, nowUs);
      // Else another thread has spent from a lease meanwhile: now that one is lacking too.
      if (!isDecided) continue;
      return this.#told(
        questions,
        parts.map(({ decision }) => decision),
      );
    }
  }

  /** Decides each. What has no lease is taken from shares, if all of it would be allowed. */
  #collect(
    questions: readonly SharedQuestion[],
    unanswered: Unanswered,
    nowUs: number,
  ): readonly Part[] {
    const { leases, fallback } = this.#parts;
    const leased = leases.takeAll(questions, nowUs);
    const parts = questions.map((question, i): Part => {
      const decision = leased[i] ?? null;
      if (decision !== null) return { question, decision, by: 'lease' };
      return { question, decision: wouldPassAway(fallback, question, unanswered, nowUs), by: null };
    });
    const isToTake = isAllowed(parts);
    for (const part of parts) {
      // One that fails takes nothing where it is asked: it says when it would pass.
      if (part.by === 'lease' || (part.decision.allowed && !isToTake)) continue;
      part.decision = fallback.take(part.question, unanswered, nowUs);
      if (part.decision.allowed) part.by = 'share';
    }
    return parts;
  }

  /** Spends the leases beside what shares gave. False where one of them was spent meanwhile. */
  #confirm(parts: readonly Part[], nowUs: number): boolean {
    const leased = parts.filter(({ by }) => by === 'lease');
    // Where nothing was lacking the leases were spent as they were found.
    if (leased.length === parts.length || !isAllowed(parts)) return true;
    const questions = leased.map(({ question }) => question);
    const taken = this.#parts.leases.takeAll(questions, nowUs);
    if (taken.includes(null)) return false;
    for (const [i, part] of leased.entries()) part.decision = taken[i] as Decision;
    return true;
  }

  /** Puts back what shares gave. What the store has been told of meanwhile is lost. */
  #undo(parts: readonly Part[], unanswered: Unanswered, nowUs: number): void {
    for (const part of parts) {
      if (part.by !== 'share') continue;
      this.#parts.fallback.putBack(part.question, unanswered, nowUs);
      part.decision = undone(part.decision, part.question);
    }
  }

  #told(questions: readonly SharedQuestion[], decided: readonly Decision[]): Decisions {
    const each = questions.map((question, i) => toldOf(question, decided[i] as Decision));
    for (const decision of each) this.#parts.counted(decision);
    return decisionsOf(questions, each);
  }
}

function isComplete(each: readonly (Decision | null)[]): each is readonly Decision[] {
  return each.every((decision) => decision !== null);
}

/** Whether one that is not of a dry run is denied. */
function isStopped(
  questions: readonly SharedQuestion[],
  each: readonly (Decision | null)[],
): boolean {
  return questions.some((question, i) => !isDry(question) && each[i]?.allowed === false);
}

function isAllowed(parts: readonly Part[]): boolean {
  return parts.every(({ question, decision }) => isDry(question) || decision.allowed);
}

/** Whether it is more than a look. */
function isTaking({ cost }: SharedQuestion): boolean {
  return cost > 0;
}

/** Whether a question alone would pass, where the store does not answer. */
function wouldPassAway(
  fallback: Fallback,
  question: SharedQuestion,
  unanswered: Unanswered,
  nowUs: number,
): Decision {
  const cost = Math.min(question.cost, 0);
  const decision = fallback.take({ ...question, cost }, unanswered, nowUs);
  return { ...decision, allowed: decision.allowed && decision.remaining >= question.cost };
}

function undone(decision: Decision, { cost }: SharedQuestion): Decision {
  return { ...decision, remaining: Math.min(decision.limit, decision.remaining + cost) };
}
