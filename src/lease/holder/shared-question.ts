/**
 * Questions as they are asked where instances share their limits: those that bring their limits,
 * and those under limits that the service keeps.
 */
import type { Decision } from '../../bucket/decision.ts';
import type { KeptLimit } from '../../bucket/kept-limit.ts';
import type { Asked, Decisions, KeptQuestion, Question } from '../../limiter/limiter.ts';
import { keptBy, type SharedLimit } from '../terms/shared-limit.ts';

export interface SharedQuestion extends Question {
  readonly limit: SharedLimit;
  /** Of a dry run: stops nothing, and is stopped by others only. */
  readonly isDry?: boolean;
  /** The cost that it asks about, where it takes nothing, whatever there is. */
  readonly asksFor?: number;
}

/** A limit as instances share it is worked out once. */
const shared = new WeakMap<KeptLimit, SharedLimit>();

/** A cost that can never pass is only looked at, and all others where it would stop them. */
export function sharedQuestions(asked: readonly Asked[]): readonly SharedQuestion[] {
  const questions = asked.map((one) => ('kept' in one ? keptQuestion(one) : one));
  const isStopped = questions.some((one) => isNever(one) && !isDry(one));
  return questions.map((one) => (isStopped || isNever(one) ? lookFor(one) : one));
}

/** Whether each can be decided by itself: what is said of one changes no other. */
export function isEachAlone(questions: readonly SharedQuestion[]): boolean {
  return questions.length === 1 || questions.every(stopsNothing);
}

/** What to say to a question by what was decided. */
export function toldOf({ asksFor }: SharedQuestion, decision: Decision): Decision {
  return asksFor === undefined ? decision : wouldPass(decision, asksFor);
}

/** What a look says of a cost. */
export function wouldPass(decision: Decision, cost: number): Decision {
  const allowed = decision.remaining >= cost;
  // At the latest when it is full.
  return { ...decision, allowed, retryAfterMs: allowed ? 0 : Math.max(1, decision.resetAfterMs) };
}

/** What several come to: a dry run stops nothing. */
export function decisionsOf(
  questions: readonly SharedQuestion[],
  each: readonly Decision[],
): Decisions {
  const allowed = questions.every((one, i) => isDry(one) || each[i]?.allowed === true);
  return { allowed, each };
}

/** Whether it is of a dry run. */
export function isDry(question: SharedQuestion): boolean {
  return question.isDry === true;
}

function keptQuestion(question: KeptQuestion): SharedQuestion {
  const { key, kept, cost, overdraft, strict = false, isDry: isOfDryRun } = question;
  return { key, limit: sharedLimit(kept), cost, overdraft, strict, isDry: isOfDryRun };
}

function sharedLimit(kept: KeptLimit): SharedLimit {
  const { rate, window, isAskers } = kept;
  if (isAskers === true) return rate;
  const known = shared.get(kept);
  if (known !== undefined) return known;
  const limit = keptBy(rate, window);
  shared.set(kept, limit);
  return limit;
}

/** Whether it takes its cost in any case. */
export function isOverdraft({ overdraft, cost }: SharedQuestion): boolean {
  return overdraft === true && cost > 0;
}

function stopsNothing(question: SharedQuestion): boolean {
  return isDry(question) || isOverdraft(question) || question.cost <= 0;
}

function isNever(question: SharedQuestion): boolean {
  return question.cost > question.limit.capacity && !isOverdraft(question);
}

/** A question that takes nothing, and is told what one that does would be. */
export function lookFor(question: SharedQuestion): SharedQuestion {
  const { cost } = question;
  // What gives back would not be stopped.
  return cost < 0 ? question : { ...question, cost: 0, asksFor: cost };
}
