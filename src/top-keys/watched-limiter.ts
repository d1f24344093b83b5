/**
 * A limiter that counts, beside what another one decides, which keys are allowed most and which are
 * denied most.
 *
 * Questions that take something are counted, once they are decided. Of several that are taken all
 * or none, all that were taken are allowed; where one stopped the others, those are denied that had
 * not enough themselves. A dry run that would deny counts as neither.
 */
import type { Decision } from '../bucket/decision.ts';
import { isImpossible } from '../limiter/impossible.ts';
import type { Asked, Decisions, Health, Limiter, Question } from '../limiter/limiter.ts';
import type { HashedKeys } from '../table/hashed-keys.ts';
import { Sketch } from './sketch.ts';
import { sketchOf } from './sketch-memory.ts';

export interface WatchedLimiterParts {
  readonly limiter: Limiter;
  /** Those of the limiter: a key that it has just worked out is there. */
  readonly keys: HashedKeys;
  readonly sketches: SharedArrayBuffer;
  /** The one whose sketches this thread writes. */
  readonly thread: number;
}

export class WatchedLimiter implements Limiter {
  readonly maxKeys: number;
  readonly #limiter: Limiter;
  readonly #keys: HashedKeys;
  readonly #allowed: Sketch;
  readonly #denied: Sketch;

  constructor({ limiter, keys, sketches, thread }: WatchedLimiterParts) {
    this.maxKeys = limiter.maxKeys;
    this.#limiter = limiter;
    this.#keys = keys;
    this.#allowed = new Sketch(sketchOf(sketches, thread, 'allowed'));
    this.#denied = new Sketch(sketchOf(sketches, thread, 'denied'));
  }

  take(question: Question, nowUs: number): Decision | Promise<Decision> {
    const decided = this.#limiter.take(question, nowUs);
    if (question.cost <= 0) return decided;
    const { key } = question;
    if (!(decided instanceof Promise)) {
      this.#count(key, 0, decided.allowed, nowUs);
      return decided;
    }
    return decided.then((decision) => {
      this.#count(key, 0, decision.allowed, nowUs);
      return decision;
    });
  }

  takeAll(questions: readonly Asked[], nowUs: number): Decisions | Promise<Decisions> {
    const decided = this.#limiter.takeAll(questions, nowUs);
    if (!(decided instanceof Promise)) {
      this.#countAll(questions, decided, nowUs);
      return decided;
    }
    return decided.then((decisions) => {
      this.#countAll(questions, decisions, nowUs);
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

  #countAll(questions: readonly Asked[], { allowed, each }: Decisions, nowUs: number): void {
    for (let i = 0; i < questions.length; i++) {
      const question = questions[i] as Asked;
      if (question.cost <= 0 || isImpossible(question)) continue;
      const passes = (each[i] as Decision).allowed;
      // Neither taken, as another stopped it, nor to be denied, in a dry run.
      if (passes ? !allowed : isDry(question)) continue;
      this.#count(question.key, i, passes, nowUs);
    }
  }

  /** `place`: of the key among those that were asked for together. */
  #count(text: string, place: number, allowed: boolean, nowUs: number): void {
    const key = this.#keys.again(text, place);
    (allowed ? this.#allowed : this.#denied).count(key, nowUs);
  }
}

function isDry(question: Asked): boolean {
  return 'isDry' in question && question.isDry;
}
