/** Lines before a bucket that a test sees into, in time that a test lets pass. */
import type { AnyDecision, AnyQuestion } from '../../src/client/client.ts';
import { Turns } from '../../src/client/turns.ts';
import { FakeTime } from '../support/fake-time.ts';

export interface BucketParts {
  readonly capacity: number;
  /** A token comes back in this time. */
  readonly tokenMs: number;
  /** How long each question is on its way. */
  readonly latencyMs: number;
}

export interface Asked {
  readonly question: AnyQuestion;
  readonly atMs: number;
  readonly decision: AnyDecision;
}

/** A bucket for each key. */
export class TurnsScene {
  readonly time = new FakeTime();
  readonly turns: Turns;
  /** In the order in which they were asked. */
  readonly asked: Asked[] = [];
  /** Most questions for one key that were ever on their way together. */
  mostOnTheirWay = 0;
  readonly #parts: BucketParts;
  /** When each key's bucket is full again. */
  readonly #fullAtMs = new Map<string, number>();
  readonly #onTheirWay = new Map<string, number>();

  constructor(parts: BucketParts) {
    this.#parts = parts;
    const ask = (question: AnyQuestion) => this.#ask(question);
    this.turns = new Turns({ ask, clock: this.time.clock, timers: this.time });
  }

  get nowMs(): number {
    return this.time.nowUs / 1_000;
  }

  async #ask(question: AnyQuestion): Promise<AnyDecision> {
    const { key } = question;
    const { latencyMs } = this.#parts;
    const onTheirWay = (this.#onTheirWay.get(key) ?? 0) + 1;
    this.#onTheirWay.set(key, onTheirWay);
    this.mostOnTheirWay = Math.max(this.mostOnTheirWay, onTheirWay);
    const decision = this.#decide(question);
    this.asked.push({ question, atMs: this.nowMs, decision });
    if (latencyMs > 0) await new Promise<void>((done) => this.time.after(latencyMs, done));
    this.#onTheirWay.set(key, (this.#onTheirWay.get(key) ?? 0) - 1);
    return decision;
  }

  #decide({ key, cost = 1 }: AnyQuestion): AnyDecision {
    const { capacity, tokenMs } = this.#parts;
    const fullAtMs = Math.max(this.#fullAtMs.get(key) ?? 0, this.nowMs);
    const thenMs = fullAtMs + cost * tokenMs;
    const retryAfterMs = Math.max(0, Math.ceil(thenMs - this.nowMs - capacity * tokenMs));
    const allowed = retryAfterMs === 0;
    if (allowed) this.#fullAtMs.set(key, thenMs);
    const used = Math.ceil(((allowed ? thenMs : fullAtMs) - this.nowMs) / tokenMs);
    return {
      allowed,
      limit: capacity,
      remaining: Math.max(0, capacity - used),
      retryAfterMs,
      resetAfterMs: Math.ceil(used * tokenMs),
    };
  }
}
