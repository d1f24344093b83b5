/**
 * A limiter that decides at once, and tells some of it late: when the test says so, in any order.
 */
import { setImmediate } from 'node:timers/promises';
import type { Decision } from '../../../src/bucket/decision.ts';
import type { Asked, Decisions, Question } from '../../../src/limiter/limiter.ts';
import type { LocalLimiter } from '../../../src/limiter/local-limiter.ts';
import { AroundLimiter } from '../../limiter/limiters.ts';

export class LateLimiter extends AroundLimiter<LocalLimiter> {
  /** For these it says that the store is away, and resets nothing. */
  readonly away = new Set<string>();
  /** The most answers that ever waited. */
  mostWaiting = 0;
  readonly #isLate: (key: string) => boolean;
  readonly #waiting: (() => void)[] = [];

  constructor(limiter: LocalLimiter, isLate: (key: string) => boolean = () => true) {
    super(limiter);
    this.#isLate = isLate;
  }

  /** How many answers wait to be given. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Gives one of the answers that wait; resolves when all that follows at once is done. */
  async tell(which = 0): Promise<void> {
    const [give] = this.#waiting.splice(which, 1);
    if (give === undefined) throw new Error('No such answer waits');
    give();
    await setImmediate();
  }

  override take(question: Question, nowUs: number): Decision | Promise<Decision> {
    const decision = this.limiter.take(question, nowUs);
    return this.#isLate(question.key) ? this.#later(decision) : decision;
  }

  override takeAll(questions: readonly Asked[], nowUs: number): Decisions | Promise<Decisions> {
    const decisions = this.limiter.takeAll(questions, nowUs);
    const isLate = questions.some(({ key }) => this.#isLate(key));
    return isLate ? this.#later(decisions) : decisions;
  }

  override reset(key: string, nowUs: number): boolean | Promise<boolean | null> {
    if (this.away.has(key)) return this.#later(null);
    const reset = this.limiter.reset(key, nowUs);
    return this.#isLate(key) ? this.#later(reset) : reset;
  }

  #later<T>(value: T): Promise<T> {
    return new Promise((resolve) => {
      this.#waiting.push(() => resolve(value));
      this.mostWaiting = Math.max(this.mostWaiting, this.waiting);
    });
  }
}
