/** A limiter that decides at once, and says so when the test lets it. */
import type { Decision } from '../../../src/bucket/decision.ts';
import type { Asked, Decisions, Health, Limiter, Question } from '../../../src/limiter/limiter.ts';

export class GatedLimiter implements Limiter {
  readonly #limiter: Limiter;
  #gate: Promise<void> | null = null;

  constructor(limiter: Limiter) {
    this.#limiter = limiter;
  }

  /** From now on decisions are told when what it returns is called. */
  shut(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    return resolve;
  }

  take(question: Question, nowUs: number): Decision | Promise<Decision> {
    return this.#behindGate(this.#limiter.take(question, nowUs));
  }

  takeAll(questions: readonly Asked[], nowUs: number): Decisions | Promise<Decisions> {
    return this.#behindGate(this.#limiter.takeAll(questions, nowUs));
  }

  reset(key: string, nowUs: number): boolean | Promise<boolean | null> {
    return this.#limiter.reset(key, nowUs);
  }

  get health(): Health {
    return this.#limiter.health;
  }

  get size(): number {
    return this.#limiter.size;
  }

  get maxKeys(): number {
    return this.#limiter.maxKeys;
  }

  #behindGate<T>(answer: T | Promise<T>): T | Promise<T> {
    return this.#gate === null ? answer : this.#gate.then(() => answer);
  }
}
