/** A limiter that decides at once, and says so when the test lets it. */
import type { Decision } from '../../../src/bucket/decision.ts';
import type { Asked, Decisions, Question } from '../../../src/limiter/limiter.ts';
import { AroundLimiter } from '../../limiter/limiters.ts';

export class GatedLimiter extends AroundLimiter {
  #gate: Promise<void> | null = null;

  /** From now on decisions are told when what it returns is called. */
  shut(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    return resolve;
  }

  override take(question: Question, nowUs: number): Decision | Promise<Decision> {
    return this.#behindGate(super.take(question, nowUs));
  }

  override takeAll(questions: readonly Asked[], nowUs: number): Decisions | Promise<Decisions> {
    return this.#behindGate(super.takeAll(questions, nowUs));
  }

  #behindGate<T>(answer: T | Promise<T>): T | Promise<T> {
    return this.#gate === null ? answer : this.#gate.then(() => answer);
  }
}
