/** A limiter that decides at once and says so some turns of the event loop later, now and then. */
import type { Decision } from '../../../src/bucket/decision.ts';
import type { Asked, Decisions, Question } from '../../../src/limiter/limiter.ts';
import { AroundLimiter } from '../../limiter/limiters.ts';

/** How many turns each answer takes, over and over; 0 is no promise at all. */
const TURNS = [2, 0, 7, 1, 12, 3, 0, 0, 5];

export class SlowLimiter extends AroundLimiter {
  #answers = 0;

  override take(question: Question, nowUs: number): Decision | Promise<Decision> {
    return this.#late(super.take(question, nowUs));
  }

  override takeAll(questions: readonly Asked[], nowUs: number): Decisions | Promise<Decisions> {
    return this.#late(super.takeAll(questions, nowUs));
  }

  override reset(key: string, nowUs: number): boolean | Promise<boolean | null> {
    return this.#late(super.reset(key, nowUs) as boolean);
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
