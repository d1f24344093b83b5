/** Limiters that tests ask: one with a table, and what those have in common that alter one. */
import type { Decision } from '../../src/bucket/decision.ts';
import type { Asked, Decisions, Health, Limiter, Question } from '../../src/limiter/limiter.ts';
import { LocalLimiter } from '../../src/limiter/local-limiter.ts';
import { Cells } from '../../src/metrics/cells.ts';
import { reserveTable } from '../../src/table/table-memory.ts';

export function localLimiter(maxKeys = 1_000): LocalLimiter {
  return new LocalLimiter(reserveTable(maxKeys), new Cells(Cells.reserve(1), 0));
}

/** Does what another does; whoever extends it says in what it differs. */
export class AroundLimiter<L extends Limiter = Limiter> implements Limiter {
  protected readonly limiter: L;

  constructor(limiter: L) {
    this.limiter = limiter;
  }

  take(question: Question, nowUs: number): Decision | Promise<Decision> {
    return this.limiter.take(question, nowUs);
  }

  takeAll(questions: readonly Asked[], nowUs: number): Decisions | Promise<Decisions> {
    return this.limiter.takeAll(questions, nowUs);
  }

  reset(key: string, nowUs: number): boolean | Promise<boolean | null> {
    return this.limiter.reset(key, nowUs);
  }

  get health(): Health {
    return this.limiter.health;
  }

  get size(): number {
    return this.limiter.size;
  }

  get maxKeys(): number {
    return this.limiter.maxKeys;
  }
}

/** Answers later, as where a store is asked. */
export class LateLimiter extends AroundLimiter {
  override async take(question: Question, nowUs: number): Promise<Decision> {
    return await this.limiter.take(question, nowUs);
  }

  override async takeAll(questions: readonly Asked[], nowUs: number) {
    return await this.limiter.takeAll(questions, nowUs);
  }
}
