/**
 * A limiter whose answers a test makes up and gives by hand, in whatever order it likes: those
 * about keys that begin with `held`. All else it allows at once.
 */
import type { Decision } from '../../../src/bucket/decision.ts';
import type { Decisions, Health, Limiter, Question } from '../../../src/limiter/limiter.ts';

/** What was asked about a key, and waits for the test to answer. */
interface Held {
  readonly key: string;
  readonly questions: readonly Question[];
  readonly give: (answer: unknown) => void;
}

const DENIED = { allowed: false, remaining: 0, retryAfterMs: 1_500 };
const PATIENCE_MS = 15_000;

export class HeldLimiter implements Limiter {
  /** All questions so far, in the order they were asked. */
  readonly asked: Question[] = [];
  /** The questions that were asked all or none, one asking after the other. */
  readonly askedAll: (readonly Question[])[] = [];
  health: Health = { isReady: true, words: 'OK' };
  readonly size = 0;
  readonly maxKeys = 1_000;
  readonly #held: Held[] = [];

  /** How many answers wait to be given. */
  get waiting(): number {
    return this.#held.length;
  }

  /** Resolves when answers about all of these keys wait. */
  async waitsFor(...keys: readonly string[]): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    const waits = (key: string) => this.#held.some((one) => one.key === key);
    while (!keys.every(waits)) {
      if (Date.now() > deadline) throw new Error(`Not all of these wait: ${keys}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** Allows what waits for this key, in a decision with `more` to it. */
  allow(key: string, more: Partial<Decision> = {}): void {
    const { questions, give } = this.#release(key);
    give({ ...allowing(questions[0] as Question), ...more });
  }

  /** Denies what waits for this key. */
  deny(key: string): void {
    this.allow(key, DENIED);
  }

  /** Takes what waits for this key with others, or denies it: each decision has that more to it. */
  decideAll(key: string, allowed: boolean, more: readonly Partial<Decision>[] = []): void {
    const { questions, give } = this.#release(key);
    give({ allowed, each: questions.map((one, i) => ({ ...allowing(one), ...more[i] })) });
  }

  /** Says how a reset of this key went. */
  tellReset(key: string, reset: boolean | null): void {
    this.#release(key).give(reset);
  }

  take(question: Question): Decision | Promise<Decision> {
    this.asked.push(question);
    return isHeld(question) ? this.#hold(question.key, [question]) : allowing(question);
  }

  takeAll(questions: readonly Question[]): Decisions | Promise<Decisions> {
    this.askedAll.push(questions);
    const held = questions.find(isHeld);
    if (held !== undefined) return this.#hold(held.key, questions);
    return { allowed: true, each: questions.map(allowing) };
  }

  reset(key: string): boolean | Promise<boolean | null> {
    return isHeld({ key }) ? this.#hold(key, []) : true;
  }

  #hold<T>(key: string, questions: readonly Question[]): Promise<T> {
    return new Promise((resolve) => {
      this.#held.push({ key, questions, give: (answer) => resolve(answer as T) });
    });
  }

  /** The first that waits for this key, which no longer waits. */
  #release(key: string): Held {
    const place = this.#held.findIndex((one) => one.key === key);
    const [held] = place === -1 ? [] : this.#held.splice(place, 1);
    if (held === undefined) throw new Error(`Nothing waits for ${key}`);
    return held;
  }
}

function isHeld({ key }: { readonly key: string }): boolean {
  return key.startsWith('held');
}

/** As of a bucket that was full. */
function allowing({ limit, cost }: Question): Decision {
  const { capacity } = limit;
  const waits = { retryAfterMs: 0, resetAfterMs: 1_000, nextTokenMs: 1_000 };
  return { allowed: true, limit: capacity, remaining: capacity - cost, ...waits, degraded: false };
}
