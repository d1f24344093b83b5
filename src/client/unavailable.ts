/**
 * What becomes of a call that has no answer: thrown, or decided by `onError`, and told to the hook
 * either way.
 */
import { UnavailableError } from './errors.ts';
import type { AllDecision, AnyDecision, AnyQuestion } from './question.ts';

/** What becomes of a call to which the service gives no decision. */
export type OnError = 'allow' | 'deny' | 'throw';

/** A call that had no answer, and what was made of it. */
export interface Unanswered {
  readonly call: 'limit' | 'all' | 'refund' | 'settle' | 'acquire';
  /** What was asked: one question, or those of all or none. */
  readonly questions: readonly AnyQuestion[];
  /** What `onError` decided; null where it throws, and for tokens given back or settled. */
  readonly decision: AnyDecision | AllDecision | null;
  readonly error: UnavailableError;
}

/** What it returns is not waited for, and what it throws goes nowhere. */
export type OnUnavailable = (unanswered: Unanswered) => unknown;

/** When to come back after a denial by `onError`: there is nothing to compute it from. */
const RETRY_MS = 1_000;

export class WhenUnavailable {
  readonly #onError: OnError;
  readonly #hook: OnUnavailable;

  constructor(onError: OnError, hook: OnUnavailable) {
    this.#onError = onError;
    this.#hook = hook;
  }

  /** What stands in for the answer. Throws the error where nothing does. */
  decide(call: Unanswered['call'], question: AnyQuestion, error: unknown): AnyDecision {
    const questions = [question];
    return this.#decided({ call, questions }, error, (isAllowed, why) =>
      decisionOn(question, isAllowed, why),
    );
  }

  /** The same for questions that were asked all or none. */
  decideAll(questions: readonly AnyQuestion[], error: unknown): AllDecision {
    return this.#decided({ call: 'all', questions }, error, (allowed, error) => ({
      allowed,
      retryAfterMs: allowed ? 0 : RETRY_MS,
      all: questions.map((question) => decisionOn(question, allowed, error)),
      degraded: true,
      error,
    }));
  }

  tell(unanswered: Unanswered): void {
    try {
      // It may be an async function.
      Promise.resolve(this.#hook(unanswered)).catch(() => {});
    } catch {
      // Nothing that a decision waits for may hang on it.
    }
  }

  #decided<One extends AnyDecision | AllDecision>(
    asked: Pick<Unanswered, 'call' | 'questions'>,
    error: unknown,
    standIn: (isAllowed: boolean, error: UnavailableError) => One,
  ): One {
    if (!(error instanceof UnavailableError)) throw error;
    const decision = this.#onError === 'throw' ? null : standIn(this.#onError === 'allow', error);
    this.tell({ ...asked, decision, error });
    if (decision === null) throw error;
    return decision;
  }
}

function decisionOn(question: AnyQuestion, allowed: boolean, error: UnavailableError): AnyDecision {
  const waitMs = allowed ? 0 : RETRY_MS;
  const how = { degraded: true, error } as const;
  if (question.policy === undefined) {
    const { capacity: limit } = question;
    return { allowed, limit, remaining: 0, retryAfterMs: waitMs, resetAfterMs: waitMs, ...how };
  }
  const { policy } = question;
  const none = { limit: null, remaining: null, resetAfterMs: null, by: null, limits: [] };
  return { allowed, policy, retryAfterMs: waitMs, ...none, ...how };
}
