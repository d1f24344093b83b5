/** Buckets in this process's own table: one machine, no other instance. */
import type { Decision } from '../bucket/decision.ts';
import type { Cells } from '../metrics/cells.ts';
import type { HashedKeys } from '../table/hashed-keys.ts';
import { Table } from '../table/table.ts';
import type { TableMemory } from '../table/table-memory.ts';
import type { Asked, Decisions, Health, Limiter, Question } from './limiter.ts';

const READY: Health = { isReady: true, words: 'OK' };

export class LocalLimiter implements Limiter {
  readonly maxKeys: number;
  readonly #table: Table;

  constructor(memory: TableMemory, cells: Cells, keys?: HashedKeys) {
    this.maxKeys = memory.maxKeys;
    this.#table = new Table(memory, cells, keys);
  }

  take(question: Question, nowUs: number): Decision {
    if (question.overdraft === true) return this.#overdraw(question, nowUs);
    return this.#table.take(question.key, question.limit, question.cost, nowUs);
  }

  takeAll(questions: readonly Asked[], nowUs: number): Decisions {
    return this.#table.takeAll(questions, nowUs);
  }

  #overdraw({ key, limit, cost }: Question, nowUs: number): Decision {
    const kept = { rate: limit, window: null, isAskers: true };
    return this.#table.takeKept({ key, kept, cost, overdraft: true }, nowUs);
  }

  get health(): Health {
    return READY;
  }

  reset(key: string, nowUs: number): boolean {
    return this.#table.reset(key, nowUs);
  }

  get size(): number {
    return this.#table.size;
  }
}
