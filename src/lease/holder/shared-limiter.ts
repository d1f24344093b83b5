/**
 * Limits that instances share: decides by the leases that this instance has, and asks the exchanger
 * what they cannot answer.
 *
 * Used by deciders, one a thread. An answer is waited for no longer than a decision may take; then,
 * and while the store is away, the fallback decides.
 */
import type { Decision } from '../../bucket/decision.ts';
import { isStandIn, SOURCES } from '../../contract/sources.ts';
import type { Clock } from '../../lib/clock.ts';
import { DelayQueue } from '../../lib/delay-queue.ts';
import type { Timers } from '../../lib/timers.ts';
import type { Asked, Decisions, Health, Limiter, Question } from '../../limiter/limiter.ts';
import {
  type Cells,
  DECISIONS_BY_SOURCE,
  FALLBACK_ALLOWED,
  FALLBACK_DENIED,
  FORFEITED,
} from '../../metrics/cells.ts';
import type { FromExchanger, ToExchanger } from '../ask-messages.ts';
import type { LeaseTable } from '../lease-table.ts';
import { isSmall, type SharingSettings } from '../settings.ts';
import type { StoreStatus } from '../store-status.ts';
import { isKept } from '../terms/shared-limit.ts';
import { isUnanswered, type Unanswered, unheard } from '../unanswered.ts';
import { AllOrNone } from './all-or-none.ts';
import { Fallback } from './fallback.ts';
import { Outbox } from './outbox.ts';
import {
  decisionsOf,
  isEachAlone,
  isOverdraft,
  lookFor,
  type SharedQuestion,
  sharedQuestions,
  toldOf,
} from './shared-question.ts';

export interface SharedLimiterParts {
  readonly leases: LeaseTable;
  readonly maxKeys: number;
  readonly status: StoreStatus;
  readonly settings: SharingSettings;
  readonly cells: Cells;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly send: (messages: readonly ToExchanger[]) => void;
}

/** What becomes of a decision before it is told. */
type Telling = (decision: Decision) => Decision;

/** Somebody who waits for the exchanger; late, where he was answered already. */
interface Waiting {
  readonly id: number;
  /** What the store may have charged; null where it does not charge. */
  readonly question: Question | null;
  readonly answer: (message: FromExchanger | null) => void;
  isLate: boolean;
}

export class SharedLimiter implements Limiter {
  readonly maxKeys: number;
  readonly #parts: SharedLimiterParts;
  readonly #fallback: Fallback;
  readonly #outbox: Outbox;
  readonly #allOrNone: AllOrNone;
  readonly #waiting = new Map<number, Waiting>();
  readonly #timeouts: DelayQueue<Waiting>;
  #nextId = 0;

  constructor(parts: SharedLimiterParts) {
    const { settings, clock, timers, send } = parts;
    this.maxKeys = parts.maxKeys;
    this.#parts = parts;
    this.#outbox = new Outbox(timers, send);
    this.#fallback = new Fallback({
      ...parts,
      owed: ({ key, limit }) => this.#outbox.post({ kind: 'owed', key, limit }),
    });
    this.#allOrNone = new AllOrNone({
      ...parts,
      fallback: this.#fallback,
      look: (question, nowUs) => this.#decide({ ...question, cost: 0 }, nowUs, (seen) => seen),
      hold: (question, nowUs) =>
        new Promise((resolve) => this.#askStore(question, nowUs, true, resolve)),
      spent: (question) => this.#spent(question),
      counted: (decision) => this.#counted(decision),
    });
    this.#timeouts = new DelayQueue({
      delayUs: settings.decideWithinMs * 1_000,
      clock,
      timers,
      // Not at once: where this thread was late itself, the answer may be waiting to be read.
      due: (waiting) => timers.soon(() => this.#timeOut(waiting)),
    });
  }

  take(question: Question, nowUs: number): Decision | Promise<Decision> {
    return this.#take(question, nowUs, this.#counted);
  }

  takeAll(asked: readonly Asked[], nowUs: number): Decisions | Promise<Decisions> {
    return this.#takeShared(sharedQuestions(asked), nowUs);
  }

  #takeShared(questions: readonly SharedQuestion[], nowUs: number): Decisions | Promise<Decisions> {
    if (!isEachAlone(questions)) {
      return questions.some(isOverdraft)
        ? this.#takeThenOverdraw(questions, nowUs)
        : this.#allOrNone.take(questions, nowUs);
    }
    const each = questions.map((question) =>
      this.#take(question, nowUs, (decision) => this.#counted(toldOf(question, decision))),
    );
    // What is asked of the store in one turn goes together.
    return each.some((decision) => decision instanceof Promise)
      ? Promise.all(each).then((decided) => decisionsOf(questions, decided))
      : decisionsOf(questions, each as readonly Decision[]);
  }

  /** Overdrafts stop nothing: they are taken once the others are, and else only looked at. */
  async #takeThenOverdraw(questions: readonly SharedQuestion[], nowUs: number): Promise<Decisions> {
    const firm = questions.filter((question) => !isOverdraft(question));
    const { allowed, each } = await this.#takeShared(firm, nowUs);
    const drafts = questions.filter(isOverdraft).map((one) => (allowed ? one : lookFor(one)));
    const drawn = await this.#takeShared(drafts, this.#parts.clock());
    const [ofFirm, ofDrafts] = [[...each], [...drawn.each]];
    const all = questions.map((one) => (isOverdraft(one) ? ofDrafts : ofFirm).shift() as Decision);
    return decisionsOf(questions, all);
  }

  #take(question: SharedQuestion, nowUs: number, told: Telling): Decision | Promise<Decision> {
    const { leases, settings, status, cells } = this.#parts;
    const { isAway } = status;
    const isAsked = settings.sharing === 'strict' || (!isAway && question.strict === true);
    if (!isAsked && question.cost <= question.limit.capacity) {
      const decision = leases.take(question, nowUs);
      if (leases.isDue && !isAway) {
        this.#outbox.post({ kind: 'due', key: question.key, limit: question.limit });
      }
      // A note denies, and what is to be taken in any case has to be taken.
      const isDecided = decision?.allowed === true || !isOverdraft(question);
      if (decision !== null && isDecided) return told(decision);
    }
    if (isAway) {
      // What is given back now is lost.
      if (question.cost < 0) cells.add(FORFEITED, -question.cost);
      const away = { why: 'fallback', sinceUs: nowUs } as const;
      return told(this.#fallback.take(question, away, nowUs));
    }
    return this.#decide(question, nowUs, told);
  }

  reset(key: string, nowUs: number): Promise<boolean | null> {
    if (this.#parts.status.isAway) return Promise.resolve(null);
    const { promise, resolve } = Promise.withResolvers<boolean | null>();
    const id = this.#wait(null, nowUs, (message) => {
      resolve(message?.kind === 'reset' ? message.existed : null);
    });
    this.#outbox.post({ kind: 'reset', id, key });
    return promise;
  }

  get health(): Health {
    const { status, settings } = this.#parts;
    if (!status.isAway) {
      const words = status.usable < 1 ? 'OK: but the store is away for a part of all keys' : 'OK';
      return { isReady: true, words };
    }
    switch (settings.onStoreDown) {
      case 'local':
        return { isReady: true, words: "OK: the store is away, this instance's share decides" };
      case 'open':
        return { isReady: true, words: 'OK: the store is away, everything is allowed' };
      case 'closed':
        return { isReady: false, words: 'the store is away, everything is denied' };
      default:
        return settings.onStoreDown satisfies never;
    }
  }

  get size(): number {
    return this.#parts.leases.size;
  }

  /** Hears the exchanger. */
  receive(message: FromExchanger): void {
    const waiting = this.#waiting.get(message.id);
    if (waiting === undefined) return;
    this.#waiting.delete(message.id);
    if (this.#waiting.size === 0) this.#timeouts.clear();
    const isOpen = this.#parts.settings.onStoreDown === 'open';
    if (!waiting.isLate) waiting.answer(message);
    // Whoever asked was told no, unless all are allowed: what the store took for it is given back.
    else if (message.kind === 'decided' && !isUnanswered(message.decision) && !isOpen) {
      if (message.decision.allowed) this.#refund(waiting.question, message.seq);
    }
  }

  /** One promise: of a batch of new keys each has its own, and each costs. */
  #decide(question: SharedQuestion, nowUs: number, told: Telling): Promise<Decision> {
    return new Promise((resolve) => {
      this.#askStore(question, nowUs, false, (answer) => {
        resolve(told(isUnanswered(answer) ? this.#standIn(question, answer) : answer));
      });
    });
  }

  /** Other instances may be asked to give it back: what nobody has charged yet they cannot. */
  #spent({ key, limit }: SharedQuestion): void {
    const { instances } = this.#parts.status;
    if (isKept(limit) && isSmall(limit, instances)) this.#outbox.post({ kind: 'due', key, limit });
  }

  /** What is to be taken in any case the exchanger goes on with: it is not taken here too. */
  #standIn(question: SharedQuestion, unanswered: Unanswered): Decision {
    const nowUs = this.#parts.clock();
    return isOverdraft(question)
      ? this.#fallback.look(question, unanswered, nowUs)
      : this.#fallback.take(question, unanswered, nowUs);
  }

  #askStore(
    question: SharedQuestion,
    askedUs: number,
    holds: boolean,
    told: (answer: Decision | Unanswered) => void,
  ): void {
    const { key, limit, cost, strict = false } = question;
    const overdraft = isOverdraft(question);
    const id = this.#wait(holds || overdraft ? null : question, askedUs, (message) => {
      told(message?.kind === 'decided' ? message.decision : unheard(askedUs));
    });
    this.#outbox.post({ kind: 'ask', id, key, limit, cost, strict, holds, overdraft, askedUs });
  }

  #wait(question: Question | null, askedUs: number, answer: Waiting['answer']): number {
    const waiting = { id: this.#nextId++, question, answer, isLate: false };
    this.#waiting.set(waiting.id, waiting);
    this.#timeouts.add(waiting, askedUs);
    return waiting.id;
  }

  /** It stays among those who wait: what comes for it is looked at. */
  #timeOut(waiting: Waiting): void {
    if (!this.#waiting.has(waiting.id)) return;
    waiting.isLate = true;
    waiting.answer(null);
  }

  #refund(question: Question | null, seq: number): void {
    if (question === null || question.cost <= 0) return;
    const { key, cost } = question;
    this.#outbox.post({ kind: 'refund', key, cost, seq });
  }

  /** Counts a decision that is given. */
  readonly #counted: Telling = (decision) => {
    const { cells } = this.#parts;
    const { source = 'local', allowed } = decision;
    cells.add(DECISIONS_BY_SOURCE + SOURCES.indexOf(source), 1);
    if (isStandIn(source)) cells.add(allowed ? FALLBACK_ALLOWED : FALLBACK_DENIED, 1);
    return decision;
  };
}
