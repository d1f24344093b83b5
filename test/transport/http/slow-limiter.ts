/** A limiter that decides at once and says so some turns of the event loop later, now and then. */
import type { Decision } from '../../../src/bucket/decision.ts';
import type { Decisions, Health, Limiter, Question } from '../../../src/limiter/limiter.ts';

/** How many turns each answer takes, over and over; 0 is no promise at all. */
const TURNS = [2, 0, 7, 1, 12, 3, 0, 0, 5];

export class SlowLimiter implements Limiter {
  readonly #limiter: Limiter;
  #answers = 0;

  constructor(limiter: Limiter) {
    this.#limiter = limiter;
  }

  take(question: Question, nowUs: number): Decision | Promise<Decision> {
    return this.#late(this.#limiter.take(question, nowUs));
  }

  takeAll(questions: readonly Question[], nowUs: number): Decisions | Promise<Decisions> {
    return this.#late(this.#limiter.takeAll(questions, nowUs));
  }

  reset(key: string, nowUs: number): boolean | Promise<boolean | null> {
    return this.#late(this.#limiter.reset(key, nowUs) as boolean);
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

  #late<T>(answer: T | Promise<T>): T | Promise<T> {
    const turns = TURNS[this.#answers++ % TURNS.length] as number;
    return turns === 0 ? answer : after(turns, answer);
  }
}

async function after<T>(turns: number, answer: T | Promise<T>): Promise<T> {
  for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
  return answer;
}
