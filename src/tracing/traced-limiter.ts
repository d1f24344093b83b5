/**
 * A limiter that has a span for each decision of another one that needed the store. All that is
 * decided at once goes by it: nothing is begun for that.
 */
import type { Decision } from '../bucket/decision.ts';
import type { Asked, Decisions, Health, Limiter, Question } from '../limiter/limiter.ts';
import type { DecidedSpan, DecisionSpans } from './decision-spans.ts';

export class TracedLimiter implements Limiter {
  readonly maxKeys: number;
  readonly #limiter: Limiter;
  readonly #spans: DecisionSpans;

  constructor(limiter: Limiter, spans: DecisionSpans) {
    this.maxKeys = limiter.maxKeys;
    this.#limiter = limiter;
    this.#spans = spans;
  }

  take(question: Question, nowUs: number): Decision | Promise<Decision> {
    const decided = this.#limiter.take(question, nowUs);
    if (!(decided instanceof Promise)) return decided;
    const { cost, strict = false } = question;
    const end = this.#spans.begin({ questions: 1, cost, isStrict: strict });
    return decided.then((decision) => {
      end(decision as DecidedSpan);
      return decision;
    });
  }

  takeAll(questions: readonly Asked[], nowUs: number): Decisions | Promise<Decisions> {
    const decided = this.#limiter.takeAll(questions, nowUs);
    if (!(decided instanceof Promise)) return decided;
    const cost = questions.reduce((sum, question) => sum + question.cost, 0);
    const isStrict = questions.some(({ strict }) => strict === true);
    const end = this.#spans.begin({ questions: questions.length, cost, isStrict });
    return decided.then((decisions) => {
      const degraded = decisions.each.some((one) => one.degraded);
      end({ allowed: decisions.allowed, degraded, source: decisions.each[0]?.source });
      return decisions;
    });
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
}
