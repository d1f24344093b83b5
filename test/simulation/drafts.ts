/**
 * The judge of an instance's overdrafts of one key: each is taken by the store once, whoever was
 * told what meanwhile, or owed for a share. But for one whose answer was lost, and of which the
 * store has no record any more once it is told again.
 */
import type { Limit } from '../../src/bucket/limit.ts';
import type { Exchange } from '../../src/lease/terms/exchange.ts';

export class Drafts {
  #asked = 0;
  #taken = 0;
  #last = 0;
  #lastSeq = 0;
  /** Whether some were told together that are more than a bucket may owe, or one was lost. */
  #isUnknown = false;
  /** What the last exchange left in use beside overdrafts, as its balance tells it. */
  firm = Number.POSITIVE_INFINITY;

  /** Asked of the exchanger; below 0 where it was a share that was drawn on. */
  ask(tokens: number): void {
    this.#asked += tokens;
  }

  /** `isUndone`: the exchange before it is as if it had not been. */
  obeyed(exchange: Exchange, isUndone: boolean, firm: number): void {
    const { costs, overdrafts = 0, limit, seq, unanswered } = exchange;
    if (isUndone) this.#taken -= this.#last;
    else if (unanswered <= this.#lastSeq && this.#last > 0) this.#isUnknown = true;
    this.#lastSeq = seq;
    const drafts = costs.slice(costs.length - overdrafts);
    this.#last = drafts.reduce((sum, cost) => sum + cost, 0);
    this.#taken += this.#last;
    this.#isUnknown ||= drafts.some((cost) => cost >= mostOf(limit));
    this.firm = firm;
  }

  faultAtEnd(): string | null {
    if (this.#isUnknown || this.#taken === this.#asked) return null;
    return `${this.#asked} tokens were to be taken in any case, and ${this.#taken} were`;
  }
}

function mostOf({ capacity }: Limit): number {
  return 2 * capacity;
}
